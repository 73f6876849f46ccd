package debuginfo

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

// leb is an unsigned LEB128.
func leb(v uint64) []byte { return binary.AppendUvarint(nil, v) }

// unit puts the length in front of a unit.
func unit(parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return append(le.AppendUint32(nil, uint32(len(body))), body...)
}

// header is what follows the version of a line table: lengths of the header, and what it has in front of its names.
func header(version uint16, names []byte, program ...byte) []byte {
	fixed := []byte{1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1} // min_inst, max_ops, default_is_stmt, line_base -5, line_range, opcode_base, operands
	if version < 4 {
		fixed = slices.Delete(slices.Clone(fixed), 1, 2)
	}
	var sizes []byte
	if version >= 5 {
		sizes = []byte{8, 0}
	}
	h := append(fixed, names...)
	return unit(le.AppendUint16(nil, version), sizes, le.AppendUint32(nil, uint32(len(h))), h, program)
}

// names4 has the directory "inc" and the files 1, a.c, and 2, b.h of inc.
var names4 = []byte("inc\x00\x00a.c\x00\x00\x00\x00b.h\x00\x01\x00\x00\x00")

// names5 has the same as files 0 and 1, of a compiler that ran in /x.
var names5 = slices.Concat([]byte{1, contentPath, formString, 2}, []byte("/x\x00inc\x00"), []byte{2, contentPath, formString, contentDir, formUdata, 3}, []byte("a.c\x00\x00a.c\x00\x00b.h\x00\x01"))

// setAddress is the start of a sequence; what it adds to is filled in by a relocation.
var setAddress = []byte{0, 9, extSetAddress, 0, 0, 0, 0, 0, 0, 0, 0}

var endSequence = []byte{0, 1, extEndSequence}

// special advances the address and the line, and makes a row.
func special(addr, line int) byte { return byte(line + 5 + 14*addr + 13) }

// program has lines 10 and 12 of a.c, then 3 of b.h, 4 bytes of code each.
func program(second byte) []byte {
	return slices.Concat(setAddress, []byte{opAdvanceLine, 9, opCopy, special(4, 2), opSetFile, second, opAdvanceLine, 0x77, opAdvancePC, 4, opCopy, opAdvancePC, 4}, endSequence)
}

// object has code of 16 bytes, .text.f and .text.g, and debug information.
func object(sections map[string][]byte, relocs ...elfmake.Reloc) *elfload.Object {
	code := elf.SHF_ALLOC | elf.SHF_EXECINSTR
	o := &elfmake.Object{
		Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true,
		Sections: []elfmake.Section{
			{Name: ".text.f", Flags: code, Align: 1, Data: make([]byte, 16)},
			{Name: ".text.g", Flags: code, Align: 1, Data: make([]byte, 16)},
		},
		Symbols: []elfmake.Symbol{{Type: elf.STT_SECTION, Sect: 0}, {Type: elf.STT_SECTION, Sect: 1}},
	}
	names := []string{}
	for name := range sections {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		s := elfmake.Section{Name: name, Align: 1, Data: sections[name]}
		if name == ".debug_line" {
			s.Relocs = relocs
		}
		o.Sections = append(o.Sections, s)
	}
	obj, err := elfload.Load("a.o", o.Bytes(), machines.For("x64"))
	if err != nil {
		panic(err)
	}
	return obj
}

// at is a relocation of the address in a set_address, to a symbol.
func at(table []byte, n, sym int) elfmake.Reloc {
	off := 0
	for ; n >= 0; n-- {
		off += bytes.Index(table[off:], setAddress[:3]) + 3
	}
	return elfmake.Reloc{Off: uint64(off), Type: uint32(elf.R_X86_64_64), Sym: sym}
}

// where are the lines of the first bytes of .text.f, a word each; "" of none.
func where(obj *elfload.Object) string {
	info := Of(obj)
	if info == nil {
		return "none"
	}
	var list []string
	for off := uint64(0); off < 16; off += 4 {
		text := "-"
		if at := info.Source(1, off); at.Known() {
			text = at.String()
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

const right = "a.c:10 a.c:12 inc/b.h:3 -"

// TestVersions: the versions of line tables say the same (DWARF 2 to 5, section 6.2.4).
func TestVersions(t *testing.T) {
	for version := range uint16(7) {
		names, second := names4, byte(2)
		if version >= 5 {
			names = names5
		}
		table := header(version, names, program(second)...)
		want := right
		if version < 2 || version > 5 {
			want = "- - - -"
		}
		if got := where(object(map[string][]byte{".debug_line": table}, at(table, 0, 0))); got != want {
			t.Errorf("version %d: %s", version, got)
		}
	}
}

// TestNoLine: what is damaged, missing or contradicts itself has no lines, and takes those with it that it could mean.
func TestNoLine(t *testing.T) {
	good := header(4, names4, program(2)...)
	twice := header(4, names4, slices.Concat(program(2), program(2))...)
	const none = "- - - -"
	for _, test := range []struct {
		name  string
		table []byte
		syms  []int
		want  string
	}{
		{"two functions", twice, []int{0, 1}, right},
		{"two programs", slices.Concat(good, good), []int{0, 1}, right},
		{"no relocation", good, nil, none},
		{"no table", nil, nil, none},
		{"twice the same code", twice, []int{0, 0}, none},
		{"of other code", good, []int{1}, none},
		{"cut off", good[:len(good)-1], []int{0}, none},
		{"no end", header(4, names4, program(2)[:len(program(2))-3]...), []int{0}, none},
		{"backwards", header(4, names4, slices.Concat(setAddress, []byte{opCopy, opAdvancePC, 8, opCopy, opAdvancePC}, binary.AppendUvarint(nil, 1<<64-4), endSequence)...), []int{0}, none},
		{"no such file", header(4, names4, program(7)...), []int{0}, "a.c:10 a.c:12 - -"},
		{"line 0", header(4, names4, slices.Concat(setAddress, []byte{opAdvanceLine, 0x7f, opCopy, opAdvancePC, 4}, endSequence)...), []int{0}, none},
		{"no directory", header(4, []byte("\x00a.c\x00\x05\x00\x00\x00"), program(1)...), []int{0}, none},
		{"address of 4 bytes", header(4, names4, slices.Concat([]byte{0, 5, extSetAddress, 0, 0, 1, 0, opCopy, opAdvancePC, 4}, endSequence)...), nil, none},
		{"other operands", bytes.Replace(good, []byte{13, 0, 1, 1}, []byte{13, 0, 1, 2}, 1), []int{0}, none},
		{"no line range", bytes.Replace(good, []byte{0xfb, 14}, []byte{0xfb, 0}, 1), []int{0}, none},
		{"many operations in an instruction", bytes.Replace(good, []byte{1, 1, 1, 0xfb}, []byte{1, 4, 1, 0xfb}, 1), []int{0}, none},
		{"more directories than there is memory", header(5, slices.Concat([]byte{1, contentPath, formString}, leb(1<<40)), program(1)...), []int{0}, none},
		{"files of no bytes", header(5, slices.Concat([]byte{0, 0, 0}, leb(1<<40)), program(1)...), []int{0}, none},
		{"a form that is none", header(5, slices.Concat([]byte{1, contentPath, 0x7f, 1}, []byte("/x\x00")), program(1)...), []int{0}, none},
		{"a name of 5,000 letters", header(4, []byte("\x00"+strings.Repeat("a", 5000)+"\x00\x00\x00\x00\x00"), program(1)...), []int{0}, none},
		{"behind the end of strings", header(5, slices.Concat([]byte{1, contentPath, formLineStr, 1, 9, 9, 9, 9}, []byte{1, contentPath, formString, 2}, []byte("a.c\x00a.c\x00")), program(1)...), []int{0}, "a.c:10 a.c:12 a.c:3 -"},
	} {
		var relocs []elfmake.Reloc
		for n, sym := range test.syms {
			relocs = append(relocs, at(test.table, n, sym))
		}
		got := where(object(map[string][]byte{".debug_line": test.table}, relocs...))
		if got != test.want && !(test.table == nil && got == "none") {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestSameNames: sections of one name have a line if it is the same in all.
func TestSameNames(t *testing.T) {
	table := header(4, names4, program(2)...)
	one := object(map[string][]byte{".debug_line": table}, at(table, 0, 0))
	bare := object(map[string][]byte{".debug_line": nil})
	place := diag.Place{Object: "a.o", Section: ".text.f", Off: 4}
	for _, test := range []struct {
		objects []*elfload.Object
		want    bool
	}{{[]*elfload.Object{one}, true}, {[]*elfload.Object{one, one}, true}, {[]*elfload.Object{one, bare}, false}, {[]*elfload.Object{bare, one}, false}, {nil, false}} {
		e := diag.New(place, "wrong").Note("at %s", place).Note("no place")
		Locate(test.objects, diag.List{e})
		if e.Place.Source.Known() != test.want || e.Notes[0].Place.Source.Known() != test.want || e.Notes[1].Place.Source.Known() {
			t.Errorf("%d objects: %+v", len(test.objects), e)
		}
	}
	other := diag.New(diag.Place{Object: "b.o", Section: ".text.f", Off: 4}, "wrong")
	whole := diag.New(diag.Place{Object: "a.o", Section: ".text.f", Whole: true}, "wrong")
	Locate([]*elfload.Object{one}, diag.List{other, whole})
	if other.Place.Source.Known() || whole.Place.Source.Known() {
		t.Error(other.Place, whole.Place)
	}
}
