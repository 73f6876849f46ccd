package link

import (
	"debug/elf"
	"testing"

	"mpyld/fixtures/elfmake"
)

// TestCodeAlign: a section of code that says it needs no alignment, as the one
// of picolibc's memset for RISC-V, comes behind an odd number of bytes, and is
// where instructions can be.
func TestCodeAlign(t *testing.T) {
	for _, tt := range []struct {
		arch    string
		machine elf.Machine
		nop     []byte
	}{
		{"rv32imc", elf.EM_RISCV, []byte{1, 0}},
		{"armv6m", elf.EM_ARM, []byte{0, 0xbf}},
		{"armv7m", elf.EM_ARM, []byte{0, 0xbf}},
	} {
		code := func(name string) elfmake.Section {
			return elfmake.Section{Name: name, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 1, Data: tt.nop}
		}
		odd := section(".rodata.str1.1", alloc, 3)
		odd.Align = 1
		value := uint64(0)
		if tt.machine == elf.EM_ARM {
			value = 1
		}
		res, err := linkObjects(tt.arch, elfmake.Object{
			Machine: tt.machine, Class: elf.ELFCLASS32, RELA: tt.machine == elf.EM_RISCV,
			Sections: []elfmake.Section{code(".text"), odd, code(".text.memset")},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, value), fn("memset", 2, value)},
		})
		if err != nil {
			t.Fatalf("%s: %v", tt.arch, err)
		}
		for _, p := range res.Map.Sections {
			if p.Name == ".text.memset" && p.Addr%2 != 0 {
				t.Errorf("%s: code at text+%#x", tt.arch, p.Addr)
			}
		}
	}
}
