package link

import (
	"debug/elf"
	"strings"
	"testing"

	"mpyld/fixtures/elfmake"
)

// TestSlotFromData: the table of slots is in text, so that constants there have a distance to it,
// and variables do not.
func TestSlotFromData(t *testing.T) {
	for arch, types := range map[string][]uint32{
		"x64": {9, 26, 28, 29, 41}, "armv6m": {25, 96}, "armv7m": {25, 96}, "rv32imc": {41}, "rv64imc": {41}, "x86": {10},
	} {
		for _, typ := range types {
			for name, flags := range map[string]elf.SectionFlag{".rodata": alloc, ".data": alloc | write} {
				s := section(name, flags, 16, elfmake.Reloc{Type: typ, Sym: 0})
				o := elfmake.Object{
					Sections: []elfmake.Section{text(16), s},
					Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), {Name: "v", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Size: 16}},
				}
				o.Symbols[0].Value |= map[string]uint64{"armv6m": 1, "armv7m": 1}[arch]
				_, err := Checked(input(t, arch, o))
				switch {
				case name == ".rodata" && err != nil:
					t.Errorf("%s, type %d in constants: %v", arch, typ, err)
				case name == ".data" && (err == nil || !strings.Contains(err.Error(), "variables in .data to the GOT")):
					t.Errorf("%s, type %d in variables: %v", arch, typ, err)
				}
			}
		}
	}
}
