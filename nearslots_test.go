package mpyld_test

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/target"
)

// TestNearSlots: of the stored objects, those that compilers make for the GOT have fewer slots with -O, and the
// map says how much less memory that is.
func TestNearSlots(t *testing.T) {
	smaller := map[string]int{}
	for _, set := range fixtures.Sets() {
		if !strings.HasPrefix(set.Arch, "rv") && !strings.HasPrefix(set.Arch, "x") || !strings.Contains(set.Name, "-Os-fpic") {
			continue
		}
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			o := mpyld.Options{
				FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: c.Name + ".mpy", Target: target.Options{Arch: set.Arch},
				KeepUnwind: c.Has("--keep-unwind"), GCSections: c.Has("--gc-sections"), Optimise: true,
			}
			// Of others, what one leaves is less for another.
			for _, name := range mpyld.Relaxations() {
				if name != relocs.NearSlots.String() {
					o.NoRelax = append(o.NoRelax, name)
				}
			}
			is := linked(t, o)
			o.NoRelax = append(o.NoRelax, relocs.NearSlots.String())
			was := linked(t, o)
			saved := 0
			for _, s := range is.Map.Saved {
				saved += int(s.Bytes)
			}
			if less := memoryOf(was) - memoryOf(is); saved != less || less < 0 {
				t.Errorf("%s %s: the map says that %d bytes went, but it is %d", set.Name, c.Name, saved, less)
			} else if less > 0 {
				smaller[set.Arch]++
			}
		}
	}
	for arch, least := range map[string]int{"x64": 20, "x86": 20, "rv32imc": 10, "rv64imc": 5} {
		if smaller[arch] < least {
			t.Errorf("%s: %d modules are smaller", arch, smaller[arch])
		}
	}
	if smaller["xtensa"]+smaller["xtensawin"] > 0 {
		t.Error("modules of Xtensa are smaller")
	}
}

func linked(t *testing.T, o mpyld.Options) *mpyld.Module {
	t.Helper()
	m, err := mpyld.Link(context.Background(), o)
	if err != nil {
		t.Fatalf("%s for %s: %v", o.SourceName, o.Target.Arch, err)
	}
	return m
}

func memoryOf(m *mpyld.Module) (n int) {
	return len(m.File.Text) + len(m.File.Rodata) + int(m.File.BSSSize)
}

// TestNearSlotsOrNot: an address is computed only where nobody can tell the difference.
func TestNearSlotsOrNot(t *testing.T) {
	const (
		pcrelHI, gotHI, lowI, lowS = 23, 20, 24, 25 // of RISC-V
		gotpcrel, gotpcrelx, rex   = 9, 41, 42      // of x64
		got32, got32x              = 3, 43          // of x86
	)
	word := func(list ...uint32) (b []byte) {
		for _, w := range list {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		return b
	}
	auipc := func(rd uint32) uint32 { return 0x17 | rd<<7 }
	load := func(rd, rs uint32) uint32 { return 0x2003 | rd<<7 | rs<<15 }
	const text, constant, zeros, label, firmware = 0, 1, 2, 3, 4 // symbols
	pair := func(sym int, a int64, off uint32) []elfmake.Reloc {
		return []elfmake.Reloc{{Off: 0, Type: gotHI, Sym: sym, A: a}, {Off: uint64(off), Type: lowI, Sym: label}}
	}
	for name, c := range map[string]struct {
		arch   string
		code   []byte
		relocs []elfmake.Reloc
		want   []byte // of the code, where it is another; nil: it is as it was
	}{
		"a function":            {"rv32imc", word(auipc(10), load(10, 10)), pair(text, 0, 4), word(auipc(10), 0x13|10<<7|10<<15)},
		"a constant":            {"rv32imc", word(auipc(10), load(10, 10)), pair(constant, 0, 4), word(auipc(10), 0x13|10<<7|10<<15)},
		"a variable":            {"rv32imc", word(auipc(10), load(10, 10)), pair(zeros, 0, 4), nil},
		"the firmware's":        {"rv32imc", word(auipc(10), load(10, 10)), pair(firmware, 0, 4), nil},
		"two registers":         {"rv32imc", word(auipc(10), load(11, 10)), pair(text, 0, 4), nil},
		"not side by side":      {"rv32imc", word(auipc(10), 0x13, load(10, 10)), pair(text, 0, 8), nil},
		"a byte of the address": {"rv32imc", word(auipc(10), load(10, 10)&^0x7000), pair(text, 0, 4), nil},
		"a store to the slot": {"rv32imc", word(auipc(10), 0x2023|10<<15|10<<20), []elfmake.Reloc{
			{Off: 0, Type: gotHI, Sym: text}, {Off: 4, Type: lowS, Sym: label},
		}, nil},
		"two loads": {"rv32imc", word(auipc(10), load(10, 10), load(11, 10)), append(pair(text, 0, 4), elfmake.Reloc{Off: 8, Type: lowI, Sym: label}), nil},
		"two loads, one in front": {"rv32imc", word(load(11, 10), auipc(10), load(10, 10)), []elfmake.Reloc{
			{Off: 0, Type: lowI, Sym: label}, {Off: 4, Type: gotHI, Sym: text}, {Off: 8, Type: lowI, Sym: label},
		}, nil},
		"no slot": {"rv32imc", word(auipc(10), load(10, 10)), []elfmake.Reloc{
			{Off: 0, Type: pcrelHI, Sym: constant}, {Off: 4, Type: lowI, Sym: label},
		}, nil},
		"x64, a function":          {"x64", []byte{0x48, 0x8b, 0x05, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 3, Type: rex, Sym: text, A: -4}}, []byte{0x48, 0x8d, 0x05}},
		"x64, r15":                 {"x64", []byte{0x4c, 0x8b, 0x3d, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 3, Type: rex, Sym: constant, A: -4}}, []byte{0x4c, 0x8d, 0x3d}},
		"x64, a variable":          {"x64", []byte{0x48, 0x8b, 0x05, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 3, Type: rex, Sym: zeros, A: -4}}, nil},
		"x64, cmp":                 {"x64", []byte{0x48, 0x3b, 0x05, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 3, Type: rex, Sym: text, A: -4}}, nil},
		"x64, half of the slot":    {"x64", []byte{0x48, 0x8b, 0x05, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 3, Type: rex, Sym: text, A: 0}}, nil},
		"x64, any instruction":     {"x64", []byte{0x48, 0x8b, 0x05, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 3, Type: gotpcrel, Sym: text, A: -4}}, nil},
		"x64, a call":              {"x64", []byte{0xff, 0x15, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 2, Type: gotpcrelx, Sym: text, A: -4}}, nil},
		"x86, a function":          {"x86", []byte{0x8b, 0x83, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 2, Type: got32x, Sym: text}}, []byte{0x8d, 0x83}},
		"x86, a variable":          {"x86", []byte{0x8b, 0x83, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 2, Type: got32x, Sym: zeros}}, nil},
		"x86, any instruction":     {"x86", []byte{0x8b, 0x83, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 2, Type: got32, Sym: text}}, nil},
		"x86, the next slot":       {"x86", []byte{0x8b, 0x83, 4, 0, 0, 0}, []elfmake.Reloc{{Off: 2, Type: got32x, Sym: text}}, nil},
		"x86, cmp with an address": {"x86", []byte{0x3b, 0x83, 0, 0, 0, 0}, []elfmake.Reloc{{Off: 2, Type: got32x, Sym: text}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			mach := machines.For(c.arch)
			first := slices.IndexFunc(c.relocs, func(r elfmake.Reloc) bool { return r.Type != lowI }) // the label's is the pair's first instruction
			o := elfmake.Object{
				Machine: mach.ELF, Class: mach.Class, RELA: mach.ExplicitAddends || c.arch == "x64",
				Sections: []elfmake.Section{
					{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 8, Data: append(slices.Clone(c.code), make([]byte, 16)...), Relocs: c.relocs},
					{Name: ".rodata", Flags: elf.SHF_ALLOC, Align: 8, Data: make([]byte, 8)},
					{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 8, Size: 8},
				},
				Symbols: []elfmake.Symbol{
					{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC},
					{Name: "constant", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Size: 8},
					{Name: "zeros", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 2, Size: 8},
					{Name: "label", Value: c.relocs[first].Off},
					{Name: "mp_fun_table", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
				},
			}
			// Local symbols come first.
			o.Symbols = append([]elfmake.Symbol{o.Symbols[label]}, slices.Delete(slices.Clone(o.Symbols), label, label+1)...)
			for i := range o.Sections[0].Relocs {
				r := &o.Sections[0].Relocs[i]
				if r.Sym == label {
					r.Sym = 0
				} else if r.Sym < label {
					r.Sym++
				}
			}
			m := linked(t, mpyld.Options{
				FS: fstest.MapFS{"a.o": {Data: o.Bytes()}}, Files: []string{"a.o"}, SourceName: "a.mpy", Target: target.Options{Arch: c.arch}, Optimise: true,
			})
			got := m.Map.Sections[slices.IndexFunc(m.Map.Sections, func(s linkmap.Section) bool { return s.Name == ".text" })].Data
			want := append(slices.Clone(c.want), c.code[len(c.want):]...)
			if !slices.Equal(got[:len(want)], want) {
				t.Errorf("got % x, want % x", got[:len(want)], want)
			}
			var by []string
			for _, s := range m.Map.Saved {
				by = append(by, s.By.String())
			}
			if slices.Contains(by, relocs.NearSlots.String()) != (c.want != nil) {
				t.Errorf("it was made smaller by %q", by)
			}
		})
	}
}
