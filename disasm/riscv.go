package disasm

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/arch/riscv64/riscv64asm"
)

// registerNames are the names that the calling convention gives to x0 to x31.
var registerNames = strings.Fields("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6")

// registers is compiled when it is needed first: links do not need it.
var registers = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bx([12]?[0-9]|3[01])\b`) })

// only64 are instructions that RV32 does not have.
var only64 = map[riscv64asm.Op]bool{
	riscv64asm.LD: true, riscv64asm.SD: true, riscv64asm.LWU: true, riscv64asm.C_LD: true, riscv64asm.C_SD: true,
	riscv64asm.C_LDSP: true, riscv64asm.C_SDSP: true, riscv64asm.ADDIW: true, riscv64asm.SLLIW: true,
	riscv64asm.SRLIW: true, riscv64asm.SRAIW: true, riscv64asm.ADDW: true, riscv64asm.SUBW: true, riscv64asm.SLLW: true,
	riscv64asm.SRLW: true, riscv64asm.SRAW: true, riscv64asm.MULW: true, riscv64asm.DIVW: true, riscv64asm.DIVUW: true,
	riscv64asm.REMW: true, riscv64asm.REMUW: true, riscv64asm.C_ADDIW: true, riscv64asm.C_ADDW: true, riscv64asm.C_SUBW: true,
}

func riscv(code []byte, off, bits int) Line {
	if bits == 32 && len(code) >= 2 {
		// The one instruction of RV32 that has another meaning in RV64, of those
		// without floating point: C.JAL is C.ADDIW there (RISC-V spec, table 16.5).
		if x := binary.LittleEndian.Uint16(code); x&0xe003 == 0x2001 {
			return branch(off, 2, "jal", off+cjOffset(x))
		}
	}
	inst, err := riscv64asm.Decode(code)
	if err != nil || inst.Len == 0 {
		return Line{}
	}
	if bits == 32 && only64[inst.Op] {
		return Line{}
	}
	text := registers().ReplaceAllStringFunc(strings.ToLower(riscv64asm.GNUSyntax(inst)), func(x string) string {
		n, _ := strconv.Atoi(x[1:])
		return registerNames[n]
	})
	if d, ok := riscvDistance(&inst); ok {
		i := strings.LastIndexAny(text, " ,")
		return branch(off, inst.Len, strings.TrimRight(text[:i+1], " "), off+d)
	}
	return Line{Off: off, Size: inst.Len, Text: text, Target: -1, Refers: -1}
}

// cjOffset is the distance in a compressed jump: imm[11|4|9:8|10|6|7|3:1|5] in
// bits 12..2.
func cjOffset(x uint16) int {
	bit := func(from, to int) int { return int(x>>from&1) << to }
	v := bit(12, 11) | bit(11, 4) | bit(10, 9) | bit(9, 8) | bit(8, 10) | bit(7, 6) | bit(6, 7) | bit(5, 3) | bit(4, 2) | bit(3, 1) | bit(2, 5)
	if v&0x800 != 0 {
		v -= 0x1000
	}
	return v
}

// riscvDistance is how far a jump or branch leads.
func riscvDistance(inst *riscv64asm.Inst) (int, bool) {
	switch inst.Op {
	case riscv64asm.BEQ, riscv64asm.BNE, riscv64asm.BLT, riscv64asm.BGE, riscv64asm.BLTU, riscv64asm.BGEU,
		riscv64asm.JAL, riscv64asm.C_J, riscv64asm.C_BEQZ, riscv64asm.C_BNEZ:
	default:
		return 0, false
	}
	for _, arg := range inst.Args {
		if imm, ok := arg.(riscv64asm.Simm); ok {
			return int(imm.Imm), true
		}
	}
	return 0, false
}

// riscvLoads is x86Loads for RISC-V, where an address takes two instructions:
// AUIPC, and a load with the low part.
func riscvLoads(code []byte, bits int, slots map[int]bool) map[int]bool {
	found := map[int]bool{}
	var regs [32]value
	for off := 0; off+2 <= len(code); {
		inst := decodeRISCV(code[off:], bits)
		if inst.size == 0 {
			off += 2
			regs = [32]value{}
			continue
		}
		base := regs[inst.rs1]
		if inst.loads && base.table {
			found[base.addr+inst.imm] = true
		}
		switch {
		case inst.ret:
			regs = [32]value{}
		case inst.call:
			for _, r := range callerSaved {
				regs[r] = value{}
			}
		case inst.rd != 0:
			v := value{}
			switch {
			case inst.auipc:
				v = value{known: true, addr: off + inst.imm}
			case inst.loads && base.known && !base.table && slots[base.addr+inst.imm]:
				v = value{known: true, table: true}
			case inst.moves && base.known:
				v = base
				v.addr += inst.imm
			}
			regs[inst.rd] = v
		}
		off += inst.size
	}
	return found
}

// callerSaved are ra, t0-t2, a0-a7, t3-t6.
var callerSaved = [...]int{1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31}

// step is what an instruction does, as far as riscvLoads cares.
type step struct {
	size                           int
	rd, rs1, imm                   int
	loads, moves, auipc, call, ret bool
}

// decodeRISCV decodes the instructions that matter; of others, which register
// they change.
func decodeRISCV(code []byte, bits int) step {
	x := uint32(binary.LittleEndian.Uint16(code))
	if x&3 != 3 {
		return decodeCompressed(int(x), bits)
	}
	if len(code) < 4 {
		return step{}
	}
	x = binary.LittleEndian.Uint32(code)
	s := step{size: 4, rd: int(x >> 7 & 31), rs1: int(x >> 15 & 31), imm: int(int32(x) >> 20)}
	switch x & 0x7f {
	case 0x17:
		s.auipc, s.rs1, s.imm = true, 0, int(int32(x&0xfffff000))
	case 0x03:
		s.loads = true
	case 0x13:
		s.moves = x>>12&7 == 0
	case 0x67, 0x6f:
		s.call = s.rd != 0
		s.ret = x&0x7f == 0x67 && s.rd == 0 && s.rs1 == 1
		s.rd = 0
	case 0x23, 0x63, 0x0f, 0x27: // stores, branches, fences
		s.rd = 0
	}
	return s
}

// decodeCompressed is decodeRISCV for two bytes (RISC-V spec, chapter 16).
func decodeCompressed(x, bits int) step {
	s := step{size: 2}
	near := func(shift int) int { return 8 + x>>shift&7 }
	switch funct, quadrant := x>>13, x&3; {
	case quadrant == 0 && funct == 2: // C.LW
		s.loads, s.rd, s.rs1 = true, near(2), near(7)
		s.imm = x>>10&7<<3 | x>>6&1<<2 | x>>5&1<<6
	case quadrant == 0 && funct == 3 && bits == 64: // C.LD
		s.loads, s.rd, s.rs1 = true, near(2), near(7)
		s.imm = x>>10&7<<3 | x>>5&3<<6
	case quadrant == 0 && funct < 4:
		s.rd = near(2)
	case quadrant == 1 && funct == 1 && bits == 32:
		s.call = true
	case quadrant == 1 && funct == 0: // C.ADDI
		s.moves, s.rd, s.rs1 = true, x>>7&31, x>>7&31
		s.imm = x>>2&31 - x>>12&1<<5
	case quadrant == 1 && funct < 4:
		s.rd = x >> 7 & 31
	case quadrant == 1 && funct == 4:
		s.rd = near(7)
	case quadrant == 2 && funct < 4:
		s.rd = x >> 7 & 31
	case quadrant == 2 && funct == 4:
		rd, rs2 := x>>7&31, x>>2&31
		switch {
		case rs2 != 0 && x>>12&1 == 0: // C.MV
			s.moves, s.rd, s.rs1 = true, rd, rs2
		case rs2 != 0: // C.ADD
			s.rd = rd
		case x>>12&1 == 1: // C.JALR
			s.call = true
		default:
			s.ret = rd == 1
		}
	}
	return s
}
