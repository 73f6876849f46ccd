package simload

import (
	"strings"
	"testing"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

func TestVerifyGood(t *testing.T) {
	for _, l := range []*module{x64Module(), thumbModule()} {
		if err := l.verify(t); err != nil {
			t.Errorf("%s: %v", l.file.Arch.Name, err)
		}
	}
}

// drop removes the word at off of text.
func drop(f *mpyfile.File, off uint64) {
	for i, w := range f.Words {
		if w.Region == mpyfile.Text && w.Off == off {
			f.Words = append(f.Words[:i:i], f.Words[i+1:]...)
			return
		}
	}
	panic("no such word")
}

// TestVerifyBad spoils a module in one way each, and wants the one error.
func TestVerifyBad(t *testing.T) {
	type spoil func(f *mpyfile.File, m *linkmap.Map)
	x64, thumb := x64Module, thumbModule
	for _, c := range []struct {
		name   string
		module func() *module
		spoil  spoil
		want   string // part of the error
	}{
		// Fields.
		{
			"call one byte off", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x11]++ },
			"a.o:(.text+0x1): R_X86_64_PLT32 against helper: the field holds 0x20, but S + A - P is 0x1f",
		},
		{
			"high byte of a field", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x14] = 1 },
			"a.o:(.text+0x1): R_X86_64_PLT32 against helper: the field holds 0x100001f, but S + A - P is 0x1f",
		},
		{
			"distance in data", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x88]-- },
			"a.o:(.rodata+0x0): R_X86_64_PC32 against helper: the field holds -0x55, but S + A - P is -0x54",
		},
		{
			"constant", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x2e]-- },
			"a.o:(.text+0x1e): R_X86_64_32 against number: the field holds 0x41, but S + A is 0x42",
		},
		{
			"constant word", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x68]-- },
			"a.o:(.data.rel.ro+0x18): R_X86_64_64 against number: the field holds 0x40, but S + A is 0x41",
		},
		{
			"weak address", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x70] = 1 },
			"a.o:(.data.rel.ro+0x20): R_X86_64_64 against weak: the field holds 0x1, but S + A is 0x0",
		},
		{
			"weak call", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x22] = 4 },
			"a.o:(.text+0x12): R_X86_64_PLT32 against weak, which is undefined and weak: the branch holds 4, but 0 goes on behind it",
		},
		{
			"addend in the map", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[2].Relocs[1].A = 0 },
			"a.o:(.data.rel.ro+0x8): R_X86_64_64 against helper: the field holds 0x7e4020010",
		},
		{
			"GOT base", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x29]-- },
			"a.o:(.text+0x19): R_X86_64_GOTPC32 against _GLOBAL_OFFSET_TABLE_: the field holds 0x62, but GOT + A - P is 0x63",
		},
		{
			"other slot", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x18] -= 8 },
			"a.o:(.text+0x8): R_X86_64_GOTPCREL against counter: its slot at text+0x90 holds",
		},
		{
			"slot not aligned", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x18]++ },
			"a.o:(.text+0x8): R_X86_64_GOTPCREL against counter: its slot would be at text+0x99",
		},
		{
			"slot beyond text", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x1b] = 1 },
			"a.o:(.text+0x8): R_X86_64_GOTPCREL against counter: its slot would be at text+0x1000098",
		},
		{
			"veneer missed", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x1d] += 6 },
			"a.o:(.text+0xd): R_X86_64_PLT32 against memset: the field holds 0x1d, but S + A - P is",
		},
		{
			"veneer's code", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x48] = 0 },
			"a.o:(.text+0xd): R_X86_64_PLT32 against memset: the field holds",
		},
		{
			"veneer's word", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Words[2].Dest.Entry++ },
			"a.o:(.text+0xd): R_X86_64_PLT32 against memset: the field holds",
		},
		{
			"distance to a variable", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Relocs[0].S = 3 },
			"a.o:(.text+0x1): R_X86_64_PLT32 against counter: the field holds 0x1f, but S + A - P is",
		},

		{
			"Thumb call", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x0a] += 2 },
			"a.o:(.text+0x0): R_ARM_THM_CALL against helper: the field holds 0x24, but S + A - P is 0x20",
		},
		{
			"J bit", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x0b] &^= 8 },
			"a.o:(.text+0x0): R_ARM_THM_CALL against helper: the field holds 0x400020, but S + A - P is 0x20",
		},
		{
			"wide branch to nothing", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x12]++ },
			"a.o:(.text+0x8): R_ARM_THM_JUMP24 against weak, which is undefined and weak: the branch holds 2, but 0 goes on behind it",
		},
		{
			"narrow branch to nothing", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x14], f.Text[0x15] = 0, 0xe0 },
			"a.o:(.text+0xc): R_ARM_THM_JUMP11 against weak, which is undefined and weak: the branch holds 0, but -2 goes on behind it",
		},
		{
			"slot offset", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x18] = 0 },
			"a.o:(.text+0x10): R_ARM_GOT_BREL against counter: its slot at text+0x50 holds",
		},
		{
			"Thumb bit of an address", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x24]-- },
			"a.o:(.text+0x1c): R_ARM_ABS32 against helper: the field holds 0x20010030, but S + A is 0x20010031",
		},
		{
			"Thumb bit of a distance", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x20]-- },
			"a.o:(.text+0x18): R_ARM_REL32 against helper: the field holds 0xc, but S + A - P is 0xd",
		},
		{
			"Thumb bit of a slot", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x58]-- },
			"a.o:(.text+0x20): R_ARM_GOT_PREL against helper: its slot at text+0x58 holds 0x20010030, but it should be 0x20010031",
		},
		{
			"address in rodata", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Rodata[4]-- },
			"a.o:(.rodata+0x4): R_ARM_ABS32 against helper: the field holds 0x20010030, but S + A is 0x20010031",
		},

		// Words.
		{
			"no word for an address", x64, func(f *mpyfile.File, _ *linkmap.Map) { drop(f, 0x58) },
			"a.o:(.data.rel.ro+0x8): R_X86_64_64 against helper: the field holds 0x36, but S + A is 0x7e402001003e",
		},
		{
			"no word for a slot", x64, func(f *mpyfile.File, _ *linkmap.Map) { drop(f, 0x98) },
			"a.o:(.text+0x8): R_X86_64_GOTPCREL against counter: its slot at text+0x98 holds 0x0, but it should be 0x7e4090040000",
		},
		{
			"no word for a veneer", x64, func(f *mpyfile.File, _ *linkmap.Map) { drop(f, 0x40) },
			"a.o:(.text+0xd): R_X86_64_PLT32 against memset",
		},
		{
			"other region", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Words[4].Dest = toBSS },
			"a.o:(.data.rel.ro+0x8): R_X86_64_64 against helper: the field holds 0x7e4090040036",
		},
		{
			"other slot of mp_fun_table", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Words[3].Dest.Entry = 77 },
			"a.o:(.data.rel.ro+0x0): R_X86_64_64 against mp_type_fun_builtin_1: the field holds",
		},
		{
			"word in code", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Words = append(f.Words, inText(0x30, toText)) },
			"a.o:(.text+0x22): the loaded module has 0xc4 where the object and its relocations give 0xc3",
		},
		{
			"word in padding", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Words = append(f.Words, inText(8, toText)) },
			"text: the loaded module has 0x08 at 0x8, where no section is",
		},
		{"word in a constant", x64, func(f *mpyfile.File, m *linkmap.Map) {
			f.Words = append(f.Words, inText(0x70, toText))
		}, "a.o:(.data.rel.ro+0x20): R_X86_64_64 against weak: the field holds 0x7e4020010008, but S + A is 0x0"},
		{"word across an end", x64, func(f *mpyfile.File, m *linkmap.Map) {
			f.Words = append(f.Words, inText(0x88, toText))
			m.Sections[3].Relocs = nil
		}, "a.o:(.rodata+0x0): the loaded module has 0xb4 where"},
		{"word across the end of the GOT", x64, func(f *mpyfile.File, m *linkmap.Map) {
			f.Words = append(f.Words, inText(0xa0, toText))
			m.Sections[7].Size = 20
		}, "text: the loaded module has 0x40 at 0xa4, where no section is"},

		// Sections.
		{
			"code changed", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x34] = 0x33 },
			"b.o:(.text+0x0): the loaded module has 0x33 where the object and its relocations give 0x31",
		},
		{
			"opcode changed", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x0b] &^= 0x40 },
			"a.o:(.text+0x3): the loaded module has 0xb8 where the object and its relocations give 0xf8",
		},
		{
			"rodata changed", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Rodata[1] = 'o' },
			"a.o:(.rodata+0x1): the loaded module has 0x6f where the object and its relocations give 0x69",
		},
		{
			"section moved", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[1].Addr-- },
			"b.o:(.text+0x0): overlaps a.o:(.text+0x23)",
		},
		{
			"section moved, aligned", thumb, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[1].Addr += 4 },
			"text: the loaded module has 0x70 at 0x2c, where no section is",
		},
		{
			"not aligned", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Align = 32 },
			"a.o:(.text+0x0): at text+0x10, but it must be aligned to 32 bytes",
		},
		{
			"not in the region", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[7].Size = 32 },
			"(GOT+0x0): 32 bytes at text+0x90, which has only 168 bytes",
		},
		{
			"address wraps", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[1].Addr = 1<<64 - 2 },
			"b.o:(.text+0x0): 4 bytes at text+0xfffffffffffffffe, which has only 168 bytes",
		},
		{
			"bss too small", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.BSSSize = 16 },
			"b.o:(COMMON x+0x0): 4 bytes at bss+0x10, which has only 16 bytes",
		},
		{
			"bss too large", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.BSSSize = 21 },
			"bss: 21 bytes, but the sections in it have 20",
		},
		{
			"bss overlaps", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[5].Addr = 12 },
			"b.o:(COMMON x+0x0): overlaps a.o:(.bss+0xc)",
		},
		{
			"contents in bss", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[5].Data = make([]byte, 4) },
			"b.o:(COMMON x+0x0): a section with contents is in bss",
		},
		{
			"other size", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[1].Size = 3 },
			"b.o:(.text+0x0): 4 bytes in the object, 3 in the map",
		},
		{
			"no region", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[1].Region = 3 },
			"b.o:(.text+0x0): the section is in no region",
		},
		{
			"something in the gap", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x0f] = 1 },
			"text: the loaded module has 0x01 at 0xf, where no section is",
		},
		{
			"something behind the last section", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text = append(f.Text, 0, 0xff) },
			"text: the loaded module has 0xff at 0x5d, where no section is",
		},

		// Start and memory.
		{
			"jump to elsewhere", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[1]++ },
			"text starts with a jump to text+0x11, but mpy_init is at text+0x10",
		},
		{
			"jump backwards", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0], f.Text[1] = 0xfc, 0xe7 },
			"text starts with a jump to text+-0x4, but mpy_init is at text+0x8",
		},
		{
			"no jump", x64, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0] = 0xea },
			"text does not start with a jump to mpy_init at text+0x10",
		},
		{
			"jump of another kind", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[1] = 0xd0 },
			"text does not start with a jump to mpy_init at text+0x8",
		},
		{
			"something behind the jump", thumb, func(f *mpyfile.File, _ *linkmap.Map) { f.Text[3] = 0xbf },
			"text: the loaded module has 0xbf at 0x3, where no section is",
		},
		{"jump in a section", x64, func(_ *mpyfile.File, m *linkmap.Map) {
			m.Sections[6].Kind, m.Sections[6].Object = linkmap.Input, "c.o"
			m.Sections[6].Data = []byte{0xeb, 0x0e}
		}, "the jump at the start of text is part of a section"},
		{
			"mpy_init nowhere", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Entry = 8 },
			"mpy_init is at text+0x8, where no section is",
		},
		{
			"mpy_init first, but a jump there", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Entry = 0 },
			"mpy_init is at text+0x0, where no section is",
		},
		{"no anchor", x64, func(f *mpyfile.File, m *linkmap.Map) { // everything uses counter + 8
			f.Text[0x98], m.Targets[3].Off, m.Sections[2].Relocs[2].A = 8, 8, 0
		}, "no relocated word of text points to the head of the module's RAM, so the garbage collector would free it"},

		// Maps that make no sense must not make it panic.
		{
			"other machine", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Machine = machines.For("armv7m") },
			"the map is not for x64, the architecture of the file",
		},
		{
			"no machine", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Machine = nil },
			"the map is not for x64, the architecture of the file",
		},
		{
			"symbol in no section", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Targets[0].Section = 99 },
			"helper is in section 99, which the map does not have",
		},
		{
			"an address beyond the word", thumb, func(_ *mpyfile.File, m *linkmap.Map) {
				m.Targets = append(m.Targets, linkmap.Target{Kind: linkmap.Absolute, Name: "far", Off: 1 << 32}, linkmap.Target{Kind: linkmap.Absolute, Name: "below", Off: 1<<64 - 1<<31})
			}, "far is 0x100000000, which is no address of a machine with words of 32 bits",
		},
		{
			"no symbol", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Relocs[0].S = 99 },
			"a.o:(.text+0x1): R_X86_64_PLT32: the map has no symbol for it",
		},
		{
			"relocation outside", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Relocs[5].Off = 99 },
			"a.o:(.text+0x63): R_X86_64_32: outside the section",
		},
		{
			"relocation at the end", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Relocs[5].Off = 0x22 },
			"a.o:(.text+0x22): R_X86_64_32: does not apply to the bytes there",
		},
		{
			"relocations in another order", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Relocs[0].Off = 99 },
			"a.o:(.text+0x0): its relocations are not in the order of their places",
		},
		{
			"section from nowhere", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Origin = nil },
			"section 0 of the map is from nowhere",
		},
		{
			"refused relocation", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Relocs[0].Howto = m.Machine.Howto(5) },
			"a.o:(.text+0x1): a relocation that cannot be in a module",
		},
		{
			"no row", x64, func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Relocs[0].Howto = nil },
			"a.o:(.text+0x1): a relocation that cannot be in a module",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := c.module()
			c.spoil(l.file, l.m)
			err := l.verify(t)
			if err == nil {
				t.Fatalf("no error, want %s", c.want)
			}
			if !strings.Contains("\n"+err.Error(), "\n"+c.want) {
				t.Errorf("\n got %v\nwant %s", err, c.want)
			}
		})
	}
}
