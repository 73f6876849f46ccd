package link_test

import (
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// rewriteInsn is an instruction of a test: what GNU as makes of it, and its
// relocation against the variable, if any.
type rewriteInsn struct {
	code  uint32
	size  int
	typ   int // -1: none
	a     int64
	asm   string
	other bool // against the other variable
}

// rewriteCode is code whose addresses must be rewritten, by machine. Between
// them the sequences have every relocation that has a row for that.
var rewriteCode = map[string][]rewriteInsn{
	"riscv": {
		{0x000007b7, 4, 26, 0, "lui a5, %hi(v)", false},
		{0x00000737, 4, 26, 0, "lui a4, %hi(w)", true},
		{0x0007a503, 4, 27, 0, "lw a0, %lo(v)(a5)", false},
		{0x00a7a023, 4, 28, 4, "sw a0, %lo(v+4)(a5)", false},
		{0x86ba, 2, -1, 0, "c.mv a3, a4", false},
		{0x95b6, 2, -1, 0, "c.add a1, a3", false},
		{0x00058593, 4, 27, 8, "addi a1, a1, %lo(w+8)", true},
		{0x000007b7, 4, 29, 0, "lui a5, %tprel_hi(v)", false},
		{0x004787b3, 4, 32, 0, "add a5, a5, tp, %tprel_add(v)", false},
		{0x0007a603, 4, 30, 0, "lw a2, %tprel_lo(v)(a5)", false},
		{0x00c7a023, 4, 31, 0, "sw a2, %tprel_lo(v)(a5)", false},
		// A lower part that adds to either of two upper ones.
		{0x000007b7, 4, 26, 0, "lui a5, %hi(v)", false},
		{0x00050463, 4, -1, 0, "beqz a0, 1f", false},
		{0x000007b7, 4, 26, 0, "lui a5, %hi(v)", false},
		{0x0007a503, 4, 27, 0, "1: lw a0, %lo(v)(a5)", false},
		// Through the stack.
		{0x000007b7, 4, 26, 0, "lui a5, %hi(v)", false},
		{0xdc3e, 2, -1, 0, "c.swsp a5, 56(sp)", false},
		{0x5762, 2, -1, 0, "c.lwsp a4, 56(sp)", false},
		{0x00072503, 4, 27, 0, "lw a0, %lo(v)(a4)", false},
		{0x8082, 2, -1, 0, "ret", false},
	},
	"arm": {
		{0x0000f240, 4, 47, 0, "movw r0, #:lower16:v", false},
		{0x0104f240, 4, 47, 4, "movw r1, #:lower16:v+4", false},
		{0xbf00, 2, -1, 0, "nop", false},
		{0x0000f2c0, 4, 48, 0, "movt r0, #:upper16:v", false},
		{0x0c00f240, 4, 47, 0, "movw r12, #:lower16:w", true},
		{0x320ce9cd, 4, -1, 0, "strd r3, r2, [sp, #48]", false}, // 48/4 is no r12
		{0x0104f2c0, 4, 48, 4, "movt r1, #:upper16:v+4", false},
		{0x0c00f2c0, 4, 48, 0, "movt r12, #:upper16:w", true},
		{0x4770, 2, -1, 0, "bx lr", false},
	},
}

// TestEveryRewrite links code with addresses in its instructions, which must
// verify; then it flips each bit of the code in turn, and each must make the
// verification fail.
func TestEveryRewrite(t *testing.T) {
	for _, arch := range machines.All() {
		m := arch
		seq := rewriteCode[map[elf.Machine]string{elf.EM_RISCV: "riscv", elf.EM_ARM: "arm"}[m.ELF]]
		t.Run(arch.Name, func(t *testing.T) {
			covered := map[uint32]bool{}
			for _, insn := range seq {
				if insn.typ >= 0 {
					covered[uint32(insn.typ)] = true
				}
			}
			for i := range m.Howtos() {
				if h := &m.Howtos()[i]; len(h.Rewrites) > 0 && h.Formula != relocs.PCRel && !covered[h.Type] {
					t.Errorf("no test has %s", h.Name)
				}
			}
			if len(seq) == 0 {
				return
			}
			res, err := linkObject(arch, m, rewriteObject(m, seq))
			if err != nil {
				t.Fatal(err)
			}
			if err := link.Verified(res); err != nil {
				t.Fatalf("a good link does not verify: %v", err)
			}
			code := res.Map.Sections[0]
			changed := false
			for i := range res.File.Text {
				if at := uint64(i) - code.Addr; at < code.Size {
					changed = changed || code.Data[at] != res.File.Text[i]
				}
				flipByte(t, res, uint64(i))
			}
			if !changed {
				t.Error("nothing was rewritten")
			}
		})
	}
}

// rewriteObject makes an object of a sequence, in which v and w are variables.
func rewriteObject(m *relocs.Machine, seq []rewriteInsn) elfmake.Object {
	text := elfmake.Section{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4}
	for _, insn := range seq {
		if insn.typ >= 0 {
			sym := 1
			if insn.other {
				sym = 2
			}
			r := elfmake.Reloc{Off: uint64(len(text.Data)), Type: uint32(insn.typ), Sym: sym}
			if m.ELF != elf.EM_ARM { // REL objects have it in the instruction
				r.A = insn.a
			}
			text.Relocs = append(text.Relocs, r)
		}
		text.Data = append(text.Data, binary.LittleEndian.AppendUint32(nil, insn.code)[:insn.size]...)
	}
	return elfmake.Object{
		Machine: m.ELF, Class: m.Class, RELA: m.ELF != elf.EM_ARM,
		Sections: []elfmake.Section{
			text,
			{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 8, Data: []byte("12345678abcdefgh")},
			{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Size: 32},
		},
		Symbols: []elfmake.Symbol{
			{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: uint64(m.ModeBits)},
			{Name: "v", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1},
			{Name: "w", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 2, Value: 4},
		},
	}
}

// TestPools links code that loads from pools over and over, in sections of all
// sizes up to what a pool on either side reaches.
func TestPools(t *testing.T) {
	arch, m := machines.For("armv7m"), machines.For("armv7m")
	for _, size := range []int{100, 3000, 3001, 4200, 4801, 6000} {
		seq := []rewriteInsn{}
		for n := 0; n < size; n += 8 {
			lower, upper := rewriteCode["arm"][0], rewriteCode["arm"][3]
			if size&1 == 1 { // all of different addresses: the addend is in the instructions
				a := uint32(n/8%128) | uint32(n/8/128)<<12
				lower.code, upper.code = lower.code|a<<16, upper.code|a<<16
			}
			seq = append(seq, lower, upper)
		}
		seq = append(seq, rewriteInsn{0x4770, 2, -1, 0, "bx lr", false})
		obj := rewriteObject(m, seq)
		for range 5 { // more functions, so that several share pools
			more := obj.Sections[0]
			more.Name = ".text.more"
			obj.Sections = append(obj.Sections, more)
		}
		res, err := linkObject(arch, m, obj)
		if err != nil {
			t.Errorf("%d bytes: %v", size, err)
			continue
		}
		if err := link.Verified(res); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		pools := 0
		for _, p := range res.Map.Sections {
			if strings.HasPrefix(p.Name, "literals") {
				pools++
			}
		}
		if pools == 0 || size == 100 && pools > 1 {
			t.Errorf("%d bytes: %d pools", size, pools)
		}
	}
}

// TestStraddle: where the lower parts of one upper part lie on both sides of
// where rounding changes, a thunk serves them.
func TestStraddle(t *testing.T) {
	for _, name := range []string{"rv32imc", "rv64imc"} {
		arch, m := machines.For(name), machines.For(name)
		plain, thunks := 0, 0
		for pad := 2000; pad < 2080; pad += 2 {
			seq := []rewriteInsn{
				{0x000007b7, 4, 26, 0, "lui a5, %hi(v)", false},
				{0x0007a503, 4, 27, 0, "lw a0, %lo(v)(a5)", false},
				{0x0007a503, 4, 27, 12, "lw a0, %lo(v+12)(a5)", false},
			}
			for range pad / 2 {
				seq = append(seq, rewriteInsn{0x0001, 2, -1, 0, "c.nop", false})
			}
			seq = append(seq, rewriteInsn{0x8082, 2, -1, 0, "ret", false})
			res, err := linkObject(arch, m, rewriteObject(m, seq))
			if err != nil {
				t.Fatal(err)
			}
			if err := link.Verified(res); err != nil {
				t.Errorf("%s with %d bytes: %v", name, pad, err)
			}
			if by := res.Map.Sections[0].Relocs[0].By; by.Needs == relocs.NeedThunk {
				thunks++
			} else {
				plain++
			}
		}
		if plain == 0 || thunks == 0 {
			t.Errorf("%s: %d plain, %d by thunk", name, plain, thunks)
		}
	}
}
