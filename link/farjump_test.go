package link

import (
	"debug/elf"
	"encoding/binary"
	"testing"

	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
)

// TestJumpToAnotherSection: a table of jumps may lead to a part of the function in another section, with a part of an address in
// a register (GCC: -freorder-blocks-and-partition). The lower part there adds to either of two upper ones.
func TestJumpToAnotherSection(t *testing.T) {
	const (
		lui, lw, addi = 0x00000437, 0x00042503, 0x00040513 // lui s0, x; lw a0, x(s0); addi a0, s0, x
		luiA5, lwA5   = 0x000007b7, 0x0007a783             // lui a5, x; lw a5, x(a5)
		jr, ret       = 0x00078067, 0x00008067             // jr a5; ret
	)
	hi, lo, word := uint32(elf.R_RISCV_HI20), uint32(elf.R_RISCV_LO12_I), uint32(elf.R_RISCV_32)
	const table, x, cold = 1, 2, 3
	for _, tt := range []struct {
		name    string
		hot     []uint32
		of      []elfmake.Reloc
		inTable []elfmake.Reloc
		thunks  int
	}{
		{"by a table", []uint32{lui, luiA5, lwA5, jr, lw, ret}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: hi, Sym: table}, {Off: 8, Type: lo, Sym: table}, {Off: 16, Type: lo, Sym: x},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 16}, {Off: 4, Type: word, Sym: cold, A: 4}}, 2},
		{"by its address", []uint32{lui, luiA5, addi&^0xfffff | 0x78793, jr, lw, ret}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: hi, Sym: cold, A: 4}, {Off: 8, Type: lo, Sym: cold, A: 4}, {Off: 16, Type: lo, Sym: x},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 16}}, 2},
		{"by a table of another function", []uint32{lui, luiA5, lwA5, jr, lw, ret}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: hi, Sym: x}, {Off: 8, Type: lo, Sym: x}, {Off: 16, Type: lo, Sym: x},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 16}, {Off: 4, Type: word, Sym: cold, A: 4}}, 0},
	} {
		words := func(list ...uint32) (b []byte) {
			for _, v := range list {
				b = binary.LittleEndian.AppendUint32(b, v)
			}
			return b
		}
		code := func(name string, b []byte, relocs ...elfmake.Reloc) elfmake.Section {
			s := section(name, alloc|exec, 0, relocs...)
			s.Data, s.Align = b, 4
			return s
		}
		ofTable := section(".rodata.table", alloc, 8, tt.inTable...)
		ofTable.Align = 4
		res, err := linkObjects("rv32imc", elfmake.Object{
			Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
			Sections: []elfmake.Section{
				code(".text", words(tt.hot...), tt.of...),
				ofTable, section(".rodata", alloc, 16),
				code(".text.unlikely", words(lui, lw, ret), elfmake.Reloc{Off: 0, Type: hi, Sym: x}, elfmake.Reloc{Off: 4, Type: lo, Sym: x}),
			},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0), local("table", 1, 0), local("x", 2, 4), local("cold", 3, 0)},
		})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if err := Verified(res); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		thunks := 0
		for i := range res.Map.Sections {
			if res.Map.Sections[i].Kind == linkmap.Thunk {
				thunks++
			}
		}
		if thunks != tt.thunks {
			t.Errorf("%s: %d thunks, want %d", tt.name, thunks, tt.thunks)
		}
	}
}
