package machines

import (
	"strings"

	"mpyld/relocs"
)

// What an instruction computes, by its text: operands with a shape, in which a letter
// stands for a register (d, s, i: Dst, Src, Index) and # for a number.

type shape struct {
	mnemonics, operands string
	op                  relocs.Op
}

// takes fits a text to a shape, by the names of registers.
func (p *shape) takes(mnemonic, operands string, register func(string) (int, bool), s *relocs.Insn) bool {
	if !isOne(p.mnemonics, mnemonic) {
		return false
	}
	var dst, src, index int
	var imm int64
	for _, c := range p.operands {
		switch c {
		case 'd', 's', 'i':
			n, length := 0, 0
			for length < len(operands) && (operands[length] >= 'a' && operands[length] <= 'z' || operands[length] >= '0' && operands[length] <= '9') {
				length++
			}
			n, ok := register(operands[:length])
			if !ok {
				return false
			}
			operands = operands[length:]
			switch c {
			case 'd':
				dst = n
			case 's':
				src = n
			case 'i':
				index = n
			}
		case '#':
			length := strings.IndexAny(operands+",", ",()]")
			n, err := parseNumber(operands[:length])
			if err != nil {
				return false
			}
			imm, operands = n, operands[length:]
		default:
			if operands == "" || operands[0] != byte(c) {
				return false
			}
			operands = operands[1:]
		}
	}
	if operands != "" {
		return false
	}
	s.Op, s.Dst, s.Src, s.Index, s.Imm = p.op, int8(dst), int8(src), int8(index), imm
	return true
}

var thumbShapes = []shape{
	{"movs", "d, #", relocs.Number},
	{"movw", "d, #", relocs.Number},
	{"mov movs", "d, s", relocs.AddImm},
	{"adds", "d, s, #", relocs.AddImm},
	{"subs", "d, s, #", relocs.AddImm},
	{"adds subs", "d, #", relocs.AddImm},
	{"lsls", "d, s, #", relocs.Shift},
	{"add", "d, pc", relocs.AddPC},
	{"ldr", "d, [pc, #]", relocs.Constant},
	{"ldr", "d, [pc]", relocs.Constant},
	{"ldr ldrt", "d, [s, #]", relocs.Load},
	{"ldr ldrt", "d, [s]", relocs.Load},
	{"ldr", "d, [s, #]!", relocs.Load},
	{"ldr", "d, [s], #", relocs.Load},
	{"ldr", "d, [s, i]", relocs.LoadSum},
	{"ldrd", "d, i, [s, #]", relocs.LoadPair},
	{"ldrd", "d, i, [s, #]!", relocs.LoadPair},
	{"ldrd", "d, i, [s]", relocs.LoadPair},
	{"ldrd", "d, i, [s], #", relocs.LoadPair},
}

// computesThumb: wide forms of sums are left to Other, and loads from the stack.
func computesThumb(mnemonic, operands string, s *relocs.Insn) {
	register := func(name string) (int, bool) {
		r := registersIn(name)
		return r.First(), r != 0 && name != "pc"
	}
	operands = strings.ReplaceAll(operands, "#", "=")
	for i := range thumbShapes {
		if !thumbShapes[i].takes(mnemonic, operands, register, s) {
			continue
		}
		switch {
		case s.Size == 4 && !isOne("ldr ldrt ldrd movw", mnemonic), s.Src == 13 && s.Op >= relocs.Load, s.Dst == 15:
			s.Op = relocs.Other
		case mnemonic == "subs":
			s.Imm = -s.Imm
		}
		if isOne("adds subs", mnemonic) && strings.Count(operands, ",") == 1 {
			s.Src = s.Dst
		}
		if s.Op == relocs.AddPC {
			s.Src = s.Dst
		}
		if strings.Contains(operands, "], ") {
			s.Imm = 0
		}
		return
	}
}

var riscvShapes = []shape{
	{"li", "d, #", relocs.Number},
	{"lui", "d, #", relocs.Number},
	{"auipc", "d, #", relocs.Address},
	{"addi", "d, s, #", relocs.AddImm},
	{"addi", "d, #", relocs.AddImm},
	{"mv", "d, s", relocs.AddImm},
	{"lb lh lw ld lbu lhu lwu lwsp ldsp", "d, #(s)", relocs.Load},
}

func computesRISCV(mnemonic, operands string, s *relocs.Insn) {
	register := func(name string) (int, bool) {
		n, err := parseNumber(strings.TrimPrefix(name, "x"))
		return int(n), err == nil && name[0] == 'x'
	}
	for i := range riscvShapes {
		if !riscvShapes[i].takes(mnemonic, operands, register, s) {
			continue
		}
		if mnemonic == "addi" && strings.Count(operands, ",") == 1 {
			s.Src = s.Dst
		}
		if isOne("lui auipc", mnemonic) {
			s.Imm = int64(int32(s.Imm << 12))
		}
		switch {
		case s.Dst == 0 || s.Op == relocs.Load && s.Src == 0:
			s.Op = relocs.Other
		case s.Op == relocs.AddImm && s.Src == 0:
			s.Op = relocs.Number
		}
		return
	}
}
