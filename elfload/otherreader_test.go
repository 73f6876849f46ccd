package elfload_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/relocs/machines"
)

// TestOtherReader: sections, symbols, groups and relocations of all stored objects
// are what debug/elf reads, with addends as the psABIs say. Both proofs of a link
// start from what elfload says, so neither would see its mistakes. What is known
// of machines here is from their psABIs, not from our rows.
func TestOtherReader(t *testing.T) {
	count := map[string]int{}
	for _, set := range fixtures.Sets() {
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			for _, o := range c.Objects {
				if err := sameObject(set.Arch, o.Data, count); err != nil {
					t.Errorf("%s/%s: %s: %v", set.Name, c.Name, o.Name, err)
				}
			}
		}
	}
	for what, least := range map[string]int{"sections": 30000, "symbols": 90000, "relocations": 80000, "addends in place": 20000, "groups": 1500, "paddings": 20, "tables backwards": 10} {
		if count[what] < least {
			t.Errorf("%d %s, want %d", count[what], what, least)
		}
	}
}

// sameObject compares what the two readers say of one file.
func sameObject(arch string, data []byte, count map[string]int) error {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return err
	}
	got, err := elfload.Load("a.o", data, machines.For(arch))
	if err != nil {
		return err
	}
	o := &other{File: f}
	if err := o.read(); err != nil {
		return err
	}
	flags := binary.LittleEndian.Uint32(data[36:])
	if f.Class == elf.ELFCLASS64 {
		flags = binary.LittleEndian.Uint32(data[48:])
	}
	if got.Facts.Flags != flags || len(got.Sections) != len(f.Sections) || len(got.Symbols) != len(o.symbols) {
		return fmt.Errorf("%d sections, %d symbols, flags 0x%x; want %d, %d, 0x%x", len(got.Sections), len(got.Symbols), got.Facts.Flags, len(f.Sections), len(o.symbols), flags)
	}
	for i := range got.Sections {
		if err := o.sameSection(i, &got.Sections[i], count); err != nil {
			return fmt.Errorf("section %d, %s: %w", i, f.Sections[i].Name, err)
		}
	}
	for i := range got.Symbols {
		if err := o.sameSymbol(i, &got.Symbols[i]); err != nil {
			return fmt.Errorf("symbol %d, %s: %w", i, o.symbols[i].Name, err)
		}
	}
	count["symbols"] += len(o.symbols)
	return o.sameGroups(got.Groups, count)
}

// other is what debug/elf reads, and what the psABIs say to it.
type other struct {
	*elf.File
	symbols []elf.Symbol
	relocs  [][]otherReloc // of each section
	pads    [][]otherReloc // those of kind R_RISCV_ALIGN, in order
}

type otherReloc struct {
	off      uint64
	typ, sym uint32
	a        int64
	inPlace  bool
}

func (o *other) read() error {
	list, err := o.Symbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return err
	}
	o.symbols = append([]elf.Symbol{{}}, list...)
	o.relocs, o.pads = make([][]otherReloc, len(o.Sections)), make([][]otherReloc, len(o.Sections))
	for _, s := range o.Sections {
		if s.Type != elf.SHT_REL && s.Type != elf.SHT_RELA || o.Sections[s.Info].Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		table, err := s.Data()
		if err != nil {
			return err
		}
		place, err := o.Sections[s.Info].Data()
		if err != nil {
			return err
		}
		for len(table) > 0 {
			var r otherReloc
			r, table = o.nextReloc(table, s.Type == elf.SHT_RELA)
			if r.inPlace = s.Type == elf.SHT_REL || o.Machine == elf.EM_XTENSA && r.typ == 1; r.inPlace { // R_XTENSA_32 adds to both
				r.a += inPlace(o.Machine, r.typ, place[r.off:])
			}
			o.relocs[s.Info] = append(o.relocs[s.Info], r)
			if o.Machine == elf.EM_RISCV && elf.R_RISCV(r.typ) == elf.R_RISCV_ALIGN {
				o.pads[s.Info] = append(o.pads[s.Info], r)
			}
		}
	}
	return nil
}

// nextReloc decodes an entry (gABI chapter 4, "Relocation").
func (o *other) nextReloc(b []byte, rela bool) (r otherReloc, rest []byte) {
	le := binary.LittleEndian
	if o.Class == elf.ELFCLASS64 {
		info := le.Uint64(b[8:])
		return otherReloc{off: le.Uint64(b), sym: elf.R_SYM64(info), typ: elf.R_TYPE64(info), a: int64(le.Uint64(b[16:]))}, b[24:]
	}
	info := le.Uint32(b[4:])
	r, rest = otherReloc{off: uint64(le.Uint32(b)), sym: elf.R_SYM32(info), typ: elf.R_TYPE32(info)}, b[8:]
	if rela {
		r.a, rest = int64(int32(le.Uint32(rest))), rest[4:]
	}
	return r, rest
}

// inPlace is the addend that a REL relocation has in the bytes of its place
// (AAELF32 section 5.6.1, "Addends and PC-bias compensation", and the Armv7-M
// manual's encodings; System V ABI, Intel386 supplement, section 4).
func inPlace(m elf.Machine, typ uint32, b []byte) int64 {
	le := binary.LittleEndian
	signed := func(v uint32, bits int) int64 { return int64(int32(v<<(32-bits)) >> (32 - bits)) }
	if m == elf.EM_386 {
		switch elf.R_386(typ) {
		case elf.R_386_16, elf.R_386_PC16:
			return signed(uint32(le.Uint16(b)), 16)
		case elf.R_386_8, elf.R_386_PC8:
			return signed(uint32(b[0]), 8)
		}
	}
	if m != elf.EM_ARM {
		return signed(le.Uint32(b), 32)
	}
	half := func(i int) uint32 { return uint32(le.Uint16(b[2*i:])) }
	switch elf.R_ARM(typ) {
	case elf.R_ARM_NONE:
		return 0
	case elf.R_ARM_THM_PC22, elf.R_ARM_THM_JUMP24: // THM_PC22 is THM_CALL
		s, j1, j2 := half(0)>>10&1, half(1)>>13&1, half(1)>>11&1
		return signed(s<<24|(^(j1^s)&1)<<23|(^(j2^s)&1)<<22|(half(0)&0x3ff)<<12|(half(1)&0x7ff)<<1, 25)
	case elf.R_ARM_THM_JUMP19:
		return signed((half(0)>>10&1)<<20|(half(1)>>11&1)<<19|(half(1)>>13&1)<<18|(half(0)&0x3f)<<12|(half(1)&0x7ff)<<1, 21)
	case elf.R_ARM_THM_JUMP11:
		return signed((half(0)&0x7ff)<<1, 12)
	case elf.R_ARM_THM_JUMP8:
		return signed((half(0)&0xff)<<1, 9)
	case elf.R_ARM_THM_MOVW_ABS_NC, elf.R_ARM_THM_MOVT_ABS, elf.R_ARM_THM_MOVW_PREL_NC, elf.R_ARM_THM_MOVT_PREL:
		return signed((half(0)&0xf)<<12|(half(0)>>10&1)<<11|(half(1)>>12&7)<<8|half(1)&0xff, 16)
	case elf.R_ARM_PREL31:
		return signed(le.Uint32(b), 31)
	}
	return signed(le.Uint32(b), 32)
}

// sameSection compares a section, of which padding may be cut.
func (o *other) sameSection(i int, got *elfload.Section, count map[string]int) error {
	s := o.Sections[i]
	size := o.moved(i, s.Size)
	if got.Name != s.Name || got.Type != s.Type || got.Flags != s.Flags || got.Size != size || s.Flags&elf.SHF_ALLOC != 0 && uint64(got.Align) != max(s.Addralign, 1) {
		return fmt.Errorf("%s %v %v, %d bytes, aligned to %d; want %s %v %v, %d, %d", got.Name, got.Type, got.Flags, got.Size, got.Align, s.Name, s.Type, s.Flags, size, s.Addralign)
	}
	count["sections"]++
	count["paddings"] += len(o.pads[i])
	if s.Flags&elf.SHF_ALLOC == 0 {
		return nil
	}
	turned := strings.HasPrefix(s.Name, ".ctors") || strings.HasPrefix(s.Name, ".dtors")
	if turned {
		count["tables backwards"]++
	}
	if len(o.pads[i]) == 0 && !turned && s.Type != elf.SHT_NOBITS {
		if data, err := s.Data(); err != nil || !bytes.Equal(data, got.Data) {
			return fmt.Errorf("other bytes (%v)", err)
		}
	}
	want := o.relocs[i]
	for r := range got.Relocs {
		for len(want) > 0 && o.passedOver(i, want[0]) {
			want = want[1:]
		}
		if len(want) == 0 {
			return fmt.Errorf("a relocation too many, at 0x%x", r.Off)
		}
		w := want[0]
		want = want[1:]
		count["relocations"]++
		if w.inPlace {
			count["addends in place"]++
		}
		off := o.moved(i, w.off)
		if turned {
			off = got.Size - off - uint64(o.word())
		}
		if sym := &o.symbols[w.sym]; elf.ST_TYPE(sym.Info) == elf.STT_SECTION && len(o.pads[sym.Section]) > 0 && w.a > 0 {
			w.a = int64(o.moved(int(sym.Section), uint64(w.a)))
		}
		if uint64(r.Off) != off || r.Type != w.typ || r.Sym != w.sym || r.A != w.a {
			return fmt.Errorf("relocation at 0x%x of type %d against %d + %d; want 0x%x, %d, %d + %d", r.Off, r.Type, r.Sym, r.A, off, w.typ, w.sym, w.a)
		}
	}
	for _, w := range want {
		if !o.passedOver(i, w) {
			return fmt.Errorf("no relocation at 0x%x", w.off)
		}
	}
	return nil
}

// passedOver: marks behind the end of a section say nothing.
func (o *other) passedOver(i int, r otherReloc) bool {
	return r.off >= o.Sections[i].Size && (o.Machine != elf.EM_RISCV || elf.R_RISCV(r.typ) != elf.R_RISCV_ALIGN)
}

func (o *other) word() int {
	if o.Class == elf.ELFCLASS64 {
		return 8
	}
	return 4
}

// moved is where an offset of a section is when the paddings in front of it are as
// short as they can be (RISC-V psABI, "Alignment Relaxation": of A bytes of padding,
// the least remain that align what follows to the next power of two above A).
func (o *other) moved(i int, off uint64) uint64 {
	out, from := uint64(0), uint64(0)
	for _, p := range o.pads[i] {
		if p.off >= off {
			break
		}
		out += p.off - from
		align := uint64(1)
		for align <= uint64(p.a) {
			align *= 2
		}
		keep := (align - out%align) % align
		from = p.off + uint64(p.a)
		if off < from { // within the padding
			return out + min(keep, off-p.off)
		}
		out += keep
	}
	return out + off - from
}

// sameSymbol compares a symbol, whose value may have a bit for the instruction set.
func (o *other) sameSymbol(i int, got *elfload.Symbol) error {
	s := o.symbols[i]
	where, name := elfload.InSection, s.Name
	switch {
	case s.Section == elf.SHN_UNDEF:
		where = elfload.Undefined
	case s.Section == elf.SHN_ABS:
		where = elfload.Absolute
	case s.Section == elf.SHN_COMMON:
		where = elfload.Common
	case elf.ST_TYPE(s.Info) == elf.STT_SECTION:
		name = o.Sections[s.Section].Name
	}
	value, size, mode := s.Value, s.Size, uint64(0)
	if o.Machine == elf.EM_ARM && elf.ST_TYPE(s.Info) == elf.STT_FUNC && where == elfload.InSection {
		mode = value & 1
		value &^= 1
	}
	if where == elfload.InSection {
		end := o.moved(int(s.Section), value+size)
		value = o.moved(int(s.Section), value)
		size = end - value
	}
	if got.Where != where || got.Name != name || got.Value != value || got.Size != size || uint64(got.Mode) != mode ||
		got.Bind() != elf.ST_BIND(s.Info) || got.Type() != elf.ST_TYPE(s.Info) || where == elfload.InSection && int(got.Sect) != int(s.Section) {
		return fmt.Errorf("%+v; want %+v", *got, s)
	}
	return nil
}

// sameGroups compares groups (gABI chapter 4, "Section Groups").
func (o *other) sameGroups(got []elfload.Group, count map[string]int) error {
	for _, s := range o.Sections {
		if s.Type != elf.SHT_GROUP {
			continue
		}
		data, err := s.Data()
		if err != nil || len(got) == 0 {
			return fmt.Errorf("a group is missing (%v)", err)
		}
		var members []int
		for b := data[4:]; len(b) >= 4; b = b[4:] {
			members = append(members, int(binary.LittleEndian.Uint32(b)))
		}
		name := o.symbols[s.Info].Name
		if elf.ST_TYPE(o.symbols[s.Info].Info) == elf.STT_SECTION {
			name = o.Sections[o.symbols[s.Info].Section].Name
		}
		if g := got[0]; g.Signature != name || g.COMDAT != (data[0]&1 != 0) || !slices.Equal(g.Members, members) {
			return fmt.Errorf("group %+v; want %s, %v", g, name, members)
		}
		got = got[1:]
		count["groups"]++
	}
	if len(got) > 0 {
		return fmt.Errorf("%d groups too many", len(got))
	}
	return nil
}
