package link_test

import (
	"debug/elf"
	"encoding/binary"
	"testing"
	"time"

	"mpyld/fixtures/elfmake"
)

// TestManyUsers: linking and proving take time in proportion to the code, also
// where thousands of instructions use one address, and where jumps through
// registers may go to thousands of places.
func TestManyUsers(t *testing.T) {
	const word32, hi20, lo12i = 1, 26, 27
	const lui, addi, back, jr, ret = 0x00000537, 0x00050593, 0xfe0e0ce3, 0x000e0067, 0x00008067 // beqz t3, .-8
	const n = 10000
	var users, jumps []byte
	var usersR, jumpsR, table []elfmake.Reloc
	emit := func(code *[]byte, insn uint32) { *code = binary.LittleEndian.AppendUint32(*code, insn) }
	emit(&users, lui)
	usersR = append(usersR, elfmake.Reloc{Type: hi20, Sym: 1})
	for range n {
		usersR = append(usersR, elfmake.Reloc{Off: uint64(len(users)), Type: lo12i, Sym: 1})
		emit(&users, addi)
		emit(&users, back)
	}
	emit(&users, ret)
	jumpsR = append(jumpsR, elfmake.Reloc{Type: hi20, Sym: 1})
	emit(&jumps, lui)
	for range n { // all may come from each
		emit(&jumps, jr)
	}
	for i := range n {
		table = append(table, elfmake.Reloc{Off: uint64(4 * i), Type: word32, Sym: 2, A: int64(len(jumps))})
		jumpsR = append(jumpsR, elfmake.Reloc{Off: uint64(len(jumps)), Type: lo12i, Sym: 1})
		emit(&jumps, addi)
		emit(&jumps, jr)
	}
	for name, text := range map[string]elfmake.Section{"users": {Data: users, Relocs: usersR}, "jumps": {Data: jumps, Relocs: jumpsR}} {
		text.Name, text.Flags, text.Align = ".text", elf.SHF_ALLOC|elf.SHF_EXECINSTR, 4
		o := elfmake.Object{
			Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
			Sections: []elfmake.Section{
				text,
				{Name: ".rodata", Flags: elf.SHF_ALLOC, Align: 4, Data: make([]byte, 4*n)},
			},
			Symbols: []elfmake.Symbol{
				{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC},
				{Name: "v", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1},
				{Name: "here", Bind: elf.STB_GLOBAL},
			},
		}
		if name == "jumps" {
			o.Sections[1].Relocs = table
		}
		start := time.Now()
		_, err := linkAndVerify("rv32imc", o.Bytes())
		t.Log(name, time.Since(start), err)
		if took := time.Since(start); took > 20*time.Second { // it took minutes and gigabytes
			t.Errorf("%s: %v", name, took)
		}
	}
}
