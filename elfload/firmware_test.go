package elfload

import (
	"debug/elf"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

// program is a linked program with one symbol of each kind.
func program() elfmake.Object {
	global := func(name string, typ elf.SymType, sect int, value uint64) elfmake.Symbol {
		return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: typ, Sect: sect, Value: value}
	}
	weak := global("weak", elf.STT_FUNC, 0, 0x2001)
	weak.Bind = elf.STB_WEAK
	return elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Type: elf.ET_EXEC,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 8)},
			{Name: ".note.other", Type: elf.SHT_NOTE, Align: 4, Data: []byte("\x05\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00Code\x00\x00\x00\x00xx\x00\x00")},
			{Name: ".note.gnu.build-id", Type: elf.SHT_NOTE, Flags: elf.SHF_ALLOC, Align: 4, Data: []byte(
				"\x04\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00GNU\x00v\x00\x00\x00" + // another note of the same owner
					"\x04\x00\x00\x00\x03\x00\x00\x00\x03\x00\x00\x00GNU\x00\x01\x02\xff\x00")},
		},
		Symbols: []elfmake.Symbol{
			{Name: "local", Bind: elf.STB_LOCAL, Type: elf.STT_FUNC, Sect: 0, Value: 0x1001},
			global("function", elf.STT_FUNC, 0, 0x1001), global("variable", elf.STT_OBJECT, 0, 0x1003),
			global("label", elf.STT_NOTYPE, 0, 0x1004), global("absolute", elf.STT_NOTYPE, elfmake.Abs, 0xfffffffc),
			global("undefined", elf.STT_FUNC, elfmake.Undef, 0), global("thread", elf.STT_TLS, 0, 4),
			global("chosen", elf.STT_GNU_IFUNC, 0, 0x1005), weak,
		},
	}
}

func TestLoadFirmware(t *testing.T) {
	for _, typ := range []elf.Type{elf.ET_EXEC, elf.ET_DYN} {
		o := program()
		o.Type = typ
		fw, err := LoadFirmware("fw.elf", o.Bytes(), machines.For("armv7m"))
		if err != nil {
			t.Fatal(err)
		}
		// Functions keep the instruction-set bit; values of anything else are their own.
		want := []Fixed{
			{"function", 0x1001, true},
			{"variable", 0x1003, false},
			{"label", 0x1004, false},
			{"absolute", 0xfffffffc, false},
			{"weak", 0x2001, true},
		}
		if d := cmp.Diff(want, fw.Symbols); d != "" {
			t.Errorf("%v: %s", typ, d)
		}
		if fw.BuildID != "0102ff" {
			t.Errorf("%v: build ID %q", typ, fw.BuildID)
		}
	}
}

func TestLoadFirmwareErrors(t *testing.T) {
	with := func(change func(*elfmake.Object)) []byte {
		o := program()
		change(&o)
		return o.Bytes()
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"object", with(func(o *elfmake.Object) { o.Type = elf.ET_REL }), "is an object, whose symbols have no addresses yet"},
		{"core", with(func(o *elfmake.Object) { o.Type = elf.ET_CORE }), "is an ELF file of type ET_CORE, not a linked program"},
		{"machine", with(func(o *elfmake.Object) { o.Machine = elf.EM_RISCV }), "is for EM_RISCV (32-bit), not for --arch armv7m"},
		{"class", with(func(o *elfmake.Object) { o.Class = elf.ELFCLASS64 }), "is for EM_ARM (64-bit), not for --arch armv7m"},
		{"stripped", with(func(o *elfmake.Object) { o.Symbols = nil }), "is stripped: it has no symbols"},
		{"only local symbols", with(func(o *elfmake.Object) { o.Symbols = o.Symbols[:1] }), "is stripped: it has no symbols"},
		{"no ELF", []byte("GNU ld (GNU Binutils) script or so"), "not ELF at all"},
		{"cut off", with(func(*elfmake.Object) {})[:40], "the header is cut off"},
	} {
		_, err := LoadFirmware("fw.elf", tt.data, machines.For("armv7m"))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// FuzzLoadFirmware: whatever a program claims, there is an error or symbols.
func FuzzLoadFirmware(f *testing.F) {
	o := program()
	f.Add(o.Bytes(), "armv7m")
	o.Machine, o.Class, o.RELA = elf.EM_X86_64, elf.ELFCLASS64, true
	f.Add(o.Bytes(), "x64")
	o.Machine, o.Class = elf.EM_XTENSA, elf.ELFCLASS32
	f.Add(o.Bytes(), "xtensa")
	f.Fuzz(func(t *testing.T, data []byte, arch string) {
		m := machines.For(arch)
		if m == nil {
			return
		}
		fw, err := LoadFirmware("fw.elf", data, m)
		if (err == nil) != (fw != nil && len(fw.Symbols) > 0) {
			t.Errorf("%v, %+v", err, fw)
		}
		if err != nil && strings.Contains(err.Error(), "runtime error") {
			t.Error(err) // caught, but it should be said what is wrong
		}
	})
}
