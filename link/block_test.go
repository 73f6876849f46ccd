package link

import (
	"debug/elf"
	"path/filepath"
	"testing"

	"mpyld/diag"
	"mpyld/fixtures/elfmake"
)

// TestAlignmentWarnings: alignment that firmware does not give is linked, with
// a warning that names the section, whatever its class.
func TestAlignmentWarnings(t *testing.T) {
	aligned := func(name string, typ elf.SectionType, flags elf.SectionFlag, align uint64) elfmake.Section {
		s := elfmake.Section{Name: name, Type: typ, Flags: flags, Align: align, Size: 64}
		if typ != elf.SHT_NOBITS {
			s.Data = make([]byte, 64)
		}
		return s
	}
	o := elfmake.Object{
		Sections: []elfmake.Section{
			text(16),
			aligned(".rodata.dma", 0, alloc, 32),
			aligned(".bss.dma", elf.SHT_NOBITS, alloc|write, 64),
			aligned(".rodata.cst8", 0, alloc, 8),
			aligned(".data.vector", 0, alloc|write, 16),
		},
		Symbols: []elfmake.Symbol{fn("mpy_init", 0, 1)},
	}
	for _, arch := range []string{"armv7m", "x64", "xtensa"} {
		t.Run(arch, func(t *testing.T) {
			obj := o
			switch arch {
			case "armv7m":
				obj = armObject(o)
			case "x64":
				obj = x64Object(o)
			default:
				obj.Machine, obj.Class, obj.RELA = elf.EM_XTENSA, elf.ELFCLASS32, true
			}
			res, err := linkObjects(arch, obj)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "alignment", arch+".txt"), diag.Render("", res.Warnings))
		})
	}
}
