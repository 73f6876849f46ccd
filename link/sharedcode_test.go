package link

import (
	"debug/elf"
	"encoding/binary"
	"testing"

	"mpyld/fixtures/elfmake"
)

// TestSharedCode: code that a compiler has taken out of functions, which call it by t0, has their registers: a part of
// an address may be in it, and the other in them.
func TestSharedCode(t *testing.T) {
	const (
		lui, lw, addi = 0x00000437, 0x00042503, 0x00040513 // lui s0, x; lw a0, x(s0); addi a0, s0, x
		lui1          = 0x000004b7                         // lui s1, x
		zero          = 0x00000413                         // li s0, 0
		ret, back     = 0x00008067, 0x00028067             // jr ra; jr t0
		jalRA         = 0x000000ef
	)
	jal := func(words int) uint32 { // jal t0, over some words
		n := uint32(4 * words)
		return 0x2ef | n>>12&0xff<<12 | n>>11&1<<20 | n>>1&0x3ff<<21 | n>>20&1<<31
	}
	type insn struct {
		code uint32
		of   string // hi or lo, of x or y
	}
	const none = ""
	for name, tt := range map[string]struct {
		links bool
		code  []insn
	}{
		"the lower part":   {true, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {lw, "lx"}, {back, none}}},
		"the upper part":   {true, []insn{{jal(3), none}, {lw, "lx"}, {ret, none}, {lui, "hx"}, {back, none}}},
		"for two callers":  {true, []insn{{lui, "hx"}, {jal(4), none}, {lui, "hx"}, {jal(2), none}, {ret, none}, {lw, "lx"}, {addi, "lx"}, {back, none}}},
		"of two":           {true, []insn{{lui, "hx"}, {lui1, "hy"}, {jal(2), none}, {ret, none}, {lw, "lx"}, {addi | 1<<15, "ly"}, {back, none}}},
		"in and out":       {true, []insn{{lui, "hx"}, {jal(3), none}, {addi | 1<<15, "ly"}, {ret, none}, {lui1, "hy"}, {lw, "lx"}, {back, none}}},
		"one calls one":    {true, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {addi, "lx"}, {back, none}}},
		"overwritten":      {false, []insn{{lui, "hx"}, {jal(3), none}, {addi, "lx"}, {ret, none}, {zero, none}, {back, none}}},
		"of another":       {false, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {lw, "ly"}, {back, none}}},
		"a function's own": {false, []insn{{lui, "hx"}, {jalRA | 2<<22, none}, {ret, none}, {lw, "lx"}, {ret, none}}},
	} {
		text := section(".text", alloc|exec, 0)
		text.Align = 4
		for _, i := range tt.code {
			if i.of != none {
				kind := elf.R_RISCV_HI20
				if i.of[0] == 'l' {
					kind = elf.R_RISCV_LO12_I
				}
				text.Relocs = append(text.Relocs, elfmake.Reloc{Off: uint64(len(text.Data)), Type: uint32(kind), Sym: int(i.of[1]-'x') + 1})
			}
			text.Data = binary.LittleEndian.AppendUint32(text.Data, i.code)
		}
		res, err := linkObjects("rv32imc", elfmake.Object{
			Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
			Sections: []elfmake.Section{text, section(".rodata", alloc, 16)},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), local("x", 1, 4), local("y", 1, 8)},
		})
		if (err == nil) != tt.links {
			t.Errorf("%s: links: %v; %v", name, err == nil, err)
		}
		if err != nil {
			continue
		}
		verifies(t, name, res)
		seesFlips(t, name, res)
	}
}
