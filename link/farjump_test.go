package link

import (
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
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
		bnez, j       = 0x00051063, 0x0000006f             // bnez a0, x; j x
		addiS0        = 0x00040413                         // addi s0, s0, x
	)
	hi, lo, word := uint32(elf.R_RISCV_HI20), uint32(elf.R_RISCV_LO12_I), uint32(elf.R_RISCV_32)
	branch, jal := uint32(elf.R_RISCV_BRANCH), uint32(elf.R_RISCV_JAL)
	const table, x, cold = 1, 2, 3
	for _, tt := range []struct {
		name    string
		hot     []uint32
		of      []elfmake.Reloc
		inTable []elfmake.Reloc
		cold    []uint32 // nil: lui, lw, ret
		ofCold  []elfmake.Reloc
		thunks  int

		falsified int // where in .text the check has a call as a jump
	}{
		{"by a table", []uint32{lui, luiA5, lwA5, jr, lw, ret}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: hi, Sym: table}, {Off: 8, Type: lo, Sym: table}, {Off: 16, Type: lo, Sym: x},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 16}, {Off: 4, Type: word, Sym: cold, A: 4}}, nil, nil, 2, 0},
		{"by its address", []uint32{lui, luiA5, addi&^0xfffff | 0x78793, jr, lw, ret}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: hi, Sym: cold, A: 4}, {Off: 8, Type: lo, Sym: cold, A: 4}, {Off: 16, Type: lo, Sym: x},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 16}}, nil, nil, 2, 0},
		{"by a table of another function", []uint32{lui, luiA5, lwA5, jr, lw, ret}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: hi, Sym: x}, {Off: 8, Type: lo, Sym: x}, {Off: 16, Type: lo, Sym: x},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 16}, {Off: 4, Type: word, Sym: cold, A: 4}}, nil, nil, 0, 0},
		{"by a table of another function, and a branch leads there", []uint32{lui, bnez, luiA5, lwA5, jr, lw, ret}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: branch, Sym: cold}, {Off: 8, Type: hi, Sym: x}, {Off: 12, Type: lo, Sym: x}, {Off: 20, Type: lo, Sym: x},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 20}, {Off: 4, Type: word, Sym: cold, A: 4}}, nil, nil, 2, 0},
		{"by a table of another function, and a branch comes back", []uint32{lui, luiA5, lwA5, jr, lw, ret}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: hi, Sym: x}, {Off: 8, Type: lo, Sym: x}, {Off: 16, Type: lo, Sym: x},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 16}, {Off: 4, Type: word, Sym: cold, A: 4}}, []uint32{lui, lw, j}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: lo, Sym: x}, {Off: 8, Type: jal, Sym: 0},
		}, 2, 0},
		{"by a table of another function, and a call leads there", []uint32{lui, luiA5, lwA5, jr, lw, ret, j | 1<<7}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: hi, Sym: x}, {Off: 8, Type: lo, Sym: x}, {Off: 16, Type: lo, Sym: x}, {Off: 24, Type: jal, Sym: cold},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 16}, {Off: 4, Type: word, Sym: cold, A: 4}}, nil, nil, 0, 24},
		{"with a whole address in the register", []uint32{lui, luiA5, lwA5, jr, lw, ret, lui, addiS0, jr}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: hi, Sym: table}, {Off: 8, Type: lo, Sym: table}, {Off: 16, Type: lo, Sym: x}, {Off: 24, Type: hi, Sym: x}, {Off: 28, Type: lo, Sym: x},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 16}, {Off: 4, Type: word, Sym: 0, A: 24}}, nil, nil, 0, 0},
		{"to where the part starts that is a function to the assembler", []uint32{lui, luiA5, lwA5, jr, lui, j}, []elfmake.Reloc{
			{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: hi, Sym: table}, {Off: 8, Type: lo, Sym: table}, {Off: 16, Type: hi, Sym: x}, {Off: 20, Type: jal, Sym: cold},
		}, []elfmake.Reloc{{Off: 0, Type: word, Sym: 0, A: 16}, {Off: 4, Type: word, Sym: cold}}, []uint32{lw, ret}, []elfmake.Reloc{{Off: 0, Type: lo, Sym: x}}, 2, 0},
	} {
		if tt.cold == nil {
			tt.cold, tt.ofCold = []uint32{lui, lw, ret}, []elfmake.Reloc{{Off: 0, Type: hi, Sym: x}, {Off: 4, Type: lo, Sym: x}}
		}
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
				code(".text.unlikely", words(tt.cold...), tt.ofCold...),
			},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0), local("table", 1, 0), local("x", 2, 4), local("cold", 3, 0), {Name: "mpy_init.cold", Bind: elf.STB_LOCAL, Type: elf.STT_FUNC, Sect: 3, Size: uint64(4 * len(tt.cold))}},
		})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if err := Verified(res); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.falsified > 0 {
			p := &res.Map.Sections[slices.IndexFunc(res.Map.Sections, func(s linkmap.Section) bool { return s.Name == ".text" })]
			p.Data = slices.Clone(p.Data)
			p.Data[tt.falsified] &^= 1 << 7 // of jal ra, j is left
			res.File.Text[p.Addr+uint64(tt.falsified)] = p.Data[tt.falsified]
			if err := Verified(res); err == nil || !strings.Contains(err.Error(), "with the upper part at") {
				t.Errorf("%s, and the call is a jump: %v, want that a lower part adds to the upper part of another section", tt.name, err)
			}
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
