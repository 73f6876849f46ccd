package link_test

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"testing"

	"mpyld/fixtures/elfmake"
)

// TestMegabyte: a function of a megabyte, with thousands of addresses in parts, links:
// with some that are kept in registers and words of the stack all the way, branches in
// between, and jumps through a register to all over it.
func TestMegabyte(t *testing.T) {
	const hi20, lo12i, word = 26, 27, 1
	const n, variables = 27_000, 500
	var text, table elfmake.Section
	insn := func(u uint32) { text.Data = binary.LittleEndian.AppendUint32(text.Data, u) }
	part := func(typ uint32, v int, u uint32) {
		text.Relocs = append(text.Relocs, elfmake.Reloc{Off: uint64(len(text.Data)), Type: typ, Sym: 2 + v})
		insn(u)
	}
	for reg := range uint32(10) {
		part(hi20, int(reg), 0x00000037|(18+reg)<<7) // lui s2 to s11
	}
	for i := range uint32(10) {
		part(hi20, int(10+i), 0x00000537)                   // lui a0
		insn(0x00a12023 | (4*i)>>5<<25 | (4 * i & 31 << 7)) // sw a0, 4i(sp)
	}
	for i := range n {
		if i%100 == 0 {
			table.Relocs = append(table.Relocs, elfmake.Reloc{Off: uint64(len(table.Data)), Type: word, Sym: 1, A: int64(len(text.Data))})
			table.Data = append(table.Data, 0, 0, 0, 0)
		}
		if i%1000 == 999 {
			insn(0x000e0463) // beqz t3, .+8
			insn(0x000e0067) // jr t3
		}
		insn(0x000e0863)                                  // beqz t3, .+16
		part(hi20, i%variables, 0x00000537)               // lui a0
		part(lo12i, i%variables, 0x00052583)              // lw a1, (a0)
		part(lo12i, i%10, 0x00002603|uint32(18+i%10)<<15) // lw a2, (s2)
		insn(0x00012503 | uint32(4*(i%10))<<20)           // lw a0, (sp)
		part(lo12i, 10+i%10, 0x00052683)                  // lw a3, (a0)
		insn(0x00b60633)                                  // add a2, a2, a1
		insn(0x00d60633)                                  // add a2, a2, a3
		insn(0x00c58593)                                  // addi a1, a1, 12
		insn(0x00c59593)                                  // slli a1, a1, 12
	}
	insn(0x00008067) // ret
	text.Name, text.Flags, text.Align = ".text", elf.SHF_ALLOC|elf.SHF_EXECINSTR, 4
	table.Name, table.Flags, table.Align = ".rodata", elf.SHF_ALLOC, 4
	o := elfmake.Object{
		Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
		Sections: []elfmake.Section{text, table, {Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: make([]byte, 4*variables)}},
		Symbols: []elfmake.Symbol{
			{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Size: uint64(len(text.Data))},
			{Name: ".text", Type: elf.STT_SECTION},
		},
	}
	for i := range variables {
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: fmt.Sprintf("v%d", i), Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 2, Value: uint64(4 * i)})
	}
	if len(text.Data) < 1<<20 {
		t.Fatalf("%d bytes are no megabyte", len(text.Data))
	}
	if _, err := linkAndVerify("rv32imc", o.Bytes()); err != nil {
		t.Error(err)
	}
}
