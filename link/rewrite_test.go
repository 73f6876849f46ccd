package link

import (
	"debug/elf"
	"encoding/binary"
	"path/filepath"
	"testing"

	"mpyld/diag"
	"mpyld/fixtures/elfmake"
	"mpyld/mpywriter"
	"mpyld/simload"
)

// TestRewriteErrors compares the text of errors about instructions that hold
// addresses and cannot be rewritten with testdata/errors/NAME.txt.
func TestRewriteErrors(t *testing.T) {
	const (
		hi, lo, movw, movt    = 26, 27, 47, 48
		lui, luiA4, lw, ret   = 0x000007b7, 0x00000737, 0x0007a503, 0x00008067
		thMovw, thMovt, thBx  = 0x0000f240, 0x0000f2c0, 0xbf004770
		thAdd, thCall, thMovc = 0xbf003004, 0xf800f000, 0x0104f240 // adds r0, #4; bl
		thBlx, thBlxR3        = 0xbf004780, 0xbf004798             // blx r0; blx r3
		thIttt                = 0x4900bf02                         // ittt eq; ldreq r1, [pc]
	)
	none := uint32(0xffff)
	// code is pairs of an instruction and its relocation against v.
	object := func(machine elf.Machine, code ...uint32) elfmake.Object {
		s := elfmake.Section{Name: ".text", Flags: alloc | exec, Align: 4}
		mode := uint64(0)
		if machine == elf.EM_ARM {
			mode = 1
		}
		for i := 0; i < len(code); i += 2 {
			if code[i+1] != none {
				s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(len(s.Data)), Type: code[i+1], Sym: 1})
			}
			s.Data = binary.LittleEndian.AppendUint32(s.Data, code[i])
		}
		return elfmake.Object{
			Machine: machine, Class: elf.ELFCLASS32, RELA: machine != elf.EM_ARM,
			Sections: []elfmake.Section{s, section(".rodata", alloc, 16)},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, mode), local("v", 1, 4)},
		}
	}
	riscv := func(code ...uint32) elfmake.Object { return object(elf.EM_RISCV, code...) }
	arm := func(code ...uint32) elfmake.Object { return object(elf.EM_ARM, code...) }
	far := func(code ...uint32) (list []uint32) { // in the middle of other code
		for range 2500 {
			list = append(list, 0xbf00bf00, none)
		}
		return append(append(list, code...), list...)
	}
	for _, tt := range []struct {
		name string
		arch string
		obj  elfmake.Object
	}{
		{"upper-alone", "rv32imc", riscv(lui, hi, ret, none)},
		{"lower-alone", "rv32imc", riscv(lw, lo, ret, none)},
		{"part-behind-another-link", "rv32imc", riscv(lui, hi, 0x008002ef, none, ret, none, 0x000782b7, none, lw, lo, 0x00028067, none)}, // jal t0, over ret; lui t0, 0x78; jr t0
		{"lower-of-another-register", "rv32imc", riscv(luiA4, hi, lw, lo, ret, none)},
		{"upper-in-data", "rv32imc", elfmake.Object{
			Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
			Sections: []elfmake.Section{text(16), {
				Name: ".rodata", Flags: alloc, Align: 4, Data: []byte{0xb7, 7, 0, 0},
				Relocs: []elfmake.Reloc{{Off: 0, Type: hi, Sym: 0}},
			}},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0)},
		}},
		{"jump-table", "rv64imc", elfmake.Object{
			Machine: elf.EM_RISCV, Class: elf.ELFCLASS64, RELA: true,
			Sections: []elfmake.Section{text(16), section(".rodata", alloc, 8, elfmake.Reloc{Off: 0, Type: 1, Sym: 1}, elfmake.Reloc{Off: 4, Type: 1, Sym: 1, A: 4})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), local(".L4", 0, 8)},
		}},
		{"other-half-alone", "armv7m", arm(thMovt, movt, thBx, none)},
		{"half-changed", "armv7m", arm(thMovw, movw, thAdd, none, thMovt, movt, thBx, none)},
		{"half-passed", "armv7m", arm(thMovw, movw, thCall, none, thMovt, movt, thBx, none)},
		{"half-called", "armv7m", arm(thMovw, movw, thBlx, none, thMovt, movt, thBx, none)},
		{"half-calling", "armv7m", arm(thMovw, movw, thBlxR3, none, thMovt, movt, thBx, none)},
		{"half-skipped", "armv7m", arm(0xbf00b111, none, thMovw, movw, thMovt, movt, thBx, none)}, // cbz r1 over the first half
		{"halves-of-two", "armv7m", arm(thMovc, movw, thMovt, movt, thBx, none)},
		// In an IT block with a load relative to PC.
		{"pool-too-far", "armv7m", arm(far(thIttt, none, thMovw, movw, thMovt, movt, thBx, none)...)},
		{"pool-too-far-in-one-function", "armv7m", ofOneFunction(arm(far(thIttt, none, thMovw, movw, thMovt, movt, thBx, none)...))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := linkObjects(tt.arch, tt.obj)
			if err == nil {
				t.Fatal("links without an error")
			}
			golden(t, filepath.Join("testdata", "errors", tt.name+".txt"), diag.Render("", err))
		})
	}
}

// TestHalfAcrossCall: half of an address may be in a register while a function runs, if that is known to leave
// the register alone.
func TestHalfAcrossCall(t *testing.T) {
	const (
		movw, movt, ret = 0x0000f240, 0x0000f2c0, 0xbf004770 // of r0; bx lr
		r0, r1          = 0x47703001, 0x47703101             // adds r0/r1, #1; bx lr
		b4, bne4        = 0xbf00e002, 0xbf00d102             // over the next word
		save, restore   = 0xbf00b508, 0xbf00bd08             // push {r3, lr}; pop {r3, pc}
		restoreR0       = 0xbf00bd01                         // pop {r0, pc}
		bl4, bl8        = 0xf802f000, 0xf804f000
	)
	for name, tt := range map[string]struct {
		links    bool
		function []uint32
	}{
		"returns":                        {true, []uint32{ret}},
		"has another":                    {true, []uint32{r1}},
		"uses it":                        {false, []uint32{r0}},
		"goes to one that uses it":       {false, []uint32{b4, ret, r0}},
		"goes to one that does not":      {true, []uint32{b4, r0, r1}},
		"may go to one that uses it":     {false, []uint32{bne4, ret, r0}},
		"calls one that does not":        {true, []uint32{save, bl4, restore, ret}},
		"calls one that uses it":         {false, []uint32{save, bl4, restore, r0}},
		"may return before it uses it":   {false, []uint32{0x4770bf08, r0}}, // it eq; bxeq lr
		"may return before another":      {true, []uint32{0x4770bf08, r1}},
		"may return before its end":      {false, []uint32{0x4770bf08}},
		"may jump to the same":           {false, []uint32{0xe000bf08, r0, r1}}, // it eq; beq to r1's
		"restores it":                    {false, []uint32{save, restoreR0}},
		"calls what a register holds":    {false, []uint32{save, 0xbf004798, restore}}, // blx r3
		"goes where a register says":     {false, []uint32{0xbf004718}},                // bx r3
		"calls itself":                   {true, []uint32{save, 0xfffcf7ff, restore}},
		"traps":                          {false, []uint32{0xbf00de00}},
		"asks the system":                {false, []uint32{0xbf00df00, ret}},
		"is no code that anybody knows":  {false, []uint32{0xffffffff}},
		"goes on behind its end":         {false, []uint32{0xbf00bf00}},
		"may go on behind its end":       {false, []uint32{bne4, ret, 0xbf00bf00}},
		"goes on beyond the module":      {false, []uint32{0xbf00e500}},
		"runs into one that uses it too": {false, []uint32{0xbf00bf00, r0}},
	} {
		t.Run(name, func(t *testing.T) {
			code := section(".text", alloc|exec, 0)
			for _, insn := range append([]uint32{movw, bl8, movt, ret}, tt.function...) {
				code.Data = binary.LittleEndian.AppendUint32(code.Data, insn)
			}
			code.Align = 4
			code.Relocs = []elfmake.Reloc{{Off: 0, Type: uint32(elf.R_ARM_THM_MOVW_ABS_NC), Sym: 1}, {Off: 8, Type: uint32(elf.R_ARM_THM_MOVT_ABS), Sym: 1}}
			_, err := linkObjects("armv7m", elfmake.Object{
				Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
				Sections: []elfmake.Section{code, section(".rodata", alloc, 16)},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1), local("v", 1, 4)},
			})
			if (err == nil) != tt.links {
				t.Errorf("links: %v; %v", tt.links, err)
			}
		})
	}
}

// TestHalvesOnSides: the halves of two addresses may take turns, where only those of one run.
func TestHalvesOnSides(t *testing.T) {
	const (
		x, y       = 1, 2                   // symbols
		movw, movt = 0xf2400000, 0xf2c00000 // of r0
		itete, itt = 0xbfcb, 0xbfc4         // gt
		ldr, cmpi  = 0x6801, 0x2a09         // ldr r1, [r0]; cmp r2, #9
		ret        = 0x4770
	)
	type insn struct {
		code uint32
		of   int
	}
	for name, tt := range map[string]struct {
		links bool
		code  []insn
	}{
		"in turns":                {true, []insn{{itete, 0}, {movw, x}, {movw, y}, {movt, x}, {movt, y}, {ret, 0}}},
		"the other one's":         {false, []insn{{itete, 0}, {movw, x}, {movw, y}, {movt, y}, {movt, x}, {ret, 0}}},
		"used on its side":        {false, []insn{{itt | 2, 0}, {movw, x}, {ldr, 0}, {movt, x}, {ret, 0}}},                       // ittt
		"a comparison in between": {false, []insn{{0xbfc7, 0}, {movw, x}, {cmpi, 0}, {movw, y}, {movt, x}, {movt, y}, {ret, 0}}}, // ittee
		"no condition":            {false, []insn{{movw, x}, {movw, y}, {movt, x}, {movt, y}, {ret, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			code := section(".text", alloc|exec, 0)
			code.Align = 4
			for _, i := range tt.code {
				if i.of != 0 {
					kind := uint32(elf.R_ARM_THM_MOVW_ABS_NC)
					if i.code == movt {
						kind = uint32(elf.R_ARM_THM_MOVT_ABS)
					}
					code.Relocs = append(code.Relocs, elfmake.Reloc{Off: uint64(len(code.Data)), Type: kind, Sym: i.of})
				}
				if i.code > 0xffff {
					code.Data = binary.LittleEndian.AppendUint16(code.Data, uint16(i.code>>16))
				}
				code.Data = binary.LittleEndian.AppendUint16(code.Data, uint16(i.code))
			}
			_, err := linkObjects("armv7m", elfmake.Object{
				Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
				Sections: []elfmake.Section{code, section(".rodata", alloc, 16)},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1), local("x", 1, 4), local("y", 1, 8)},
			})
			if (err == nil) != tt.links {
				t.Errorf("links: %v; %v", tt.links, err)
			}
		})
	}
}

// ofOneFunction is an object as -ffunction-sections makes it.
func ofOneFunction(o elfmake.Object) elfmake.Object {
	o.Sections[0].Name += ".mpy_init"
	return o
}

// TestAddendsOfSlots: what code adds to the place of a function's slot leads into no function, so a jump
// through a register does not go there; what a word holds of an address does.
func TestAddendsOfSlots(t *testing.T) {
	const cbz, movw, movt, bxR3 = 0xbf00b121, 0x0000f240, 0x0000f2c0, 0xbf004718 // over both halves of r0, to the jump
	for relocType, want := range map[elf.R_ARM]bool{elf.R_ARM_GOT_PREL: true, elf.R_ARM_ABS32: false} {
		code := section(".text", alloc|exec, 0)
		for _, word := range []uint32{cbz, movw, movt, bxR3, 8} { // from the start to the other half
			code.Data = binary.LittleEndian.AppendUint32(code.Data, word)
		}
		code.Align = 4
		code.Relocs = []elfmake.Reloc{
			{Off: 4, Type: uint32(elf.R_ARM_THM_MOVW_ABS_NC), Sym: 1},
			{Off: 8, Type: uint32(elf.R_ARM_THM_MOVT_ABS), Sym: 1},
			{Off: 16, Type: uint32(relocType), Sym: 0},
		}
		res, err := linkObjects("armv7m", elfmake.Object{
			Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
			Sections: []elfmake.Section{code, section(".rodata", alloc, 16)},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1), local("v", 1, 4)},
		})
		if err == nil {
			data, werr := mpywriter.Write(res.File)
			if werr != nil {
				t.Fatal(werr)
			}
			if verr := simload.Verify(data, res.Map); verr != nil {
				t.Errorf("%s: links, but: %v", relocType, verr)
			}
		}
		if links := err == nil; links != want {
			t.Errorf("%s: links: %v, should be %v: %v", relocType, links, want, err)
		}
	}
}
