package link

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
	"mpyld/mpywriter"
	"mpyld/simload"
)

// TestSharedCode: code that a compiler has taken out of functions, which call it by t0, has their registers: a part of
// an address may be in it, and the other in them.
func TestSharedCode(t *testing.T) {
	const (
		lui, lw, addi = 0x00000437, 0x00042503, 0x00040513 // lui s0, x; lw a0, x(s0); addi a0, s0, x
		lui1          = 0x000004b7                         // lui s1, x
		zero, zero1   = 0x00000413, 0x00000493             // li s0, 0; li s1, 0
		zero5         = 0x00000293                         // li t0, 0
		lw1, move1    = 0x0004a503, 0x00040493             // lw a0, x(s1); mv s1, s0
		jr6, jump     = 0x00030067, 0x0000006f             // jr t1; j .
		ret, back     = 0x00008067, 0x00028067             // jr ra; jr t0
		jalRA         = 0x000000ef
	)
	jal := func(words int) uint32 { // jal t0, over some words
		n := uint32(4 * words)
		return 0x2ef | n>>12&0xff<<12 | n>>11&1<<20 | n>>1&0x3ff<<21 | n>>20&1<<31
	}
	beqz := func(words int) uint32 { return 0x00050063 | uint32(words)<<9 } // beqz a0, over some words
	type insn struct {
		code uint32
		of   string // hi or lo, of x or y
	}
	const none = ""
	const (
		alone   = "no instruction adds the lower part"
		unknown = "called by another link register than functions are"
	)
	for name, tt := range map[string]struct {
		refused string // what is said; none: it links
		thunks  int
		code    []insn
	}{
		"the lower part":                    {"", 0, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {lw, "lx"}, {back, none}}},
		"the upper part":                    {"", 0, []insn{{jal(3), none}, {lw, "lx"}, {ret, none}, {lui, "hx"}, {back, none}}},
		"the upper part for two callers":    {"", 0, []insn{{jal(6), none}, {lw, "lx"}, {ret, none}, {jal(3), none}, {addi, "lx"}, {ret, none}, {lui, "hx"}, {back, none}}},
		"the upper part in a loop":          {"", 0, []insn{{ret, none}, {jal(3), none}, {lw, "lx"}, {jump | jal(-2)&^0xfff, none}, {lui, "hx"}, {back, none}}},
		"for two callers":                   {"", 2, []insn{{lui, "hx"}, {jal(4), none}, {lui, "hx"}, {jal(2), none}, {ret, none}, {lw, "lx"}, {addi, "lx"}, {back, none}}},
		"for two callers, in two registers": {"", 0, []insn{{lui, "hx"}, {jal(6), none}, {ret, none}, {lui1, "hx"}, {jal(5), none}, {ret, none}, {ret, none}, {addi, "lx"}, {back, none}, {addi | 1<<15, "lx"}, {back, none}}},
		// Each has its own back: what one leaves in the register does not come to the other.
		"past the registers of two callers": {"", 0, []insn{{lui, "hx"}, {jal(7), none}, {lw, "lx"}, {ret, none}, {lui, "hx"}, {jal(3), none}, {lw, "lx"}, {ret, none}, {zero1, none}, {back, none}}},
		"through copies of two callers":     {"", 0, []insn{{lui, "hx"}, {jal(7), none}, {lw1, "lx"}, {ret, none}, {lui, "hx"}, {jal(3), none}, {lw1, "lx"}, {ret, none}, {move1, none}, {back, none}}},
		"of two":                            {"", 0, []insn{{lui, "hx"}, {lui1, "hy"}, {jal(2), none}, {ret, none}, {lw, "lx"}, {addi | 1<<15, "ly"}, {back, none}}},
		"in and out":                        {"", 0, []insn{{lui, "hx"}, {jal(3), none}, {addi | 1<<15, "ly"}, {ret, none}, {lui1, "hy"}, {lw, "lx"}, {back, none}}},
		"on both ways":                      {"", 0, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {beqz(2), none}, {lw, "lx"}, {back, none}}},
		"overwritten":                       {alone, 0, []insn{{lui, "hx"}, {jal(3), none}, {addi, "lx"}, {ret, none}, {zero, none}, {back, none}}},
		"of another":                        {alone, 0, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {lw, "ly"}, {back, none}}},
		"a function's own":                  {alone, 0, []insn{{lui, "hx"}, {jalRA | 2<<21, none}, {ret, none}, {lw, "lx"}, {ret, none}}},
		// Nobody can say where such code goes.
		"with a return":         {unknown, 0, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {beqz(2), none}, {ret, none}, {lw, "lx"}, {back, none}}},
		"with another way back": {unknown, 0, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {zero5, none}, {lw, "lx"}, {back, none}}},
		"with a call":           {unknown, 0, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {jalRA | 2<<21, none}, {lw, "lx"}, {back, none}}},
		"with a jump":           {unknown, 0, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {beqz(2), none}, {jr6, none}, {lw, "lx"}, {back, none}}},
		"that runs on":          {unknown, 0, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {beqz(2), none}, {back, none}, {lw, "lx"}}},
		"back and on":           {unknown, 0, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {lw, "lx"}, {back | 4<<20, none}}},
		"without a way back":    {unknown, 0, []insn{{lui, "hx"}, {jal(2), none}, {ret, none}, {lw, "lx"}, {jump, none}}},
		"that leaves a part":    {unknown, 0, []insn{{jal(3), none}, {lw, "lx"}, {ret, none}, {lui, "hx"}, {zero5, none}, {back, none}}},
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
		if (err == nil) != (tt.refused == "") || err != nil && !strings.Contains(err.Error(), tt.refused) {
			t.Errorf("%s: %v, want %q", name, err, tt.refused)
		}
		if err != nil {
			continue
		}
		data, err := mpywriter.Write(res.File)
		if err != nil {
			t.Fatal(err)
		}
		if err := simload.Verify(data, res.Map); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		thunks := 0
		for i := range res.Map.Sections {
			if res.Map.Sections[i].Kind == linkmap.Thunk {
				thunks++
			}
		}
		if thunks != tt.thunks {
			t.Errorf("%s: %d thunks, want %d", name, thunks, tt.thunks)
		}
		for at := range res.File.Text {
			for bit := range 8 {
				bad := *res.File
				bad.Text = bytes.Clone(res.File.Text)
				bad.Text[at] ^= 1 << bit
				if data, err = mpywriter.Write(&bad); err != nil {
					t.Fatal(err)
				}
				if simload.Verify(data, res.Map) == nil {
					t.Errorf("%s: bit %d at text+0x%x is flipped and verification passes", name, bit, at)
				}
			}
		}
	}
}

// TestUnknownSharedCode: the check after a link refuses parts of addresses in code that is called by t0, and of which nobody
// can say where it goes, whoever links it.
func TestUnknownSharedCode(t *testing.T) {
	le := binary.LittleEndian
	code := []uint32{0x00000437, 0x008002ef, 0x00008067, 0x00000013, 0x00042503, 0x00028067} // lui s0, x; jal t0, 1f; ret; 1: nop; lw a0, x(s0); jr t0
	text := section(".text", alloc|exec, 0, elfmake.Reloc{Off: 0, Type: uint32(elf.R_RISCV_HI20), Sym: 1}, elfmake.Reloc{Off: 16, Type: uint32(elf.R_RISCV_LO12_I), Sym: 1})
	text.Align = 4
	for _, insn := range code {
		text.Data = le.AppendUint32(text.Data, insn)
	}
	const (
		unknown = "called by another link register than functions are"
		nowhere = "no instruction before it has the upper part"
	)
	for name, tt := range map[string]struct {
		insn uint32 // in the place of the nop
		said string
	}{
		"nothing":          {0x00000013, ""},
		"another way back": {0x00000293, unknown}, // li t0, 0
		"a call":           {0x008000ef, unknown}, // jal ra, over the lw
		"a return":         {0x00008067, nowhere},
		"a jump":           {0x00030067, unknown}, // jr t1
		"the system":       {0x00000073, unknown}, // ecall
		"another place":    {0x00428067, nowhere}, // jr 4(t0)
	} {
		res, err := linkObjects("rv32imc", elfmake.Object{
			Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
			Sections: []elfmake.Section{text, section(".rodata", alloc, 16)},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), local("x", 1, 4)},
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range res.Map.Sections {
			if p := &res.Map.Sections[i]; p.Name == ".text" && p.Size > 0 {
				le.PutUint32(p.Data[12:], tt.insn)
				le.PutUint32(res.File.Text[p.Addr+12:], tt.insn)
			}
		}
		data, err := mpywriter.Write(res.File)
		if err != nil {
			t.Fatal(err)
		}
		err = simload.Verify(data, res.Map)
		if (err == nil) != (tt.said == "") || err != nil && !strings.Contains(err.Error(), tt.said) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
