package link

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"mpyld/fixtures/elfmake"
	"mpyld/mpywriter"
	"mpyld/simload"
)

// thumb is an instruction, and the symbol that it has half of the address of: "x", "y", or "".
type thumb struct {
	code uint32
	of   string
}

// halves are instructions as an object with x and y in .rodata, whose entry is the first.
func halves(code ...thumb) elfmake.Object {
	text := section(".text", alloc|exec, 0)
	text.Align = 4
	for _, i := range code {
		if i.of != "" {
			kind := uint32(elf.R_ARM_THM_MOVW_ABS_NC)
			if i.code>>16&0xfbf0 == 0xf2c0 {
				kind = uint32(elf.R_ARM_THM_MOVT_ABS)
			}
			text.Relocs = append(text.Relocs, elfmake.Reloc{Off: uint64(len(text.Data)), Type: kind, Sym: int(i.of[0]-'x') + 1})
		}
		if i.code > 0xffff {
			text.Data = binary.LittleEndian.AppendUint16(text.Data, uint16(i.code>>16))
		}
		text.Data = binary.LittleEndian.AppendUint16(text.Data, uint16(i.code))
	}
	return elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
		Sections: []elfmake.Section{text, section(".rodata", alloc, 16)},
		Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1), local("x", 1, 4), local("y", 1, 8)},
	}
}

// TestSplitHalves: code may look at half of an address, or copy it, as long as what has the other half adds it to
// half of the same address, whichever way code comes there.
func TestSplitHalves(t *testing.T) {
	const (
		movw, movt     = 0xf2400000, 0xf2c00000 // of r0
		movwR2, movtR2 = 0xf2400200, 0xf2c00200
		copyTo2        = 0x4602         // mov r2, r0
		movsTo2        = 0x0002         // movs r2, r0
		use, use2      = 0x6801, 0x6811 // ldr r1, [r0]; ldr r1, [r2]
		add            = 0x3004         // adds r0, #4
		cmp3, adds3    = 0x2b09, 0x3301 // cmp r3, #9; adds r3, #1
		ne, eq         = 0xbf18, 0xbf08 // it ne; it eq
		iteNE          = 0xbf14
		cbz            = 0xb103 // cbz r3, over the next 4 bytes less 2
		blxR3, bxLR    = 0x4798, 0x4770
		nop            = 0xbf00
		addR3          = 0x1c5b // adds r3, r3, #1
		str3           = 0x601a // str r2, [r3]
	)
	x, y := "x", "y"
	for name, tt := range map[string]struct {
		links bool
		code  []thumb
	}{
		"looked at":         {true, []thumb{{movw, x}, {use, ""}, {movt, x}, {bxLR, ""}}},
		"alone":             {true, []thumb{{movw, x}, {bxLR, ""}}},
		"copied":            {true, []thumb{{movw, x}, {copyTo2, ""}, {movtR2, x}, {bxLR, ""}}},
		"both":              {true, []thumb{{movw, x}, {copyTo2, ""}, {movtR2, x}, {movt, x}, {use, ""}, {use2, ""}, {bxLR, ""}}},
		"by movs":           {true, []thumb{{movw, x}, {movsTo2, ""}, {movtR2, x}, {bxLR, ""}}},
		"two uppers":        {true, []thumb{{movw, x}, {use, ""}, {movt, x}, {movt, x}, {bxLR, ""}}},
		"of another one":    {false, []thumb{{movw, x}, {copyTo2, ""}, {movtR2, y}, {bxLR, ""}}},
		"other half first":  {false, []thumb{{movt, x}, {movw, x}, {bxLR, ""}}},
		"changed":           {false, []thumb{{movw, x}, {add, ""}, {movt, x}, {bxLR, ""}}},
		"called in between": {false, []thumb{{movw, x}, {use, ""}, {blxR3, ""}, {movt, x}, {bxLR, ""}}},
		"not on every way":  {false, []thumb{{cbz, ""}, {movw, x}, {use, ""}, {movt, x}, {bxLR, ""}}},
		"under a condition": {false, []thumb{{cmp3, ""}, {ne, ""}, {movw, x}, {movt, x}, {bxLR, ""}}},
		"if at all":         {true, []thumb{{cmp3, ""}, {ne, ""}, {movw, x}, {nop, ""}, {ne, ""}, {movt, x}, {bxLR, ""}}},
		"of two":            {true, []thumb{{cmp3, ""}, {iteNE, ""}, {movw, x}, {movw, y}, {str3, ""}, {iteNE, ""}, {movt, x}, {movt, y}, {bxLR, ""}}},
		"of two, crossed":   {false, []thumb{{cmp3, ""}, {iteNE, ""}, {movw, x}, {movw, y}, {str3, ""}, {iteNE, ""}, {movt, y}, {movt, x}, {bxLR, ""}}},
		"other condition":   {false, []thumb{{cmp3, ""}, {ne, ""}, {movw, x}, {nop, ""}, {eq, ""}, {movt, x}, {bxLR, ""}}},
		"flags set again":   {false, []thumb{{cmp3, ""}, {ne, ""}, {movw, x}, {addR3, ""}, {ne, ""}, {movt, x}, {bxLR, ""}}},
		"compared again":    {false, []thumb{{cmp3, ""}, {ne, ""}, {movw, x}, {cmp3, ""}, {ne, ""}, {movt, x}, {bxLR, ""}}},
		"always and if":     {true, []thumb{{cmp3, ""}, {movw, x}, {use, ""}, {ne, ""}, {movt, x}, {bxLR, ""}}},
		"overwritten if":    {false, []thumb{{cmp3, ""}, {movw, x}, {use, ""}, {ne, ""}, {adds3 &^ 0x300, ""}, {movt, x}, {bxLR, ""}}},
		"overwritten else":  {true, []thumb{{cmp3, ""}, {movw, x}, {ne, ""}, {adds3 &^ 0x300, ""}, {eq, ""}, {movt, x}, {bxLR, ""}}},
		"copied if":         {true, []thumb{{cmp3, ""}, {movwR2, x}, {movw, x}, {ne, ""}, {copyTo2, ""}, {movtR2, x}, {movt, x}, {bxLR, ""}}},
		"copied from else":  {false, []thumb{{cmp3, ""}, {movwR2, y}, {movw, x}, {ne, ""}, {copyTo2, ""}, {movtR2, x}, {movt, x}, {bxLR, ""}}},
	} {
		for _, far := range []int{0, 6000} {
			nops := slices.Repeat([]thumb{{nop, ""}}, far) // in the middle of other code no pool is near
			obj := halves(slices.Concat(nops, tt.code, nops, []thumb{{bxLR, ""}})...)
			res, err := linkObjects("armv7m", obj)
			if (err == nil) != tt.links {
				t.Errorf("%s (in %d nops): links: %v; %v", name, far, err == nil, err)
			}
			if err != nil {
				continue
			}
			verifies(t, fmt.Sprintf("%s (in %d nops)", name, far), res)
			if far == 0 {
				seesFlips(t, name, res)
			}
		}
	}
}

// verifies reports a link that fails its check.
func verifies(t *testing.T, name string, res *Result) {
	t.Helper()
	if err := Verified(res); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// seesFlips flips each bit of text, which the check must see.
func seesFlips(t *testing.T, name string, res *Result) {
	t.Helper()
	for at := range res.File.Text {
		for bit := range 8 {
			bad := *res.File
			bad.Text = bytes.Clone(res.File.Text)
			bad.Text[at] ^= 1 << bit
			data, err := mpywriter.Write(&bad)
			if err != nil {
				t.Fatal(err)
			}
			if simload.Verify(data, res.Map) == nil {
				t.Errorf("%s: bit %d at text+0x%x is flipped and verification passes", name, bit, at)
			}
		}
	}
}

// TestHalvesByPointer: the other half may be where a jump through a register leads, and addresses of that have the bit that
// says which instructions are there.
func TestHalvesByPointer(t *testing.T) {
	for _, pointer := range []byte{6, 7} {
		o := halves(thumb{0xf2400000, "x"}, thumb{0x4708 /* bx r1 */, ""}, thumb{0xf2c00000, "x"}, thumb{0x4770, ""})
		o.Sections[1].Data[0] = pointer
		o.Sections[1].Relocs = []elfmake.Reloc{{Type: uint32(elf.R_ARM_ABS32), Sym: len(o.Symbols)}}
		o.Symbols = append(o.Symbols, elfmake.Symbol{Type: elf.STT_SECTION})
		res, err := linkObjects("armv7m", o)
		if err != nil {
			t.Errorf("to %d: %v", pointer, err)
			continue
		}
		verifies(t, fmt.Sprintf("to %d", pointer), res)
	}
}
