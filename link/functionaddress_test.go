package link_test

import (
	"debug/elf"
	"encoding/binary"
	"testing"

	"mpyld/fixtures/elfmake"
)

// TestFunctionAddress: code takes the address of a function of the firmware, in
// both of RISC-V's models without -fpic, and calls it directly too.
func TestFunctionAddress(t *testing.T) {
	const callPLT, pcrelHi20, pcrelLo12I, hi20, lo12i = 19, 23, 24, 26, 27
	const mpyInit, memmove = 0, 1 // symbols
	for _, tt := range []struct {
		name   string
		code   []uint32
		relocs []elfmake.Reloc
	}{
		{"medany", []uint32{0x00000517, 0x00050513}, []elfmake.Reloc{{Type: pcrelHi20, Sym: memmove}, {Off: 4, Type: pcrelLo12I, Sym: mpyInit}}},
		{"medlow", []uint32{0x00000537, 0x00050513}, []elfmake.Reloc{{Type: hi20, Sym: memmove}, {Off: 4, Type: lo12i, Sym: memmove}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var code []byte
			for _, insn := range append(tt.code, 0x00000097, 0x000080e7, 0x00008067) { // auipc ra; jalr ra; ret
				code = binary.LittleEndian.AppendUint32(code, insn)
			}
			o := elfmake.Object{
				Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
				Sections: []elfmake.Section{{
					Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: code,
					Relocs: append(tt.relocs, elfmake.Reloc{Off: 8, Type: callPLT, Sym: memmove}),
				}},
				Symbols: []elfmake.Symbol{
					{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC},
					{Name: "memmove", Bind: elf.STB_GLOBAL, Sect: -1},
				},
			}
			if _, err := linkAndVerify("rv32imc", o.Bytes()); err != nil {
				t.Error(err)
			}
		})
	}
}
