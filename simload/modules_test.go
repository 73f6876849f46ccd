package simload

import (
	"testing"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
)

// The modules here are put together by hand, from the manuals of the
// architectures, without any code of the linker.

// module is a finished link.
type module struct {
	file *mpyfile.File
	m    *linkmap.Map
}

func (l *module) verify(t testing.TB) error {
	t.Helper()
	data, err := mpywriter.Write(l.file)
	if err != nil {
		t.Fatal(err)
	}
	return Verify(data, l.m)
}

var (
	toText     = mpyfile.Dest{Kind: mpyfile.ToText}
	toRodata   = mpyfile.Dest{Kind: mpyfile.ToRodata}
	toBSS      = mpyfile.Dest{Kind: mpyfile.ToBSS}
	toFunTable = mpyfile.Dest{Kind: mpyfile.ToFunTable}
	toMemset   = mpyfile.Dest{Kind: mpyfile.ToFunEntry, Entry: 50}
	toBuiltin1 = mpyfile.Dest{Kind: mpyfile.ToFunEntry, Entry: 78}
)

func inText(off uint64, d mpyfile.Dest) mpyfile.Word {
	return mpyfile.Word{Region: mpyfile.Text, Off: off, Dest: d}
}

// join puts parts at increasing addresses, with zeros between.
func join(size int, parts map[int][]byte) []byte {
	b := make([]byte, size)
	for at, part := range parts {
		copy(b[at:], part)
	}
	return b
}

// x64Module has RELA relocations and words of 8 bytes.
func x64Module() *module {
	mach := machines.For("x64")
	rel := func(off uint32, typ, s uint32, a int64) linkmap.Reloc {
		return linkmap.Reloc{Off: off, S: s, Howto: mach.Howto(typ), A: a}
	}
	const (
		abs64    = 1
		pc32     = 2
		plt32    = 4
		gotpcrel = 9
		abs32    = 10
		gotpc32  = 26
		got64    = 27
	)
	const helper, memset, weak, counter, builtin1, table, number, gotBase = 0, 1, 2, 3, 4, 5, 6, 7
	main := func(helper, slot, veneer, next, got, constant byte) []byte {
		return []byte{
			0xe8, helper, 0, 0, 0, // 10: call helper
			0x48, 0x8b, 0x05, slot, 0, 0, 0, // 15: mov rax, [rip + counter's slot]
			0xe8, veneer, 0, 0, 0, // 1c: call memset
			0xe8, next, 0, 0, 0, // 21: call weak
			0x48, 0x8d, 0x05, got, 0, 0, 0, // 26: lea rax, [rip + GOT]
			0xb8, constant, 0, 0, 0, // 2d: mov eax, number
			0xc3, 0x90, // 32
		}
	}
	veneer := func(word byte) []byte {
		return []byte{0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x48, 0xb8, word, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0}
	}
	helperCode := []byte{0x31, 0xc0, 0xc3, 0x90}
	m := &linkmap.Map{
		Machine: mach, ABI: mpyfile.Latest, Entry: 0x10, GOT: 0x90,
		Sections: []linkmap.Section{
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".text", Align: 16, Data: main(0, 0, 0, 0, 0, 0)},
				Region: mpyfile.Text, Addr: 0x10, Size: 0x24,
				Relocs: []linkmap.Reloc{
					rel(0x01, plt32, helper, -4), rel(0x08, gotpcrel, counter, -4), rel(0x0d, plt32, memset, -4),
					rel(0x12, plt32, weak, -4), rel(0x19, gotpc32, gotBase, -4), rel(0x1e, abs32, number, 1),
				},
			},
			{Origin: &linkmap.Origin{Object: "b.o", Name: ".text", Align: 1, Data: helperCode}, Region: mpyfile.Text, Addr: 0x34, Size: 4},
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".data.rel.ro", Align: 8, Data: make([]byte, 0x38)},
				Region: mpyfile.Text, Addr: 0x50, Size: 0x38,
				Relocs: []linkmap.Reloc{
					rel(0x00, abs64, builtin1, 0), rel(0x08, abs64, helper, 2), rel(0x10, abs64, counter, 8),
					rel(0x18, abs64, number, 0), rel(0x20, abs64, weak, 0),
					rel(0x28, got64, table, 0), rel(0x30, got64, weak, 0),
				},
			},
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".rodata", Align: 4, Data: []byte{0, 0, 0, 0}},
				Region: mpyfile.Text, Addr: 0x88, Size: 4,
				Relocs: []linkmap.Reloc{rel(0, pc32, helper, 0)},
			},
			{Origin: &linkmap.Origin{Object: "a.o", Name: ".bss", Align: 8}, Region: mpyfile.BSS, Size: 16},
			{Origin: &linkmap.Origin{Object: "b.o", Name: "COMMON x", Align: 4}, Region: mpyfile.BSS, Addr: 16, Size: 4},
			{Origin: &linkmap.Origin{Kind: linkmap.EntryJump, Name: "entry"}, Region: mpyfile.Text, Size: 2},
			{Origin: &linkmap.Origin{Kind: linkmap.GOT, Name: "GOT", Align: 8}, Region: mpyfile.Text, Addr: 0x90, Size: 24},
			{Origin: &linkmap.Origin{Kind: linkmap.Veneer, Name: "veneer memset", Align: 8}, Region: mpyfile.Text, Addr: 0x38, Size: 18},
		},
		Targets: []linkmap.Target{
			helper:   {Name: "helper", Kind: linkmap.InSection, Section: 1},
			memset:   {Name: "memset", Kind: linkmap.Supplied, Code: true, Dest: toMemset},
			weak:     {Name: "weak", Kind: linkmap.Null},
			counter:  {Name: "counter", Kind: linkmap.InSection, Section: 4},
			builtin1: {Name: "mp_type_fun_builtin_1", Kind: linkmap.Supplied, Dest: toBuiltin1},
			table:    {Name: "mp_fun_table", Kind: linkmap.Supplied, Dest: toFunTable},
			number:   {Name: "number", Kind: linkmap.Absolute, Off: 0x41},
			gotBase:  {Name: "_GLOBAL_OFFSET_TABLE_", Kind: linkmap.InSection, Section: 7},
		},
	}
	f := &mpyfile.File{
		ABI: mpyfile.Latest, Arch: machines.For("x64"), QStrs: []string{"m.mpy"}, BSSSize: 20,
		Text: join(0xa8, map[int][]byte{
			0x00: {0xeb, 0x0e},
			0x10: main(0x34-0x15, 0x98-0x1c, 0x38-0x21, 0, 0x90-0x2d, 0x42),
			0x34: helperCode,
			0x38: veneer(0),
			0x50: {0, 0, 0, 0, 0, 0, 0, 0, 0x36, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0x41},
			0x80: {0x10},
			0x88: {0x34 - 0x88 + 0x100, 0xff, 0xff, 0xff},
		}),
		Words: []mpyfile.Word{
			inText(0x90, toFunTable), inText(0x98, toBSS), // the slot at 0xa0 is for weak
			inText(0x40, toMemset),
			inText(0x50, toBuiltin1), inText(0x58, toText), inText(0x60, toBSS),
		},
	}
	return &module{f, m}
}

// thumbModule has REL relocations, functions with an instruction-set bit,
// words of 4 bytes and a rodata region.
func thumbModule() *module {
	mach := machines.For("armv7m")
	rel := func(off uint32, typ, s uint32, a int64) linkmap.Reloc {
		return linkmap.Reloc{Off: off, S: s, Howto: mach.Howto(typ), A: a}
	}
	const (
		abs32    = 2
		rel32    = 3
		call     = 10
		basePrel = 25
		gotBrel  = 26
		jump24   = 30
		gotPrel  = 96
		jump11   = 102
	)
	const helper, memset, weak, counter, builtin1, gotBase, ro, table = 0, 1, 2, 3, 4, 5, 6, 7
	main := func(helper, veneer, weak, weak16 uint16, slot, got, distance, address, slotRel byte) []byte {
		return []byte{
			0x00, 0xf0, byte(helper), byte(helper >> 8), // 08: bl helper
			0x00, 0xf0, byte(veneer), byte(veneer >> 8), // 0c: bl memset
			0x00, 0xf0, byte(weak), byte(weak >> 8), // 10: b.w weak
			byte(weak16), byte(weak16 >> 8), 0x00, 0xbf, // 14: b weak; nop
			slot, 0, 0, 0, // 18: .word counter(GOT)
			got, 0, 0, 0, // 1c: .word _GLOBAL_OFFSET_TABLE_ + 10 - .
			distance, 0, 0, 0, // 20: .word helper - .
			address, 0, 0, 0, // 24: .word helper
			slotRel, 0, 0, 0, // 28: .word helper(GOT_PREL) + 4
		}
	}
	// What an assembler leaves in the fields: addends of -4, half in the first
	// halfword.
	object := main(0xfffe, 0xfffe, 0xbffe, 0xe7fe, 0, 10, 0, 0, 4)
	object[0], object[1], object[4], object[5], object[8], object[9] = 0xff, 0xf7, 0xff, 0xf7, 0xff, 0xf7
	helperCode := []byte{0x70, 0x47, 0x00, 0xbf}
	m := &linkmap.Map{
		Machine: mach, ABI: mpyfile.Latest, Entry: 0x08, GOT: 0x50,
		Sections: []linkmap.Section{
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".text", Align: 4, Data: object},
				Region: mpyfile.Text, Addr: 0x08, Size: 0x24,
				Relocs: []linkmap.Reloc{
					rel(0x00, call, helper, -4), rel(0x04, call, memset, -4), rel(0x08, jump24, weak, -4),
					rel(0x0c, jump11, weak, -4), rel(0x10, gotBrel, counter, 0), rel(0x14, basePrel, gotBase, 10),
					rel(0x18, rel32, helper, 0), rel(0x1c, abs32, helper, 0), rel(0x20, gotPrel, helper, 4),
				},
			},
			{Origin: &linkmap.Origin{Object: "lib.a(b.o)", Name: ".text", Align: 2, Data: helperCode}, Region: mpyfile.Text, Addr: 0x2c, Size: 4},
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".data.rel.ro", Align: 4, Data: []byte{0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
				Region: mpyfile.Text, Addr: 0x40, Size: 16,
				Relocs: []linkmap.Reloc{
					rel(0, abs32, builtin1, 0), rel(4, abs32, counter, 4), rel(8, abs32, ro, 0),
					rel(12, gotBrel, table, 0),
				},
			},
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".rodata", Align: 4, Data: []byte{'h', 'i', 0, 0, 0, 0, 0, 0}},
				Region: mpyfile.Rodata, Size: 8,
				Relocs: []linkmap.Reloc{rel(4, abs32, helper, 0)},
			},
			{Origin: &linkmap.Origin{Object: "a.o", Name: ".bss", Align: 4}, Region: mpyfile.BSS, Size: 10},
			{Origin: &linkmap.Origin{Kind: linkmap.EntryJump, Name: "entry"}, Region: mpyfile.Text, Size: 4},
			{Origin: &linkmap.Origin{Kind: linkmap.GOT, Name: "GOT", Align: 4}, Region: mpyfile.Text, Addr: 0x50, Size: 12},
			{Origin: &linkmap.Origin{Kind: linkmap.Veneer, Name: "veneer memset", Align: 4}, Region: mpyfile.Text, Addr: 0x34, Size: 8},
		},
		Targets: []linkmap.Target{
			helper:   {Name: "helper", Kind: linkmap.InSection, Section: 1, Mode: 1},
			memset:   {Name: "memset", Kind: linkmap.Supplied, Code: true, Dest: toMemset},
			weak:     {Name: "weak", Kind: linkmap.Null},
			counter:  {Name: "counter", Kind: linkmap.InSection, Section: 4},
			builtin1: {Name: "mp_type_fun_builtin_1", Kind: linkmap.Supplied, Dest: toBuiltin1},
			gotBase:  {Name: "_GLOBAL_OFFSET_TABLE_", Kind: linkmap.InSection, Section: 6},
			ro:       {Name: ".rodata", Kind: linkmap.InSection, Section: 3},
			table:    {Name: "mp_fun_table", Kind: linkmap.Supplied, Dest: toFunTable},
		},
	}
	f := &mpyfile.File{
		ABI: mpyfile.Latest, Arch: machines.For("armv7m"), QStrs: []string{"m.mpy"}, BSSSize: 10,
		Text: join(0x5c, map[int][]byte{
			0x00: {0x02, 0xe0}, // b 08
			0x08: main(0xf800|(0x2c-0x0c)/2, 0xf800|(0x34-0x10)/2, 0xb800, 0xe7ff,
				4, 0x50+10-0x1c, 0x2d-0x20, 0x2d, 0x58+4-0x28),
			0x2c: helperCode,
			0x34: {0x00, 0x4b, 0x18, 0x47}, // ldr r3, [pc]; bx r3
			0x44: {4},
			0x58: {0x2d},
		}),
		Rodata: []byte{'h', 'i', 0, 0, 0x2d, 0, 0, 0},
		Words: []mpyfile.Word{
			inText(0x50, toFunTable), inText(0x54, toBSS), inText(0x58, toText),
			inText(0x24, toText), inText(0x38, toMemset),
			inText(0x40, toBuiltin1), inText(0x44, toBSS), inText(0x48, toRodata),
			{Region: mpyfile.Rodata, Off: 4, Dest: toText},
		},
	}
	return &module{f, m}
}

// made is a part of text that the linker made.
func made(kind linkmap.Kind, name string, addr, size uint64) linkmap.Section {
	return linkmap.Section{Origin: &linkmap.Origin{Kind: kind, Name: name, Align: 1}, Region: mpyfile.Text, Addr: addr, Size: size}
}
