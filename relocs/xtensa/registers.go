package xtensa

import "mpyld/relocs"

// registers is table QRST, by op1.
func (i *insn) registers() {
	switch i.op1 {
	case 0:
		i.arithmetic()
	case 1:
		i.shifts()
	case 2:
		i.products()
	case 3:
		i.special()
	case 4, 5: // EXTUI
		i.does(t, 0, r)
	case 8: // LSX, LSXP, SSX, SSXP, and of doubles
		if i.op2&8 == 0 {
			i.does(0, s|t, s*operands(i.op2&1))
		}
	case 9: // L32E, S32E, S32NB
		switch i.op2 {
		case 0:
			i.does(0, s, t)
		case 4, 5:
			i.does(t, s, 0)
		}
	case 10, 15:
		i.floats()
	case 14: // of doubles: compare; WFRD
		i.does(0, 0, 0)
		if i.op2 == 8 {
			i.does(s|t, 0, 0)
		}
	case 11: // compare; move if: the condition is in t
		i.does(0, 0, 0)
		if i.op2 >= 8 && i.op2 < 12 {
			i.does(t, 0, 0)
		}
	}
}

// arithmetic is table RST0.
func (i *insn) arithmetic() {
	switch i.op2 {
	case 0:
		i.system()
	case 2: // OR, of which one is MOV
		i.does(s|t, 0, r)
		if i.s == i.t {
			i.computes(relocs.AddImm, i.r, i.s, 0)
		}
	case 1, 3, 8, 9, 10, 11, 12, 13, 14, 15: // AND, XOR, ADD, SUB and with shifts
		i.does(s|t, 0, r)
	case 4:
		switch i.r {
		case 0, 1, 2, 3: // SSR, SSL, SSA8L, SSA8B
			i.does(s, 0, 0)
		case 4, 8: // SSAI; ROTW, which only handlers of exceptions have
			i.does(0, 0, 0)
		case 7: // WER
			i.does(s|t, 0, 0)
		case 6, 14, 15: // RER, NSA, NSAU
			i.does(s, 0, t)
		}
	case 5: // of memory management
		switch i.r {
		case 4, 12:
			i.does(s, 0, 0)
		case 6, 14:
			i.does(s|t, 0, 0)
		case 3, 5, 7, 11, 13, 15:
			i.does(s, 0, t)
		}
	case 6: // NEG, ABS
		i.does(t, 0, r)
	}
}

// system is table ST0.
func (i *insn) system() {
	switch i.r {
	case 0:
		switch i.t {
		case 8, 9: // RET, RETW
			i.Reads = a0
		case 10: // JX
			i.goes(relocs.FlowJump, 0, s)
		case 12, 13, 14, 15: // CALLX0, CALLX4, CALLX8, CALLX12
			i.calls(s)
		}
	case 1: // MOVSP
		i.does(s, 0, t)
		i.computes(relocs.AddImm, i.t, i.s, 0)
	case 4, 5: // BREAK, SYSCALL
		i.Flow = relocs.FlowCall
	case 6: // RSIL
		i.does(0, 0, t)
	case 2, 7, 8, 9, 10, 11: // barriers, WAITI, of booleans
		i.does(0, 0, 0)
	}
}

// shifts is table RST1.
func (i *insn) shifts() {
	switch i.op2 {
	case 0, 1: // SLLI: 32 less a distance
		i.does(s, 0, r)
		i.computes(relocs.Shift, i.r, i.s, int64(32-(i.op2<<4|i.t)))
	case 10: // SLL
		i.does(s, 0, r)
	case 2, 3, 4, 9, 11: // SRAI, SRLI, SRL, SRA
		i.does(t, 0, r)
	case 6: // XSR
		i.does(t, 0, t)
	case 8, 12, 13: // SRC, MUL16U, MUL16S
		i.does(s|t, 0, r)
	case 15: // of caches
		switch i.r {
		case 0, 2, 8, 10:
			i.does(0, s, t)
		case 1, 3, 9, 11:
			i.does(t, s, 0)
		}
	}
}

// products is table RST2.
func (i *insn) products() {
	switch i.op2 {
	case 0, 1, 2, 3, 4: // of booleans
		i.does(0, 0, 0)
	case 6, 7, 8, 10, 11, 12, 13, 14, 15: // SALT, MULL, MULUH, QUOU, REMU and their like
		i.does(s|t, 0, r)
	}
}

// special is table RST3.
func (i *insn) special() {
	switch i.op2 {
	case 0: // RSR
		i.does(0, 0, t)
	case 1: // WSR
		i.does(t, 0, 0)
	case 2, 3: // SEXT, CLAMPS
		i.does(s, 0, r)
	case 4, 5, 6, 7: // MIN, MAX
		i.does(s|t, 0, r)
	case 8, 9, 10, 11: // MOVEQZ and its like
		i.does(s|t|r, 0, r)
	case 12, 13: // MOVF, MOVT
		i.does(s|r, 0, r)
	case 14: // RUR
		i.does(0, 0, r)
	case 15: // WUR
		i.does(t, 0, 0)
	}
}

// floats is table FP0.
func (i *insn) floats() {
	switch i.op2 {
	case 8, 9, 10, 11, 14: // to an integer
		i.does(0, 0, r)
	case 12, 13: // from one
		i.does(s, 0, 0)
	case 15:
		switch i.t {
		case 4: // RFR
			i.does(0, 0, r)
		case 5: // WFR
			i.does(s, 0, 0)
		default:
			i.does(0, 0, 0)
		}
	default:
		i.does(0, 0, 0)
	}
}
