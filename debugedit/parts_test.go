package debugedit_test

import (
	"bytes"
	"debug/elf"
	"testing"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

const (
	abs32    = 2 // R_ARM_ABS32
	textSize = 0x200
)

// cuts are the edits of .text in all tests. What was at 6 to 0x80 is two bytes less far, what was at 0x82 to 0x100 is where it was, and what was
// behind 0x104 is four bytes less far.
var cuts = []edit.Edit{{Off: 4, Del: 2}, {Off: 0x80, Del: 2, Ins: []byte{0xc0, 0x46, 0xc0, 0x46}}, {Off: 0x100, Del: 4}}

// Sections of an object, by the number that elfmake gives them.
const (
	text, info, abbrev, line, frame, loc, ranges, loclists, rnglists, aranges, addr = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
)

// parts are debug information under construction: by section its bytes, in which @S,N, stands for a word with a relocation to
// N bytes behind the start of section S.
type parts map[int]*content

type content struct {
	data   []byte
	relocs []elfmake.Reloc
}

// to is a word with a relocation.
type to struct {
	section int
	off     uint32
}

// bytesOf puts content together of bytes, of words as uint32, and of references.
func bytesOf(list ...any) *content {
	c := &content{}
	word := func(v uint32) { c.data = append(c.data, byte(v), byte(v>>8), byte(v>>16), byte(v>>24)) }
	for _, v := range list {
		switch v := v.(type) {
		case int:
			c.data = append(c.data, byte(v))
		case uint32:
			word(v)
		case []byte:
			c.data = append(c.data, v...)
		case string:
			c.data = append(c.data, v...)
		case to:
			c.relocs = append(c.relocs, elfmake.Reloc{Off: uint64(len(c.data)), Type: abs32, Sym: v.section})
			word(v.off)
		}
	}
	return c
}

// Symbols that are no sections, and what is no section: as many bytes as a second line table is behind the first.
const (
	secondTable = len(names)
	function    = len(names) + 1
)

var names = [...]string{".text", ".debug_info", ".debug_abbrev", ".debug_line", ".debug_frame", ".debug_loc", ".debug_ranges", ".debug_loclists", ".debug_rnglists", ".debug_aranges", ".debug_addr"}

// object is an object with edited code.
func (p parts) object(t *testing.T) *elfload.Object {
	t.Helper()
	o := elfmake.Object{Machine: elf.EM_ARM, Class: elf.ELFCLASS32}
	for i, name := range names {
		s := elfmake.Section{Name: name, Align: 1}
		switch c := p[i]; {
		case i == text:
			s.Flags, s.Align, s.Data = elf.SHF_ALLOC|elf.SHF_EXECINSTR, 4, bytes.Repeat([]byte{0xc0, 0x46}, textSize/2)
		case c != nil:
			s.Data, s.Relocs = c.data, c.relocs
		}
		o.Sections = append(o.Sections, s)
		o.Symbols = append(o.Symbols, elfmake.Symbol{Type: elf.STT_SECTION, Sect: i})
	}
	second := elfmake.Symbol{Name: ".Ldebug_line1", Sect: line}
	if c := p[secondTable]; c != nil {
		second.Value = uint64(len(c.data))
	}
	o.Symbols = append(o.Symbols, second, elfmake.Symbol{Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 3, Size: 8})
	obj, err := elfload.Load("a.o", o.Bytes(), machines.For("armv7m"))
	if err == nil {
		obj, err = obj.Shrink(elfload.Cuts{1 + text: cuts})
	}
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

func nothingElsewhere(int, uint64, uint64) relocs.Registers { return 0 }

// result is a section's bytes, and what its relocations refer to by the place that they are at.
func result(obj *elfload.Object, section int) (data []byte, refs map[uint32]uint64) {
	s := &obj.Sections[1+section]
	refs = map[uint32]uint64{}
	data = bytes.Clone(s.Data)
	for r := range s.Relocs {
		refs[r.Off] = obj.Symbols[r.Sym].Value + uint64(r.A)
		copy(data[r.Off:], []byte{0, 0, 0, 0})
	}
	return data, refs
}

// same compares a section with what it should be.
func same(t *testing.T, name string, obj *elfload.Object, section int, want *content) {
	t.Helper()
	data, refs := result(obj, section)
	for _, r := range want.relocs {
		at := want.data[r.Off : r.Off+4]
		v := uint64(at[0]) | uint64(at[1])<<8 | uint64(at[2])<<16 | uint64(at[3])<<24
		if got, ok := refs[uint32(r.Off)]; !ok || got != v {
			t.Errorf("%s: at %#x it refers to %#x (%v), want %#x", name, r.Off, got, ok, v)
		}
		copy(at, []byte{0, 0, 0, 0})
	}
	if !bytes.Equal(data, want.data) || len(refs) != len(want.relocs) {
		t.Errorf("%s: % x\nwant % x", name, data, want.data)
	}
}

// lineTable is a table of version 4 with a program: instructions of 2 bytes, line_base -5, line_range 14, opcode_base 13. A special
// opcode is (line + 5) + 14 * (bytes / 2) + 13 (DWARF 4, section 6.2.5.1).
func lineTable(program ...any) *content {
	body := bytesOf(program...)
	header := bytesOf(uint32(2+4+20+len(body.data)), 4, 0, uint32(20), 2, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0)
	for _, r := range body.relocs {
		r.Off += uint64(len(header.data))
		header.relocs = append(header.relocs, r)
	}
	header.data = append(header.data, body.data...)
	return header
}

func special(addr, line int) int { return line + 5 + 14*(addr/2) + 13 }

// setAddress is DW_LNE_set_address; behind it comes the address.
var setAddress, endSequence = []byte{0, 5, 2}, []byte{0, 1, 1}

// unit4 is a unit of version 4 whose first entry has low_pc and high_pc, and an attribute of a form.
func unit4(attr, form int, value ...any) parts {
	body := bytesOf(append([]any{1, to{text, 0}, uint32(textSize)}, value...)...)
	head := bytesOf(uint32(7+len(body.data)), 4, 0, to{abbrev, 0}, 4)
	for _, r := range body.relocs {
		r.Off += uint64(len(head.data))
		head.relocs = append(head.relocs, r)
	}
	head.data = append(head.data, body.data...)
	return parts{info: head, abbrev: bytesOf(1, 0x11, 0, 0x11, 1, 0x12, 6, attr, form, 0, 0, 0)}
}

// unit5 is a unit of version 5 with tables of lists and of addresses, and an attribute of a form.
func unit5(attr, form int, value ...any) parts {
	body := bytesOf(append([]any{1, 0, uint32(textSize), to{addr, 8}, to{loclists, 12}, to{rnglists, 12}}, value...)...)
	head := bytesOf(uint32(8+len(body.data)), 5, 0, 1, 4, to{abbrev, 0})
	for _, r := range body.relocs {
		r.Off += uint64(len(head.data))
		head.relocs = append(head.relocs, r)
	}
	head.data = append(head.data, body.data...)
	return parts{
		info: head, abbrev: bytesOf(1, 0x11, 0, 0x11, 0x1b, 0x12, 6, 0x73, 0x17, 0x8c, 1, 0x17, 0x74, 0x17, attr, form, 0, 0, 0),
		addr: bytesOf(uint32(12), 5, 0, 4, 0, to{text, 0}, to{text, 8}), loclists: table5(nil), rnglists: table5(nil),
	}
}

// table5 is a table of lists with offsets of them.
func table5(offsets []uint32, list ...any) *content {
	body := bytesOf(list...)
	head := bytesOf(uint32(8+4*len(offsets)+len(body.data)), 5, 0, 4, 0, uint32(len(offsets)))
	for _, o := range offsets {
		head.data = append(head.data, bytesOf(o).data...)
	}
	for _, r := range body.relocs {
		r.Off += uint64(len(head.data))
		head.relocs = append(head.relocs, r)
	}
	head.data = append(head.data, body.data...)
	return head
}
