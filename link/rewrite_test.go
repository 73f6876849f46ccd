package link

import (
	"debug/elf"
	"encoding/binary"
	"path/filepath"
	"testing"

	"mpyld/diag"
	"mpyld/fixtures/elfmake"
)

// TestRewriteErrors compares the text of errors about instructions that hold
// addresses and cannot be rewritten with testdata/errors/NAME.txt.
func TestRewriteErrors(t *testing.T) {
	const (
		hi, lo, movw, movt    = 26, 27, 47, 48
		lui, luiA4, lw, ret   = 0x000007b7, 0x00000737, 0x0007a503, 0x00008067
		thMovw, thMovt, thBx  = 0x0000f240, 0x0000f2c0, 0xbf004770
		thUse, thCall, thMovc = 0x00006801, 0xf800f000, 0x0104f240 // ldr r1, [r0]; bl
		thBlx, thBlxR3        = 0xbf004780, 0xbf004798             // blx r0; blx r3
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
		{"lower-of-another-register", "rv32imc", riscv(luiA4, hi, lw, lo, ret, none)},
		{"upper-in-data", "rv32imc", elfmake.Object{
			Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
			Sections: []elfmake.Section{text(16), {
				Name: ".rodata", Flags: alloc, Align: 4, Data: []byte{0xb7, 7, 0, 0},
				Relocs: []elfmake.Reloc{{Off: 0, Type: hi, Sym: 0}},
			}},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0)},
		}},
		{"half-alone", "armv7m", arm(thMovw, movw, thBx, none)},
		{"other-half-alone", "armv7m", arm(thMovt, movt, thBx, none)},
		{"half-used", "armv7m", arm(thMovw, movw, thUse, none, thMovt, movt, thBx, none)},
		{"half-passed", "armv7m", arm(thMovw, movw, thCall, none, thMovt, movt, thBx, none)},
		{"half-called", "armv7m", arm(thMovw, movw, thBlx, none, thMovt, movt, thBx, none)},
		{"half-calling", "armv7m", arm(thMovw, movw, thBlxR3, none, thMovt, movt, thBx, none)},
		{"half-skipped", "armv7m", arm(0xbf00b111, none, thMovw, movw, thMovt, movt, thBx, none)}, // cbz r1 over the first half
		{"halves-of-two", "armv7m", arm(thMovc, movw, thMovt, movt, thBx, none)},
		{"pool-too-far", "armv7m", arm(far(thMovw, movw, thMovt, movt, thBx, none)...)},
		{"pool-too-far-in-one-function", "armv7m", ofOneFunction(arm(far(thMovw, movw, thMovt, movt, thBx, none)...))},
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

// ofOneFunction is an object as -ffunction-sections makes it.
func ofOneFunction(o elfmake.Object) elfmake.Object {
	o.Sections[0].Name += ".mpy_init"
	return o
}
