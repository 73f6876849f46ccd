package corpus

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"mpyld/fixtures/elfmake"
	"mpyld/relocs"
)

// unit is an object under construction.
type unit struct {
	elfmake.Object
	m      *relocs.Machine
	groups map[string][]int // by signature: sections
	comdat map[string]bool
}

// line adds what a line describes.
func (u *unit) line(line string) {
	words := strings.Fields(line)
	if words[0] == "common" || words[0] == "absolute" {
		s := elfmake.Symbol{Name: words[1], Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: elfmake.Common, Size: number(words[2])}
		if words[0] == "absolute" {
			s.Sect, s.Type, s.Value, s.Size = elfmake.Abs, elf.STT_NOTYPE, s.Size, 0
		} else {
			s.Value = number(words[3])
		}
		u.Symbols = append(u.Symbols, s)
		return
	}
	name, marks, _ := strings.Cut(words[0], "!")
	name, size, _ := strings.Cut(name, "+")
	name, align, _ := strings.Cut(name, "@")
	s := elfmake.Section{Name: name, Align: number(align), Size: number(size)}
	u.kind(&s, marks)
	if s.Align == 0 {
		s.Align = uint64(u.m.Word)
	}
	n := len(u.Sections)
	u.Sections = append(u.Sections, s)
	refers := false
	off := uint64(0)
	for _, w := range words[1:] {
		switch {
		case w == ">":
			refers = true
		case refers:
			u.refer(n, w)
		case w[0] == '=':
			u.put(n, w[1:])
		default:
			if name, at, ok := strings.Cut(w, "@"); ok {
				u.define(n, name, number(at))
				continue
			}
			u.define(n, w, off)
			off += 4
		}
	}
	p := &u.Sections[n]
	if p.Size = max(p.Size, uint64(len(p.Data))); size == "" {
		p.Size = max(p.Size, off)
	}
	u.sizes(n)
	if p.Type != elf.SHT_NOBITS {
		p.Data, p.Size = append(p.Data, make([]byte, p.Size-uint64(len(p.Data)))...), 0
	}
}

// sizes has the functions of a section reach up to the next, or to its end.
func (u *unit) sizes(section int) {
	end := u.Sections[section].Size
	for i := len(u.Symbols) - 1; i >= 0; i-- {
		if s := &u.Symbols[i]; s.Sect == section && s.Type == elf.STT_FUNC {
			from := s.Value &^ uint64(u.m.ModeBits)
			s.Size, end = end-from, from
		}
	}
}

// put puts bytes into a section, where the text says.
func (u *unit) put(section int, text string) {
	text, times, _ := strings.Cut(text, "*")
	text, at, _ := strings.Cut(text, "@")
	data, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	data = bytes.Repeat(data, int(max(number(times), 1)))
	p := &u.Sections[section]
	end := int(number(at)) + len(data)
	p.Data = append(p.Data, make([]byte, max(end-len(p.Data), 0))...)
	copy(p.Data[number(at):], data)
}

func number(text string) uint64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// kinds are what sections are, by the start of their names.
var kinds = []struct {
	name  string
	typ   elf.SectionType
	flags elf.SectionFlag
}{
	{".text", elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_EXECINSTR},
	{".init_array", elf.SHT_INIT_ARRAY, elf.SHF_ALLOC | elf.SHF_WRITE},
	{".preinit_array", elf.SHT_PREINIT_ARRAY, elf.SHF_ALLOC | elf.SHF_WRITE},
	{".fini_array", elf.SHT_FINI_ARRAY, elf.SHF_ALLOC | elf.SHF_WRITE},
	{".literal", elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_EXECINSTR},
	{".init", elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_EXECINSTR},
	{".fini", elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_EXECINSTR},
	{".rodata", elf.SHT_PROGBITS, elf.SHF_ALLOC},
	{".bss", elf.SHT_NOBITS, elf.SHF_ALLOC | elf.SHF_WRITE},
	{".debug", elf.SHT_PROGBITS, 0},
	{"", elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_WRITE},
}

// kind says what a section is, by its name and the words behind it.
func (u *unit) kind(s *elfmake.Section, marks string) {
	for _, k := range kinds {
		if strings.HasPrefix(s.Name, k.name) {
			s.Type, s.Flags = k.typ, k.flags
			break
		}
	}
	if marks == "" {
		return
	}
	for mark := range strings.SplitSeq(marks, "!") {
		switch name, value, _ := strings.Cut(mark, "="); name {
		case "keep":
			s.Flags |= 0x00200000 // SHF_GNU_RETAIN
		case "exclude":
			s.Flags |= 0x80000000 // SHF_EXCLUDE
		case "note":
			s.Type = elf.SHT_NOTE
		case "record":
			s.Flags = 0
		case "attributes":
			s.Type, s.Flags = elf.SHT_LOPROC+3, 0 // SHT_ARM_ATTRIBUTES, SHT_RISCV_ATTRIBUTES
		case "code":
			s.Flags |= elf.SHF_EXECINSTR
		case "const":
			s.Flags &^= elf.SHF_WRITE
		case "follows": // a table about code, for unwinders
			s.Type, s.Flags, s.Link = elf.SHT_LOPROC+1, elf.SHF_ALLOC|elf.SHF_LINK_ORDER, u.number(value)
		case "about":
			s.Flags, s.Link = s.Flags|elf.SHF_LINK_ORDER, u.number(value)
		case "progbits":
			s.Type = elf.SHT_PROGBITS
		case "ones":
			s.Data = bytes.Repeat([]byte{0xff}, u.m.Word)
		case "group", "part":
			if u.groups == nil {
				u.groups, u.comdat = map[string][]int{}, map[string]bool{}
			}
			s.Flags |= elf.SHF_GROUP
			u.groups[value], u.comdat[value] = append(u.groups[value], len(u.Sections)), name == "group"
		default:
			panic("mark " + mark)
		}
	}
}

// number is that of the first section of a name.
func (u *unit) number(name string) uint32 {
	return uint32(1 + slices.IndexFunc(u.Sections, func(other elfmake.Section) bool { return other.Name == name }))
}

// define defines a symbol in a section.
func (u *unit) define(section int, name string, off uint64) {
	s := elfmake.Symbol{Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: section, Value: off, Size: 4}
	switch name[0] {
	case '~':
		s.Bind = elf.STB_WEAK
	case '.':
		s.Bind = elf.STB_LOCAL
	}
	s.Name = strings.TrimLeft(name, "~.*^%")
	if u.Sections[section].Flags&elf.SHF_EXECINSTR != 0 {
		s.Type = elf.STT_FUNC
		s.Value |= uint64(u.m.ModeBits)
	}
	switch name[0] {
	case '*':
		s.Type = elf.STT_GNU_IFUNC
	case '^':
		s.Value &^= uint64(u.m.ModeBits)
	case '%':
		s.Value &^= uint64(u.m.ModeBits)
		s.Type = elf.STT_NOTYPE
	}
	if strings.HasPrefix(name, ".$") {
		s.Type, s.Value, s.Size = elf.STT_NOTYPE, off, 0
	}
	if i := u.find(s.Name); i >= 0 {
		u.Symbols[i] = s // so far it was undefined
		return
	}
	u.Symbols = append(u.Symbols, s)
}

func (u *unit) find(name string) int {
	return slices.IndexFunc(u.Symbols, func(s elfmake.Symbol) bool { return s.Name == name })
}

// refer adds relocations: of words for what a symbol, plus a number, is, or as the
// text says. A word of zeros is -.
func (u *unit) refer(section int, text string) {
	p := &u.Sections[section]
	if text == "-" {
		p.Data = append(p.Data, make([]byte, u.m.Word)...)
		return
	}
	text, times, _ := strings.Cut(text, "*")
	text, plus, _ := strings.Cut(text, "+")
	text, off, placed := strings.Cut(text, "@")
	name, typ, typed := strings.Cut(text, ":")
	sym := u.symbol(name)
	for range max(number(times), 1) {
		r := elfmake.Reloc{Off: uint64(len(p.Data)), Type: pointerType(u.m), Sym: sym, A: int64(number(plus))}
		if typed {
			r.Type = uint32(number(typ))
		}
		if placed {
			r.Off = number(off)
		} else {
			p.Data = append(p.Data, make([]byte, u.m.Word)...)
		}
		if u.m.ELF == elf.EM_ARM && r.A != 0 && !typed { // of instructions, the bytes have it
			binary.LittleEndian.PutUint32(p.Data[r.Off:], uint32(r.A))
		}
		p.Relocs = append(p.Relocs, r)
	}
}

// symbol returns the number of what a reference names, which is undefined if it is
// new; weakly behind a question mark.
func (u *unit) symbol(name string) int {
	s := elfmake.Symbol{Name: strings.TrimLeft(name, "?."), Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}
	if name[0] == '?' {
		s.Bind = elf.STB_WEAK
	}
	if i := u.find(s.Name); i >= 0 {
		return i
	}
	u.Symbols = append(u.Symbols, s)
	return len(u.Symbols) - 1
}

// pointerType is the relocation of a whole word.
func pointerType(m *relocs.Machine) uint32 {
	if m.ELF == elf.EM_ARM {
		return 2 // R_ARM_ABS32
	}
	return 1 // R_X86_64_64, R_RISCV_32, R_XTENSA_32
}

// defined lists what an archive's index has of an object.
func (u *unit) defined() (names []string) {
	for _, s := range u.Symbols {
		if s.Bind != elf.STB_LOCAL && s.Sect != elfmake.Undef {
			names = append(names, s.Name)
		}
	}
	return names
}

func (u *unit) bytes() []byte {
	u.Machine, u.Class, u.RELA = u.m.ELF, u.m.Class, u.m.ELF != elf.EM_ARM
	signatures := make([]string, 0, len(u.groups))
	for signature := range u.groups {
		signatures = append(signatures, signature)
	}
	slices.Sort(signatures)
	u.sortLocals()
	for _, signature := range signatures {
		data := []byte{0, 0, 0, 0}
		if u.comdat[signature] {
			data[0] = 1
		}
		for _, section := range u.groups[signature] {
			data = append(data, byte(section+1), 0, 0, 0)
		}
		sym := u.find(signature)
		if sym < 0 {
			panic("no symbol for group " + signature)
		}
		u.Sections = append(u.Sections, elfmake.Section{Name: ".group", Type: elf.SHT_GROUP, Align: 4, Data: data, Info: uint32(sym + 1)})
	}
	symtab := uint32(1 + len(u.Sections))
	for _, s := range u.Sections {
		symtab += uint32(min(len(s.Relocs), 1))
	}
	for i := range u.Sections {
		if u.Sections[i].Type == elf.SHT_GROUP {
			u.Sections[i].Link = symtab
		}
	}
	return u.Object.Bytes()
}

// sortLocals puts local symbols first.
func (u *unit) sortLocals() {
	order := make([]int, len(u.Symbols))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return int(min(u.Symbols[a].Bind, 1)) - int(min(u.Symbols[b].Bind, 1))
	})
	sorted, to := make([]elfmake.Symbol, len(order)), make([]int, len(order))
	for i, was := range order {
		sorted[i], to[was] = u.Symbols[was], i
	}
	u.Symbols = sorted
	for i := range u.Sections {
		for k := range u.Sections[i].Relocs {
			u.Sections[i].Relocs[k].Sym = to[u.Sections[i].Relocs[k].Sym]
		}
	}
}
