package arm

import (
	"math/bits"

	"mpyld/relocs"
)

// What Thumb instructions compute that can be an address, or what leads to one
// (relocs.Op). PC is 4 bytes ahead, and of a load a multiple of 4. Loads from the
// stack are left out: a table is not there.

// computes says that dst becomes what op makes of src and a number.
func computes(s *relocs.Insn, op relocs.Op, dst, src uint32, imm int64) {
	if dst != pc { // that would be a jump
		s.Op, s.Dst, s.Src, s.Imm = op, int8(dst), int8(src), imm
	}
}

// computesPC is the same of an op with PC.
func computesPC(s *relocs.Insn, op relocs.Op, dst, src, mask uint32, imm int64) {
	computes(s, op, dst, src, imm)
	s.PCAdd, s.PCMask = 4, int8(mask)
}

// 16-bit instructions. LSL with no distance is a move.

func opShift(h uint32, s *relocs.Insn) {
	switch distance := int64(h >> 6 & 31); {
	case h>>11 != 0: // LSR
	case distance == 0:
		computes(s, relocs.AddImm, h&7, h>>3&7, 0)
	default:
		computes(s, relocs.Shift, h&7, h>>3&7, distance)
	}
}

func opAdd3(h uint32, s *relocs.Insn) {
	computes(s, relocs.AddImm, h&7, h>>3&7, signed(h>>9&1, int64(h>>6&7)))
}

func opMove8(h uint32, s *relocs.Insn) { computes(s, relocs.Number, h>>8&7, 0, int64(h&0xff)) }

func opAdd8(h uint32, s *relocs.Insn) {
	computes(s, relocs.AddImm, h>>8&7, h>>8&7, signed(h>>11&1, int64(h&0xff)))
}

func opAddHigh(h uint32, s *relocs.Insn) {
	if rd := h>>4&8 | h&7; h>>3&15 == pc {
		computesPC(s, relocs.AddPC, rd, rd, 0, 0)
	}
}

func opMoveHigh(h uint32, s *relocs.Insn) {
	if from := h >> 3 & 15; from != pc {
		computes(s, relocs.AddImm, h>>4&8|h&7, from, 0)
	}
}

// opIfThen: IT says of as many instructions as its lowest four bits have in front of
// the last one that is set.
func opIfThen(h uint32, s *relocs.Insn) {
	if mask := h & 15; mask != 0 {
		s.Guards = int8(4 - bits.TrailingZeros32(mask))
	}
}

func opLiteral(h uint32, s *relocs.Insn) {
	computesPC(s, relocs.Constant, h>>8&7, 0, 3, int64(h&0xff)*4)
}

func opLoad(h uint32, s *relocs.Insn) {
	computes(s, relocs.Load, h&7, h>>3&7, int64(h>>6&31)*4)
}

func opLoadSum(h uint32, s *relocs.Insn) {
	computes(s, relocs.LoadSum, h&7, h>>3&7, 0)
	s.Index = int8(h >> 6 & 7)
}

// 32-bit instructions.

// opMove16: MOVW.
func opMove16(u uint32, s *relocs.Insn) {
	computes(s, relocs.Number, u>>8&15, 0, int64(u>>16&15<<12|u>>26&1<<11|u>>12&7<<8|u&0xff))
}

// opPlain: of PC, ADR. (Of other instructions, 15 for the first operand says that there
// is none.)
func opPlain(u uint32, s *relocs.Insn) { s.Placed = u>>16&15 == pc }

func opLongLiteral(u uint32, s *relocs.Insn) {
	computesPC(s, relocs.Constant, u>>12&15, 0, 3, signed(^u>>23&1, int64(u&0xfff)))
}

func opLongLoad(u uint32, s *relocs.Insn) {
	if from := u >> 16 & 15; from != sp {
		computes(s, relocs.Load, u>>12&15, from, int64(u&0xfff))
	}
}

// opLoadBack: LDR with eight bits, which may change the base, before or after.
func opLoadBack(u uint32, s *relocs.Insn) {
	offset := signed(^u>>9&1, int64(u&0xff))
	if u>>10&1 == 0 {
		offset = 0
	}
	if from := u >> 16 & 15; from != sp {
		computes(s, relocs.Load, u>>12&15, from, offset)
	}
}

func opLongLoadSum(u uint32, s *relocs.Insn) {
	if u>>4&3 == 0 && u>>16&15 != sp { // the index as it is
		computes(s, relocs.LoadSum, u>>12&15, u>>16&15, 0)
		s.Index = int8(u & 15)
	}
}

// opLoadPair: LDRD, also with the base changed, before or after.
func opLoadPair(u uint32, s *relocs.Insn) {
	from, offset := u>>16&15, signed(^u>>23&1, int64(u&0xff)*4)
	if u>>24&1 == 0 {
		offset = 0
	}
	if from != sp && from != pc {
		computes(s, relocs.LoadPair, u>>12&15, from, offset)
	}
}

// signed returns a number, less than zero if a bit says so.
func signed(minus uint32, n int64) int64 {
	if minus != 0 {
		return -n
	}
	return n
}
