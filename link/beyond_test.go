package link

import (
	"debug/elf"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// TestFixedAddresses: at both ends of what a word holds, the last address that
// does is linked, as it is, and the first that does not is an error. It does not
// matter whether it comes with an option or as a symbol of an object.
func TestFixedAddresses(t *testing.T) {
	for _, tt := range []struct {
		arch  string
		value uint64
		ok    bool
	}{
		{"armv7m", 0, true},
		{"armv7m", 1<<32 - 1, true},
		{"armv7m", 1 << 32, false},
		{"armv7m", 1<<32 + 1, false},
		{"armv7m", 1<<63 - 1, false},
		{"armv7m", 1 << 63, false},
		{"armv7m", -(1<<31 + 1) & (1<<64 - 1), false},
		{"armv7m", -(1 << 31) & (1<<64 - 1), true},
		{"armv7m", -1 & (1<<64 - 1), true},
		{"x64", 1 << 32, true},
		{"x64", 1<<64 - 1, true},
	} {
		m := machines.For(tt.arch)
		pointer := map[string]uint32{"armv7m": 2, "x64": 1}[tt.arch]
		o := elfmake.Object{
			Machine: m.ELF, Class: m.Class, RELA: tt.arch == "x64",
			Sections: []elfmake.Section{
				{Name: ".text", Flags: alloc | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 8)},
				{Name: ".data", Flags: alloc | elf.SHF_WRITE, Align: 8, Data: make([]byte, 8), Relocs: []elfmake.Reloc{{Type: pointer, Sym: 1}}},
			},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, uint64(m.ModeBits)), undef("fixed")},
		}
		obj, err := elfload.Load("a.o", o.Bytes(), m)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Checked(Input{
			ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{obj},
			Externs: map[string]linkmap.Extern{"fixed": {Value: tt.value, Place: "rom.ld:1"}},
		})
		switch {
		case !tt.ok && (err == nil || !strings.Contains(err.Error(), "rom.ld:1: fixed is ") || !strings.Contains(err.Error(), "which is no address of")):
			t.Errorf("%s, 0x%x: %v", tt.arch, tt.value, err)
		case tt.ok && err != nil:
			t.Errorf("%s, 0x%x: refused: %v", tt.arch, tt.value, err)
		case tt.ok:
			got := uint64(0)
			for i, b := range res.File.Rodata[:m.Word] {
				got |= uint64(b) << (8 * i)
			}
			if want := tt.value & (1<<(8*m.Word-1)<<1 - 1); got != want {
				t.Errorf("%s, 0x%x: the word is 0x%x", tt.arch, tt.value, got)
			}
		}
	}
}
