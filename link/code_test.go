package link_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

// codeObject makes an object of a text, with v and w two names for one variable.
func codeObject(arch string, code []byte, rs []elfmake.Reloc, size uint64, marks ...elfmake.Symbol) []byte {
	m := machines.For(arch)
	n := len(marks)
	for i := range rs {
		rs[i].Sym += n
	}
	o := elfmake.Object{
		Machine: m.ELF, Class: m.Class, RELA: m.ELF != elf.EM_ARM,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: code, Relocs: rs},
			{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: make([]byte, 8)},
		},
		Symbols: append(marks,
			elfmake.Symbol{Name: "v", Sect: 1},
			elfmake.Symbol{Name: "w", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Size: 4},
			elfmake.Symbol{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Size: size, Value: uint64(m.ModeBits)}),
	}
	return o.Bytes()
}

// TestBehindLastCall: a function may end in a call that does not come back.
// What lies behind is another function or data, and none of its business.
func TestBehindLastCall(t *testing.T) {
	first := []byte{
		0x40, 0xf2, 0x00, 0x04, // movw r4, #:lower16:v
		0x00, 0xb9, // cbnz r0, 1f
		0xa8, 0x47, // blx r5: does not come back
	}
	second := []byte{
		0xc0, 0xf2, 0x00, 0x04, // 1: movt r4, #:upper16:v
		0x20, 0x68, 0x70, 0x47, // ldr r0, [r4]; bx lr
		0xa8, 0x47, // blx r5: nor this
		0x00, 0xbf,
	}
	// The 1 of cbnz is behind what ends the function.
	between := []byte{0x24, 0x68, 0x00, 0xbf} // ldr r4, [r4]; nop
	code := append(append(append([]byte(nil), first...), between...), second...)
	code[4], code[5] = 0x10, 0xb9 // cbnz r0, .+8
	rs := func() []elfmake.Reloc {
		return []elfmake.Reloc{{Off: 0, Type: 47, Sym: 0}, {Off: 12, Type: 48, Sym: 0}}
	}
	mark := func(name string, at uint64) elfmake.Symbol { return elfmake.Symbol{Name: name, Value: at} }
	for _, tt := range []struct {
		name  string
		size  uint64
		marks []elfmake.Symbol
		want  string
	}{
		{"goes on", 0, nil, "half of the address is used"},
		{"the function ends", 8, nil, ""},
		{"data", 0, []elfmake.Symbol{mark("$t", 0), mark("$d", 8), mark("$t", 12)}, ""},
		{"code all the same", uint64(len(code)), []elfmake.Symbol{mark("$t", 0)}, "half of the address is used"},
	} {
		_, err := linkAndVerify("armv7m", codeObject("armv7m", code, rs(), tt.size, tt.marks...))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestTwoNames: the parts of an address may name it differently.
func TestTwoNames(t *testing.T) {
	for _, arch := range []string{"rv32imc", "rv64imc", "armv7m"} {
		lower, upper := uint32(26), uint32(27)
		code := []byte{0xb7, 0x07, 0, 0, 0x03, 0xa5, 0x07, 0, 0x82, 0x80} // lui a5; lw a0, (a5); ret
		if arch == "armv7m" {
			lower, upper = 47, 48
			code = []byte{0x40, 0xf2, 0, 0, 0xc0, 0xf2, 0, 0, 0x70, 0x47} // movw r0; movt r0; bx lr
		}
		for _, names := range [][2]int{{0, 1}, {1, 0}} {
			rs := []elfmake.Reloc{{Off: 0, Type: lower, Sym: names[0]}, {Off: 4, Type: upper, Sym: names[1]}}
			if _, err := linkAndVerify(arch, codeObject(arch, code, rs, 10)); err != nil {
				t.Errorf("%s: %v", arch, err)
			}
		}
	}
}

// TestNumberInCode: the place of a number is no instruction, whatever its bytes look
// like before the number is there.
func TestNumberInCode(t *testing.T) {
	code := []byte{
		0xb7, 0x07, 0, 0, // lui a5, %hi(v)
		0x13, 0, 0, 0, // nop, which a number replaces
		0x03, 0xa5, 0x07, 0, // lw a0, %lo(v)(a5)
		0x82, 0x80, // ret
	}
	for _, number := range []uint32{1, 41, 57} { // R_RISCV_32, GOT32_PCREL, 32_PCREL
		rs := []elfmake.Reloc{{Off: 0, Type: 26}, {Off: 4, Type: number}, {Off: 8, Type: 27}}
		_, err := linkAndVerify("rv32imc", codeObject("rv32imc", code, rs, 14))
		if err == nil || !strings.Contains(err.Error(), "no instruction adds the lower part") {
			t.Errorf("relocation %d: %v", number, err)
		}
	}
}

// TestSameAddressTwice: the windows of two registers with one address overlap.
func TestSameAddressTwice(t *testing.T) {
	code := []byte{
		0x40, 0xf2, 0, 0, 0x40, 0xf2, 0, 1, // movw r0; movw r1
		0xc0, 0xf2, 0, 1, 0xc0, 0xf2, 0, 0, // movt r1; movt r0
		0x70, 0x47, // bx lr
	}
	rs := []elfmake.Reloc{{Off: 0, Type: 47}, {Off: 4, Type: 47}, {Off: 8, Type: 48}, {Off: 12, Type: 48}}
	if _, err := linkAndVerify("armv7m", codeObject("armv7m", code, rs, 18)); err != nil {
		t.Error(err)
	}
}

// TestSlotWithoutBase: which instructions a slot's offset from the GOT may be in, by the byte before it
// (Intel SDM, volume 2, 2.1.3: mod 00, rm 101 is an address alone; a1 and a3 are mov between eax and memory, or
// jmp *disp32(%ecx) and (%ebx) behind ff). The advice is what gives gas a relocation that says which.
func TestSlotWithoutBase(t *testing.T) {
	const got32, got32x = 3, 43
	noBase, either := "compile with -fpic", "assemble with -Wa,-mrelax-relocations=yes"
	for _, c := range []struct {
		typ    uint32
		before []byte
		want   string // the end of the note; "": it links
	}{
		{got32, []byte{0x8b, 0x81}, ""},     // mov eax, [ecx + slot]
		{got32, []byte{0x8b, 0x05}, noBase}, // mov eax, [slot]
		{got32, []byte{0xff, 0xa1}, either}, // jmp [ecx + slot]
		{got32, []byte{0x90, 0xa1}, either}, // nop; mov eax, [slot]
		{got32, []byte{0xff, 0xa3}, either},
		{got32x, []byte{0x8b, 0x81}, ""},
		{got32x, []byte{0x8b, 0x05}, noBase},
		{got32x, []byte{0xff, 0xa1}, ""},
		{got32x, []byte{0xff, 0xa3}, ""},
	} {
		code := append(bytes.Clone(c.before), 0, 0, 0, 0, 0xc3)
		_, err := linkAndVerify("x86", codeObject("x86", code, []elfmake.Reloc{{Off: 2, Type: c.typ}}, uint64(len(code))))
		var list diag.List
		if errors.As(err, &list); (c.want == "") != (err == nil) || err != nil && !strings.HasSuffix(list[0].Notes[0].Text, c.want) {
			t.Errorf("type %d behind % x: %v, want %q", c.typ, c.before, list, c.want)
		}
	}
}
