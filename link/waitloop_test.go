package link

import (
	"debug/elf"
	"encoding/binary"
	"testing"

	"mpyld/fixtures/elfmake"
)

// TestLoopOfAnUpperPart: a loop may begin with the upper part of an address, as one that waits for dev.ready in front of dev.buf[i], and a function with that.
// Who goes back from behind it for i comes around the loop, and has to end.
func TestLoopOfAnUpperPart(t *testing.T) {
	text := section(".text", alloc|exec, 0,
		elfmake.Reloc{Off: 4, Type: uint32(elf.R_RISCV_HI20), Sym: 2}, elfmake.Reloc{Off: 8, Type: uint32(elf.R_RISCV_LO12_I), Sym: 2},
		elfmake.Reloc{Off: 20, Type: uint32(elf.R_RISCV_LO12_I), Sym: 2})
	for _, insn := range []uint32{
		0x00008067, // mpy_init: ret
		0x00000437, // f: lui s0, %hi(x)
		0x00042583, // lw a1, %lo(x)(s0)
		0xfe058ce3, // beqz a1, f
		0x00a40433, // add s0, s0, a0
		0x00042503, // lw a0, %lo(x)(s0)
		0x00008067, // ret
	} {
		text.Data = binary.LittleEndian.AppendUint32(text.Data, insn)
	}
	text.Align = 4
	res, err := linkObjects("rv32imc", elfmake.Object{
		Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
		Sections: []elfmake.Section{text, section(".rodata", alloc, 16)},
		Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), fn("f", 0, 4), local("x", 1, 4)},
	})
	if err == nil {
		err = Verified(res)
	}
	if err != nil {
		t.Error(err)
	}
}
