package link

import (
	"debug/elf"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// TestABIOfFixtures links what compilers made for each architecture for each
// other one on the same machine. testdata/abi.txt says what must come of it.
func TestABIOfFixtures(t *testing.T) {
	var b strings.Builder
	pairs := 0
	for _, set := range fixtures.Sets() {
		if !strings.HasSuffix(set.Name, "-gcc12.2-Os-fpic") {
			continue
		}
		c, err := set.Case("hello")
		if err != nil {
			t.Fatal(err)
		}
		for _, arch := range machines.All() {
			to, from := arch, machines.For(set.Arch)
			if to.ELF != from.ELF || to.Class != from.Class {
				continue
			}
			pairs++
			obj, err := elfload.Load("hello.o", c.Objects[0].Data, to)
			if err != nil {
				t.Fatal(err)
			}
			qstrs, err := mpyfile.Newest.Layout(arch).Read("config.h", c.Config)
			if err != nil {
				t.Fatal(err)
			}
			in := Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: arch, SourceName: "m", QStrs: qstrs.Values}
			_, err = Checked(in)
			fmt.Fprintf(&b, "%s for %s: %s", set.Arch, arch.Name, orOK(diag.Render("", err)))
			in.AllowABIMismatch = true
			res, allowed := Checked(in)
			if allowed != nil || (err != nil) != (len(res.Warnings) > 0) {
				t.Errorf("%s for %s: %d warnings, %v", set.Arch, arch.Name, len(res.Warnings), allowed)
			}
		}
	}
	if pairs < 20 {
		t.Errorf("only %d pairs", pairs)
	}
	golden(t, filepath.Join("testdata", "abi.txt"), b.String())
}

func orOK(text string) string {
	if text == "" {
		return "ok\n"
	}
	return "\n" + text
}

// mapping is a mapping symbol in the first section.
func mapping(name string, value uint64) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Type: elf.STT_NOTYPE, Value: value}
}

// TestABIFacts: what objects say about themselves, in each way there is.
func TestABIFacts(t *testing.T) {
	arm := func(attributes string) elfmake.Section {
		return attributeSection("aeabi", attributes)
	}
	const m0 = "\x06\x0c\x07M\x09\x01" // Tag_CPU_arch v6S-M, profile M, Thumb-1
	code := text(16)
	note := func(abi string) elfmake.Section {
		s := "USE_ABSOLUTE_LITERALS=0\nABI=" + abi + "\n\x00\x00"
		return elfmake.Section{Name: ".xtensa.info", Type: elf.SHT_NOTE, Align: 1, Data: []byte("\x0c\x00\x00\x00" + string(rune(len(s))) + "\x00\x00\x00\x01\x00\x00\x00Xtensa_Info\x00" + s)}
	}
	absolute := note("1")
	absolute.Data = []byte(strings.Replace(string(absolute.Data), "LITERALS=0", "LITERALS=1", 1))
	entry := code
	entry.Data = append([]byte{0x36, 0x41, 0x00}, code.Data...)
	tests := []struct {
		name, arch string
		sections   []elfmake.Section
		symbols    []elfmake.Symbol
		want       string // "" means that it links
	}{
		{"m0", "armv6m", []elfmake.Section{code, arm(m0)}, nil, ""},
		{"no attributes", "armv6m", []elfmake.Section{code}, nil, ""},
		{"names before numbers", "armv6m", []elfmake.Section{code, arm("\x056S-M\x00\x04xx\x00\x20\x01yes\x00" + m0)}, nil, ""},
		{"cut off", "armv6m", []elfmake.Section{code, arm("\x05no end")}, nil, ""},
		{"application profile", "armv7m", []elfmake.Section{code, arm("\x06\x0a\x07A")}, nil, "for Armv7-A"},
		{"realtime profile", "armv7m", []elfmake.Section{code, arm("\x06\x0a\x07R")}, nil, "for Armv7-R"},
		{"no profile", "armv7m", []elfmake.Section{code, arm("\x06\x0a")}, nil, ""},
		{"v7-M for v6-M", "armv6m", []elfmake.Section{code, arm("\x06\x0a\x07M")}, nil, "for Armv7-M"},
		{"v8-M", "armv7emdp", []elfmake.Section{code, arm("\x06\x11\x07M")}, nil, "for Armv8-M Mainline"},
		{"newer than us", "armv7emdp", []elfmake.Section{code, arm("\x06\x30\x07M")}, nil, "for Arm architecture 48"},
		{"thumb of armv4t", "armv6m", []elfmake.Section{code, arm("\x06\x02\x08\x01\x09\x01")}, []elfmake.Symbol{mapping("$t", 0)}, ""},
		{"arm state", "armv6m", []elfmake.Section{code, arm("\x06\x02\x08\x01\x09\x01")}, []elfmake.Symbol{mapping("$t", 0), mapping("$a", 4)}, "a.o:(.text+0x4): code in ARM state"},
		{"arm state, with a suffix", "armv6m", []elfmake.Section{code, arm("\x06\x02\x08\x01\x09\x01")}, []elfmake.Symbol{mapping("$a.1", 4)}, "a.o:(.text+0x4): code in ARM state"},
		{"a function with that name", "armv6m", []elfmake.Section{code, arm(m0)}, []elfmake.Symbol{{Name: "$a", Type: elf.STT_FUNC, Value: 1}, {Name: "$d", Type: elf.STT_FUNC, Value: 3}}, ""},
		{"everybody's name", "armv6m", []elfmake.Section{code, arm(m0)}, []elfmake.Symbol{fn("$a", 0, 5)}, ""},
		{"hard floats", "armv7m", []elfmake.Section{code, arm("\x06\x0a\x07M\x17\x03\x1c\x01")}, nil, "to pass floats in FPU registers"},
		{"soft floats", "armv7emsp", []elfmake.Section{code, arm("\x06\x0d\x07M\x17\x03")}, nil, "to pass floats in core registers"},
		{"hard floats without registers", "armv7emsp", []elfmake.Section{code, arm("\x06\x0d\x07M\x17\x03\x1c\x01")}, nil, "to pass floats in FPU registers of a core that has none"},
		{"no floats", "armv7emsp", []elfmake.Section{code, arm("\x06\x0d\x07M")}, nil, ""},
		{"floats of either kind", "armv7emsp", []elfmake.Section{code, arm("\x06\x0d\x07M\x17\x03\x1c\x03")}, nil, ""},
		{"single precision", "armv7emsp", []elfmake.Section{code, arm("\x06\x0d\x07M\x0a\x06\x1b\x01\x1c\x01")}, nil, ""},
		{"double precision", "armv7emsp", []elfmake.Section{code, arm("\x06\x0d\x07M\x0a\x06\x1c\x01")}, nil, "double-precision"},
		{"single precision for double", "armv7emdp", []elfmake.Section{code, arm("\x06\x0d\x07M\x0a\x06\x1b\x01\x1c\x01")}, nil, ""},
		{"a unit of M7 for M4", "armv7emsp", []elfmake.Section{code, arm("\x06\x0d\x07M\x0a\x08\x1b\x01\x1c\x01")}, nil, "unit FPv5-D16"},
		{"32 registers", "armv7emdp", []elfmake.Section{code, arm("\x06\x0d\x07M\x0a\x03\x1c\x01")}, nil, "unit VFPv3"},
		{"neon", "armv7emdp", []elfmake.Section{code, arm("\x06\x0d\x07M\x0c\x01")}, nil, "vector"},
		{"mve", "armv7emdp", []elfmake.Section{code, arm("\x06\x0d\x07M\x30\x01")}, nil, "vector"},
		{"another vendor's", "armv6m", []elfmake.Section{code, attributeSection("gnu", "\x06\x0d")}, nil, ""},

		{"imac", "rv32imc", []elfmake.Section{code, attributeSection("riscv", "\x05rv32i2p1_m2p0_a2p1_c2p0_zmmul1p0\x00")}, nil, ""},
		{"imac without versions", "rv32imc", []elfmake.Section{code, attributeSection("riscv", "\x05rv32imac_zicsr_zba\x00")}, nil, ""},
		{"floats", "rv32imc", []elfmake.Section{code, attributeSection("riscv", "\x05rv32i2p1_m2p0_f2p2_d2p2_c2p0_zicsr2p0\x00")}, nil, "(f, d)"},
		{"vectors and unknown", "rv64imc", []elfmake.Section{code, attributeSection("riscv", "\x05rv64i2p1_m2p0_c2p0_v1p0_zve32x1p0_xtheadba1p0\x00")}, nil, "(v, zve32x, xtheadba)"},
		{"extensions without instructions", "rv32imc", []elfmake.Section{code, attributeSection("riscv", "\x05rv32i2p1_m2p0_c2p0_zihpm2p0_zic64b1p0_ziccif1p0\x00")}, nil, ""},
		{"zba without a mark for it", "rv64imc", []elfmake.Section{code, attributeSection("riscv", "\x04\x10\x05rv64i2p1_zba1p0\x00")}, nil, "(zba)"},
		{"e", "rv32imc", []elfmake.Section{code, attributeSection("riscv", "\x05rv32e1p9_c2p0\x00")}, nil, "(e)"},

		{"call0", "xtensa", []elfmake.Section{code, note("1")}, nil, ""},
		{"windowed", "xtensa", []elfmake.Section{code, note("0")}, nil, "windowed calling convention"},
		{"call0 for windowed", "xtensawin", []elfmake.Section{code, note("1")}, nil, "call0 calling convention"},
		{"windowed for windowed", "xtensawin", []elfmake.Section{code, note("0")}, nil, ""},
		{"literals from a base", "xtensa", []elfmake.Section{code, absolute}, nil, "to load literals from a base in LITBASE"},
		{"no note", "xtensa", []elfmake.Section{code}, nil, ""},
		{"no note but ENTRY", "xtensa", []elfmake.Section{entry}, nil, "windowed calling convention"},
		{"no note but ENTRY, for windowed", "xtensawin", []elfmake.Section{entry}, nil, ""},
		{"note says call0 whatever the code", "xtensa", []elfmake.Section{entry, note("1")}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := machines.For(tt.arch)
			value := uint64(0)
			if m.ModeBits != 0 {
				value = 1
			}
			o := elfmake.Object{
				Machine: m.ELF, Class: m.Class, RELA: m.ModeBits == 0, Sections: tt.sections,
				Symbols: append(slices.Clone(tt.symbols), fn("mpy_init", 0, value)),
			}
			_, err := linkObjects(tt.arch, o)
			got := diag.Render("", err)
			switch {
			case tt.want == "" && got != "":
				t.Error(got)
			case !strings.Contains(got, tt.want):
				t.Errorf("got %q, want %q in it", got, tt.want)
			case tt.want != "" && (strings.Count(got, "error:") != 1 || !strings.Contains(got, "note: compile with ") || !strings.Contains(got, "--allow-abi-mismatch")):
				t.Errorf("not one error with a remedy: %s", got)
			}
		})
	}
}

// TestFloatABI: which objects are for firmware with which float ABI.
func TestFloatABI(t *testing.T) {
	const (
		m3     = "\x06\x0a\x07M\x17\x03"                 // floats in core registers, no unit
		softfp = "\x06\x0d\x07M\x0a\x06\x1b\x01\x17\x03" // the same with one
		hard   = softfp + "\x1c\x01"                     // floats in its registers
		none   = "\x06\x0d\x07M"
	)
	for _, tt := range []struct{ arch, floats, fit string }{
		{"armv7emsp", "", "hard none"},
		{"armv7emsp", "hard", "hard none"},
		{"armv7emsp", "softfp", "m3 softfp none"},
		{"armv7emsp", "soft", "m3 none"},
		{"armv7emdp", "softfp", "m3 softfp none"},
		{"armv7m", "softfp", "m3"},
		{"armv7m", "soft", "m3"},
	} {
		for name, attributes := range map[string]string{"m3": m3, "softfp": softfp, "hard": hard, "none": none} {
			in := input(t, tt.arch, elfmake.Object{
				Sections: []elfmake.Section{text(16), attributeSection("aeabi", attributes)},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1)},
			})
			in.FloatABI = tt.floats
			_, err := Checked(in)
			if fit := slices.Contains(strings.Fields(tt.fit), name); fit != (err == nil) {
				t.Errorf("%s with %q: %s: %v", tt.arch, tt.floats, name, err)
			} else if usual := machines.For(tt.arch).ABI.Floats; err != nil && tt.floats == "softfp" && name == "hard" && usual == "hard" {
				text := diag.Render("", err)
				for _, note := range []string{"note: compile with -mthumb -mcpu=cortex-m", "-mfloat-abi=softfp", "with --float-abi hard"} {
					if !strings.Contains(text, note) {
						t.Errorf("%s: no %q in %s", tt.arch, note, text)
					}
				}
			}
		}
	}
}

// attributeSection is build attributes of a vendor for the whole file.
func attributeSection(vendor, attributes string) elfmake.Section {
	le32 := func(n int) string { return string([]byte{byte(n), byte(n >> 8), 0, 0}) }
	file := "\x01" + le32(5+len(attributes)) + attributes
	data := "A" + le32(4+len(vendor)+1+len(file)) + vendor + "\x00" + file
	return elfmake.Section{Name: ".attributes", Type: elf.SHT_LOPROC + 3, Align: 1, Data: []byte(data)}
}

// TestABIFlags: RISC-V says part of it in the ELF header.
func TestABIFlags(t *testing.T) {
	for flags, want := range map[byte]string{0: "", 1: "", 0x11: "", 2: "FPU registers", 5: "FPU registers", 9: "16 registers"} {
		o := elfmake.Object{Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true, Sections: withEntry.Sections, Symbols: withEntry.Symbols}
		data := o.Bytes()
		data[36] = flags // e_flags
		obj, err := elfload.Load("a.o", data, machines.For("rv32imc"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Checked(Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: machines.For("rv32imc"), SourceName: "m"})
		if got := diag.Render("", err); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("e_flags %#x: got %q, want %q in it", flags, got, want)
		}
	}
}

// TestABIOfMembers: archive members are looked at when they come in, and only then.
func TestABIOfMembers(t *testing.T) {
	caller := armObject(elfmake.Object{
		Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: armAbs32, Sym: 1})},
		Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1), undef("used")},
	})
	member := func(name string) elfmake.Member {
		o := armObject(elfmake.Object{
			Sections: []elfmake.Section{text(16), attributeSection("aeabi", "\x06\x0d\x07M")},
			Symbols:  []elfmake.Symbol{fn(name, 0, 1)},
		})
		return elfmake.Member{Name: name + ".o", Symbol: name, Data: o.Bytes()}
	}
	data := elfmake.Dialects[0].Build([]elfmake.Member{member("used"), member("unused")})
	a, err := elfload.OpenArchive("lib.a", strings.NewReader(string(data)), int64(len(data)), machines.For("armv7m"))
	if err != nil {
		t.Fatal(err)
	}
	obj, err := elfload.Load("a.o", caller.Bytes(), machines.For("armv7m"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Checked(Input{Objects: []*elfload.Object{obj}, Archives: []*elfload.Archive{a}, ABI: mpyfile.Latest, Arch: machines.For("armv7m"), SourceName: "m"})
	golden(t, filepath.Join("testdata", "errors", "abi-member.txt"), diag.Render("", err))
}

// TestOwnFlags: a module is marked with the extensions that are asked for, and if
// wanted those that its objects were compiled for.
func TestOwnFlags(t *testing.T) {
	const zba, zcmp = 1, 2
	sections := append(slices.Clone(withEntry.Sections), attributeSection("riscv", "\x05rv32i2p1_m2p0_c2p0_zba1p0\x00"))
	in := input(t, "rv32imc", elfmake.Object{Sections: sections, Symbols: withEntry.Symbols})
	for _, tt := range []struct {
		asked uint64
		own   bool
		want  uint64
	}{{0, false, 0}, {0, true, zba}, {zcmp, false, zcmp}, {zcmp, true, zba | zcmp}} {
		in.ArchFlags, in.OwnFlags = tt.asked, tt.own
		res, err := Checked(in)
		if err != nil || res.File.ArchFlags != tt.want {
			t.Errorf("%+v: %v, %+v", tt, err, res.File)
		}
	}
	in.NoExtensions = true
	_, err := Checked(in)
	golden(t, filepath.Join("testdata", "errors", "extension-unchecked.txt"), diag.Render("", err))
}
