package elfload

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/bits"

	"mpyld/diag"
	"mpyld/qstrlink"
	"mpyld/relocs"
)

var le = binary.LittleEndian

// maxBSS caps a NOBITS section: its size is a claim that no bytes in the file
// back up, and no MicroPython device has more memory than this.
const maxBSS = 1 << 30

// maxAlign caps alignments; no loader of native modules aligns to more than a
// page.
const maxAlign = 1 << 16

// Load reads the ELF relocatable in data for machine m. The result refers to
// data, which must not change. The error is a *diag.Error.
func Load(name string, data []byte, m *relocs.Machine) (obj *Object, err error) {
	return (&loader{name: name, data: data, mach: m}).load()
}

// load reads the file.
func (l *loader) load() (obj *Object, err error) {
	name, m := l.name, l.mach
	// A malformed file may have a way to make us panic.
	defer func() {
		if p := recover(); p != nil {
			obj, err = nil, diag.New(name, "malformed ELF file: %v", p)
		}
	}()
	h, err := readHeader(name, l.data)
	if err != nil {
		return nil, err
	}
	if err := checkHeader(name, h, m); err != nil {
		return nil, err
	}
	l.obj = &Object{Name: name, mach: m, file: l.data}
	l.obj.Facts.Flags = h.flags
	for _, step := range []func() error{l.readSections, l.checkOverlap, l.sections, l.symbols, l.intermediate, l.groups, l.relocations, l.trimPadding, l.turnAround, l.shapes, l.attributes, l.note} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return l.obj, nil
}

// checkHeader refuses files that are ELF but not a relocatable for m.
func checkHeader(name string, h fileHeader, m *relocs.Machine) error {
	switch {
	case h.data != elf.ELFDATA2LSB:
		return diag.New(name, "big-endian ELF file; every MicroPython native architecture is little-endian").
			Note("%s", littleEndian(h, m))
	case h.machine == m.ELF && h.class != m.Class && h.class == elf.ELFCLASS32:
		return wrongMachine(name, h, m).Note("compile with %s", m.ABI.Compile) // also x32: 32 bits on a 64-bit machine
	case h.machine != m.ELF || h.class != m.Class:
		return wrongMachine(name, h, m).
			Note("compile it with the toolchain for %s, or pass the --arch it was compiled for", m.Name)
	case h.typ == elf.ET_EXEC || h.typ == elf.ET_DYN:
		return diag.New(name, "is a linked %s, not a relocatable object",
			map[elf.Type]string{elf.ET_EXEC: "executable", elf.ET_DYN: "shared object or PIE"}[h.typ]).
			Note("compile with -c and pass the .o files")
	case h.typ != elf.ET_REL:
		return diag.New(name, "is an ELF file of type %v, not a relocatable object", h.typ)
	}
	return nil
}

// littleEndian is the remedy for a big-endian file.
func littleEndian(h fileHeader, m *relocs.Machine) string {
	if h.machine != m.ELF {
		return fmt.Sprintf("it is for %v: compile for little-endian, with the toolchain for %s", h.machine, m.Name)
	}
	return cmp.Or(m.ABI.BigEndian, "compile for little-endian, with the toolchain for "+m.Name)
}

func wrongMachine(name string, h fileHeader, m *relocs.Machine) *diag.Error {
	return diag.New(name, "is for %s, not for --arch %s, which needs %s",
		machineText(h.machine, h.class), m.Name, machineText(m.ELF, m.Class))
}

func machineText(m elf.Machine, c elf.Class) string {
	return fmt.Sprintf("%v (%d-bit)", m, map[elf.Class]int{elf.ELFCLASS32: 32, elf.ELFCLASS64: 64}[c])
}

// loader carries one file through the steps of Load.
type loader struct {
	name string
	data []byte
	mach *relocs.Machine
	obj  *Object

	headers headerTable

	marks  int  // how many symbols may say something about code
	padded bool // some section has relocations of kind Align

	raw  bool // sections stay as the file has them
	cuts Cuts // what is edited beyond what loading does

	symtab  int    // section index of the symbol table, or 0
	strtab  string // its names
	xindex  []byte // its SHT_SYMTAB_SHNDX table, or nil
	symSize uint64 // bytes of one symbol
}

// errorf returns an error about the file as a whole.
func (l *loader) errorf(format string, args ...any) error {
	return diag.New(l.name, "malformed ELF file: "+format, args...)
}

// content returns the bytes of a section, checked against the file's size.
func (l *loader) content(i int) ([]byte, error) {
	s := l.headers.at(i)
	return l.contentOf(i, &s)
}

// contentOf is content for a section whose header is known.
func (l *loader) contentOf(i int, s *sectionHeader) ([]byte, error) {
	n := uint64(len(l.data))
	if s.off > n || s.size > n-s.off {
		return nil, l.errorf("section %d (%s) extends past the end of the file", i, l.headers.name(s))
	}
	return l.data[s.off : s.off+s.size : s.off+s.size], nil
}

// checkOverlap refuses files whose sections have more bytes than the file:
// what they share counts for each, so that a small file takes any amount of memory.
func (l *loader) checkOverlap() error {
	n, total := uint64(len(l.data)), uint64(0)
	for _, s := range l.headers.all {
		if s.typ != elf.SHT_NULL && s.typ != elf.SHT_NOBITS && s.off <= n && s.size <= n-s.off { // others are an error of their own
			total += s.size
		}
	}
	if total > n {
		return l.errorf("its sections have %d bytes, which in a file of %d lie over one another", total, n)
	}
	return nil
}

func (l *loader) sections() error {
	l.obj.Sections = make([]Section, l.headers.count)
	for i, s := range l.headers.all {
		if err := l.checkType(i, s); err != nil {
			return err
		}
		sec, align := &l.obj.Sections[i], max(s.align, 1)
		*sec = Section{
			Name: l.headers.name(s), Type: s.typ, Flags: s.flags, Align: uint32(min(align, maxAlign)),
			Size: s.size, Group: -1, obj: l.obj,
		}
		if s.flags&elf.SHF_LINK_ORDER != 0 && int(s.link) < l.headers.count {
			sec.Follows = int32(s.link)
		}
		if s.flags&elf.SHF_ALLOC == 0 {
			if sec.Name == qstrlink.RecordSection && s.typ == elf.SHT_PROGBITS && s.flags&elf.SHF_COMPRESSED == 0 {
				data, err := l.contentOf(i, s)
				if err != nil {
					return err
				}
				l.obj.Records = append(l.obj.Records, data)
			}
			continue
		}
		switch {
		case bits.OnesCount64(align) != 1 || align > maxAlign:
			return l.errorf("alignment %d of section %d (%s) is not a power of two up to %d", align, i, sec.Name, maxAlign)
		case s.flags&elf.SHF_COMPRESSED != 0:
			return l.errorf("allocated section %d (%s) is compressed", i, sec.Name)
		case s.typ == elf.SHT_NOBITS:
			if sec.Size > maxBSS {
				return diag.New(l.name+":("+sec.Name+")", "%d bytes of zero-initialised data are more than any device has", sec.Size)
			}
			continue
		}
		data, err := l.contentOf(i, s)
		if err != nil {
			return err
		}
		sec.Data, sec.Size = data, uint64(len(data))
	}
	return nil
}

// groups reads the section groups (gABI chapter 4, "Section Groups").
func (l *loader) groups() error {
	for i, s := range l.headers.of(elf.SHT_GROUP) {
		data, err := l.content(i)
		if err != nil {
			return err
		}
		if len(data) < 4 || len(data)%4 != 0 {
			return l.errorf("section group %d (%s) has %d bytes", i, l.obj.Sections[i].Name, len(data))
		}
		if int(s.info) >= len(l.obj.Symbols) || int(s.link) != l.symtab {
			return l.errorf("section group %d (%s) has no signature symbol", i, l.obj.Sections[i].Name)
		}
		const grpCOMDAT = 1
		g := Group{Signature: l.obj.Symbols[s.info].Name, COMDAT: le.Uint32(data)&grpCOMDAT != 0}
		for p := 4; p < len(data); p += 4 {
			m := int(le.Uint32(data[p:]))
			if m == 0 || m >= len(l.obj.Sections) || l.obj.Sections[m].Group >= 0 {
				return l.errorf("section group %d (%s) lists section %d, which does not exist or is in another group", i, l.obj.Sections[i].Name, m)
			}
			l.obj.Sections[m].Group = int32(len(l.obj.Groups))
			g.Members = append(g.Members, m)
		}
		l.obj.Groups = append(l.obj.Groups, g)
	}
	return nil
}
