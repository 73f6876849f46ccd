package simload

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// rewrittenThumb is code with an address in two halves, and what must become
// of it: a load of the word behind it, and nothing. In between are the bytes
// given, in the object and so in the module.
func rewrittenThumb(between ...byte) *module {
	mach := machines.For("armv7m")
	object := join(20, map[int][]byte{
		0: {0x40, 0xf2, 0, 0},             // movw r0, #0
		4: between, 8: {0xc0, 0xf2, 0, 0}, // movt r0, #0
		12: {0x01, 0x68}, 14: {0x70, 0x47}, // ldr r1, [r0]; bx lr
		16: {0x00, 0xbf, 0x00, 0xbf},
	})
	text := append([]byte(nil), object...)
	copy(text[0:], []byte{0xdf, 0xf8, 0x10, 0x00}) // ldr.w r0, [pc, #16]: the word at 0x14
	copy(text[8:], []byte{0xaf, 0xf3, 0x00, 0x80}) // nop.w
	m := &linkmap.Map{
		ABI: mpyfile.Latest, Machine: mach,
		Sections: []linkmap.Section{
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".text", Align: 4, Data: object, Instructions: true},
				Region: mpyfile.Text, Size: 20,
				Relocs: []linkmap.Reloc{{Off: 0, Howto: mach.Howto(47), By: mach.Howto(47).Rewrites[0]}, {Off: 8, Howto: mach.Howto(48), By: mach.Howto(48).Rewrites[0]}},
			},
			{Origin: &linkmap.Origin{Kind: linkmap.Literals, Name: "literals", Align: 4}, Region: mpyfile.Text, Addr: 20, Size: 4},
			{Origin: &linkmap.Origin{Object: "a.o", Name: ".bss", Align: 4}, Region: mpyfile.BSS, Size: 8},
		},
		Targets: []linkmap.Target{{Name: "v", Kind: linkmap.InSection, Section: 2}},
	}
	return &module{&mpyfile.File{
		ABI: mpyfile.Latest, Arch: machines.For("armv7m"), QStrs: []string{"m.mpy"}, BSSSize: 8,
		Text: append(text, 0, 0, 0, 0), Words: []mpyfile.Word{inText(20, toBSS)},
	}, m}
}

// rewrittenAt is code with the halves of v at two places and an address each of v and w behind it. MOVW is a load of
// the lower half or of all of address number of, MOVT one of all, or nothing. Where others has nothing, the code does nothing.
func rewrittenAt(movw, movt uint32, half bool, of uint32, others map[uint32][]byte) *module {
	const size = 20
	mach := machines.For("armv7m")
	object := bytes.Repeat([]byte{0x00, 0xbf}, size/2)
	for at, code := range others {
		copy(object[at:], code)
	}
	copy(object[movw:], []byte{0x40, 0xf2, 0, 0})
	copy(object[movt:], []byte{0xc0, 0xf2, 0, 0})
	text := append(slices.Clone(object), 0, 0, 0, 0, 4, 0, 0, 0)
	load := func(at uint32, op byte, word uint32) { // of r0
		copy(text[at:], []byte{op, 0xf8, byte(word - (at+4)&^3), 0})
	}
	first, second := mach.Howto(47).Rewrites[0], mach.Howto(48).Rewrites[0]
	load(movw, 0xdf, size+4*of)                       // ldr.w
	copy(text[movt:], []byte{0xaf, 0xf3, 0x00, 0x80}) // nop.w
	if half {
		first, second = mach.Howto(47).Rewrites[2], mach.Howto(48).Rewrites[1]
		load(movw, 0xbf, size+4*of) // ldrh.w
		load(movt, 0xdf, size)
	}
	m := &linkmap.Map{
		ABI: mpyfile.Latest, Machine: mach,
		Sections: []linkmap.Section{
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".text", Align: 4, Data: object, Instructions: true},
				Region: mpyfile.Text, Size: size,
				Relocs: []linkmap.Reloc{{Off: movw, Howto: mach.Howto(47), By: first, S: of}, {Off: movt, Howto: mach.Howto(48), By: second}},
			},
			{Origin: &linkmap.Origin{Kind: linkmap.Literals, Name: "literals", Align: 4}, Region: mpyfile.Text, Addr: size, Size: 8},
			{Origin: &linkmap.Origin{Object: "a.o", Name: ".bss", Align: 4}, Region: mpyfile.BSS, Size: 8},
		},
		Targets: []linkmap.Target{{Name: "v", Kind: linkmap.InSection, Section: 2}, {Name: "w", Kind: linkmap.InSection, Section: 2, Off: 4}},
	}
	return &module{&mpyfile.File{
		ABI: mpyfile.Latest, Arch: mach, QStrs: []string{"m.mpy"}, BSSSize: 8, Text: text, Words: []mpyfile.Word{inText(size, toBSS), inText(size+4, toBSS)},
	}, m}
}

// rewrittenSides is code with two addresses on the two sides of a condition, whose
// halves take turns. The second one's half is for the address number second.
func rewrittenSides(it byte, second uint32) *module {
	mach := machines.For("armv7m")
	movw, movt := []byte{0x40, 0xf2, 0, 0}, []byte{0xc0, 0xf2, 0, 0}
	object := join(20, map[int][]byte{0: {it, 0xbf}, 2: movw, 6: movw, 10: movt, 14: movt, 18: {0x70, 0x47}})
	text := join(28, map[int][]byte{
		0: {it, 0xbf},
		2: {0xdf, 0xf8, 0x10, 0x00}, 6: {0xdf, 0xf8, 0x10, 0x00}, // ldr.w r0, [pc, #16]: the words at 0x14 and 0x18
		10: {0xaf, 0xf3, 0x00, 0x80}, 14: {0xaf, 0xf3, 0x00, 0x80}, 18: {0x70, 0x47},
	})
	row := func(off uint32, kind uint32, s uint32) linkmap.Reloc {
		return linkmap.Reloc{Off: off, Howto: mach.Howto(kind), By: mach.Howto(kind).Rewrites[0], S: s}
	}
	m := &linkmap.Map{
		ABI: mpyfile.Latest, Machine: mach,
		Sections: []linkmap.Section{
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".text", Align: 4, Data: object, Instructions: true},
				Region: mpyfile.Text, Size: 20,
				Relocs: []linkmap.Reloc{row(2, 47, 0), row(6, 47, 1), row(10, 48, 0), row(14, 48, second)},
			},
			{Origin: &linkmap.Origin{Kind: linkmap.Literals, Name: "literals", Align: 4}, Region: mpyfile.Text, Addr: 20, Size: 8},
			{Origin: &linkmap.Origin{Object: "a.o", Name: ".bss", Align: 4}, Region: mpyfile.BSS, Size: 8},
		},
		Targets: []linkmap.Target{{Name: "v", Kind: linkmap.InSection, Section: 2}, {Name: "w", Kind: linkmap.InSection, Section: 2, Off: 4}},
	}
	copy(text[24:], []byte{4})
	return &module{&mpyfile.File{
		ABI: mpyfile.Latest, Arch: machines.For("armv7m"), QStrs: []string{"m.mpy"}, BSSSize: 8,
		Text: text, Words: []mpyfile.Word{inText(20, toBSS), inText(24, toBSS)},
	}, m}
}

// rewrittenRISCV is the same with an upper part and a lower one.
func rewrittenRISCV(between ...byte) *module {
	mach := machines.For("rv32imc")
	object := join(16, map[int][]byte{
		0: {0xb7, 0x07, 0, 0},                                  // lui a5, 0
		4: between, 8: {0x03, 0xa5, 0x07, 0}, 12: {0x82, 0x80}, // lw a0, 0(a5); ret
		14: {0x01, 0x00},
	})
	text := append([]byte(nil), object...)
	text[0] = 0x97                                 // auipc a5, 0
	copy(text[8:], []byte{0x03, 0xa5, 0x47, 0x01}) // lw a0, 20(a5)
	m := &linkmap.Map{
		ABI: mpyfile.Latest, Machine: mach,
		Sections: []linkmap.Section{
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".text", Align: 4, Data: object, Instructions: true},
				Region: mpyfile.Text, Size: 16,
				Relocs: []linkmap.Reloc{{Off: 0, Howto: mach.Howto(26), By: mach.Howto(26).Rewrites[0]}, {Off: 8, Howto: mach.Howto(27), By: mach.Howto(27).Rewrites[0]}},
			},
			{Origin: &linkmap.Origin{Object: "a.o", Name: ".rodata", Align: 4, Data: []byte("12345678")}, Region: mpyfile.Text, Addr: 16, Size: 8},
		},
		Targets: []linkmap.Target{{Name: "v", Kind: linkmap.InSection, Section: 1, Off: 4}},
	}
	return &module{&mpyfile.File{
		ABI: mpyfile.Latest, Arch: machines.For("rv32imc"), QStrs: []string{"m.mpy"}, Text: append(text, "12345678"...),
	}, m}
}

// TestRewritten has sequences that do together what they should, and those
// that do not, though each instruction is what its row says.
func TestRewritten(t *testing.T) {
	type code = map[uint32][]byte
	nop, nop32, ret := []byte{0x00, 0xbf, 0x00, 0xbf}, []byte{0x13, 0, 0, 0}, []byte{0x70, 0x47} // bx lr
	for _, tt := range []struct {
		name string
		mod  *module
		want string // part of the error; "" is none
	}{
		{"halves", rewrittenThumb(nop...), ""},
		{"another register between", rewrittenThumb(0x09, 0x68, 0x00, 0xbf), ""}, // ldr r1, [r1]
		{"the register is read", rewrittenThumb(0x01, 0x68, 0x00, 0xbf), "the instruction at text+0x4 uses the register"},
		{"the register is set", rewrittenThumb(0x01, 0x20, 0x00, 0xbf), "the instruction at text+0x4 uses the register"}, // movs r0, #1
		{"a call", rewrittenThumb(0x00, 0xf0, 0x00, 0xf8), "the instruction at text+0x4 uses the register"},
		{"a call of what leaves the register alone", rewrittenThumb(0x00, 0xf0, 0x03, 0xf8), ""},                                     // bl to the bx lr
		{"a call of what runs off its end", rewrittenThumb(0x00, 0xf0, 0x04, 0xf8), "the instruction at text+0x4 uses the register"}, // behind it
		{"a call of a trap", ending(rewrittenThumb(0x00, 0xf0, 0x04, 0xf8), 0x00, 0xde), "the instruction at text+0x4 uses the register"},
		{"a call out of text", rewrittenThumb(0x00, 0xf0, 0x40, 0xf8), "the instruction at text+0x4 uses the register"},              // bl 0x88
		{"a call of itself", rewrittenThumb(0xff, 0xf7, 0xfe, 0xff), "the instruction at text+0x4 uses the register"},                // whose other half uses it
		{"a call of what a register holds", rewrittenThumb(0x88, 0x47, 0x00, 0xbf), "the instruction at text+0x4 uses the register"}, // blx r1
		{"sides of a condition", rewrittenSides(0xcb, 1), ""},
		{"the other side's address", rewrittenSides(0xcb, 0), "the instruction at text+0x6 uses the register"},
		{"one side", rewrittenSides(0xc1, 1), "the instruction at text+0x6 uses the register"}, // itttt
		{"a way around the load", rewrittenAt(2, 8, false, 0, code{0: {0x09, 0xb1} /* cbz r1, 6 */, 18: ret}), "from text+0x0 on nothing loads the address"},
		{"a half that is loaded", rewrittenAt(0, 8, true, 0, code{18: ret}), ""},
		{"a way around the half", rewrittenAt(2, 8, true, 0, code{0: {0x09, 0xb1}, 18: ret}), "code comes to text+0x0 without the other half"},
		{"a start of a loop that is the function's", rewrittenAt(2, 8, true, 0, code{0: {0x09, 0xb1}, 14: {0xf7, 0xe7} /* b 0 */}), "code comes to text+0x0 without the other half"},
		{"half of another address", rewrittenAt(0, 8, true, 1, code{18: ret}), "the instruction at text+0x0 sets the register to something else"},
		{"a half that is set again", rewrittenAt(0, 8, true, 0, code{4: {0x01, 0x20} /* movs r0, #1 */, 18: ret}), "the instruction at text+0x4 sets the register to something else"},
		{"a half in front of a call", rewrittenAt(0, 8, true, 0, code{4: {0x00, 0xf0, 0x04, 0xf8} /* bl 16 */, 18: ret}), ""},
		{"a half in front of an unknown call", rewrittenAt(0, 8, true, 0, code{4: {0x88, 0x47} /* blx r1 */, 18: ret}), "the function called at text+0x4 may change the register"},
		{"a half on a condition", rewrittenAt(4, 8, true, 0, code{2: {0x18, 0xbf} /* it ne */, 18: ret}), "code comes to text+0x0 without the other half"},
		{"both on a condition", rewrittenAt(2, 10, true, 0, code{0: {0x18, 0xbf}, 8: {0x18, 0xbf}, 18: ret}), ""},
		{"both on conditions of other flags", rewrittenAt(2, 10, true, 0, code{0: {0x18, 0xbf}, 6: {0x00, 0x29} /* cmp r1, #0 */, 8: {0x18, 0xbf}, 18: ret}), "code comes to text+0x0 without the other half"},
		{"a jump over the other half", rewrittenThumb(0x02, 0xe0, 0x00, 0xbf), "no instruction before it loads the address"},
		{"a jump in between", jumps(rewrittenThumb(nop...), 0, 4, 0), "the instruction at text+0xc uses the register"},
		{"a distance that is none of code", jumps(rewrittenThumb(nop...), 3, 0, -20), ""},
		{"one half alone", firstOnly(rewrittenThumb(nop...)), "text+0x0: R_ARM_THM_MOVW_ABS_NC (as LDR): no instruction completes the address"},
		{"another row's way", otherWay(rewrittenRISCV(nop32...)), "R_RISCV_TPREL_HI20 (as AUIPC): no way to rewrite an instruction with that relocation"},
		{"an instruction that must not stay", stays(rewrittenRISCV(nop32...)), "R_RISCV_TPREL_ADD: the instruction must become another one"},
		{"upper part alone", firstOnly(rewrittenRISCV(nop32...)), "text+0x0: R_RISCV_HI20 (as AUIPC): no instruction completes the address"},
		{"parts", rewrittenRISCV(nop32...), ""},
		{"the upper part moves", rewrittenRISCV(0x3e, 0x87, 0x01, 0x00), ""},                                                                                                                   // c.mv a4, a5
		{"the upper part is lost", rewrittenRISCV(0x81, 0x47, 0x01, 0x00), "no instruction before it has the upper part"},                                                                      // c.li a5, 0
		{"the upper part is replaced", rewrittenRISCV(0xb7, 0x07, 0x01, 0x00), "no instruction before it has the upper part"},                                                                  // lui a5, 16
		{"shared code that does not come back", rewrittenRISCV(0xef, 0x02, 0x40, 0x00), "in code that is called by another link register than functions are, and does not come straight back"}, // jal t0, 8
		{"a return in between", rewrittenRISCV(0x82, 0x80, 0x01, 0x00), "R_RISCV_LO12_I (of an AUIPC) against v: no instruction"},                                                              // ret
	} {
		t.Run(tt.name, func(t *testing.T) {
			switch err := tt.mod.verify(t); {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// otherWay has the first instruction rewritten as that of another relocation.
func otherWay(l *module) *module {
	l.m.Sections[0].Relocs[0].By = l.m.Machine.Howto(29).Rewrites[0]
	return l
}

// jumps adds a jump through a register to the end of the code, and behind it, at 24, a section with the
// distance from its second word to a place in a section, plus an addend.
func jumps(l *module, section int32, off uint64, a int64) *module {
	p := &l.m.Sections[0]
	p.Data = append([]byte(nil), p.Data...)
	copy(l.file.Text[14:], []byte{0x10, 0x47}) // bx r2
	copy(p.Data[14:], []byte{0x10, 0x47})
	l.m.Targets = append(l.m.Targets, linkmap.Target{Name: "to", Kind: linkmap.InSection, Section: section, Off: off})
	l.m.Sections = append(l.m.Sections, linkmap.Section{
		Origin: &linkmap.Origin{Object: "b.o", Name: ".rodata", Align: 4, Data: make([]byte, 8)},
		Region: mpyfile.Text, Addr: 24, Size: 8,
		Relocs: []linkmap.Reloc{{Off: 4, Howto: l.m.Machine.Howto(3), S: 1, A: a}}, // R_ARM_REL32
	})
	distance := int64(l.m.Sections[section].Addr+off) + a - 28
	l.file.Text = binary.LittleEndian.AppendUint32(append(l.file.Text, 0, 0, 0, 0), uint32(distance))
	return l
}

// stays has an instruction that adds the thread pointer.
func stays(l *module) *module {
	p := &l.m.Sections[0]
	add := []byte{0xb3, 0x87, 0x47, 0x00} // add a5, a5, tp
	copy(l.file.Text[4:8], add)
	p.Data = append([]byte(nil), p.Data...)
	copy(p.Data[4:8], add)
	p.Relocs = slices.Insert(p.Relocs, 1, linkmap.Reloc{Off: 4, Howto: l.m.Machine.Howto(32)})
	return l
}

// ending has other code behind the function.
func ending(l *module, code ...byte) *module {
	copy(l.m.Sections[0].Data[16:], code)
	copy(l.file.Text[16:], code)
	return l
}

// firstOnly leaves the second instruction as it is in the object.
func firstOnly(l *module) *module {
	p := &l.m.Sections[0]
	copy(l.file.Text[8:12], p.Data[8:])
	p.Relocs = p.Relocs[:1]
	return l
}
