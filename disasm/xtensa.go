package disasm

// xtensaLoads is x86Loads for Xtensa, where code has the table's address from a
// literal, which is such a word:
//
//	l32r a2, 0x10; l32i a8, a2, 20
//
// Instructions have two or three bytes, and literals and padding lie between
// functions, so there is no place to start to read from but the loads of these
// words: from each on, instructions are followed in order (Xtensa Instruction Set
// Architecture Reference Manual, 7).
func xtensaLoads(code []byte, slots map[int]bool) map[int]bool {
	found := map[int]bool{}
	for off := 0; off+3 <= len(code); off++ {
		if code[off]&15 == 1 && slots[literalOf(code, off)] {
			x := &xtensa{code: code, slots: slots, found: found}
			for at, n := off, 0; n < maxFollowed && x.step(at); n++ {
				at += x.size
			}
		}
	}
	return found
}

// maxFollowed is the most instructions to follow from one place, more than are
// worth it: the time that bytes take is to grow with their number only.
const maxFollowed = 2000

type xtensa struct {
	code  []byte
	slots map[int]bool
	found map[int]bool
	size  int       // from the last instruction to the one that runs next
	regs  [16]value // only those with an address in the table matter
}

// literalOf is the place of the word that L32R loads: up to 256 KiB before it.
func literalOf(code []byte, off int) int {
	return (off+3)&^3 + (int(code[off+1])|int(code[off+2])<<8-1<<16)*4
}

// step takes an instruction, and reports whether the next one runs behind it.
func (x *xtensa) step(off int) bool {
	if off+3 > len(x.code) {
		return false
	}
	op, t, s, r, imm := x.code[off]&15, x.code[off]>>4, x.code[off+1]&15, x.code[off+1]>>4, int(x.code[off+2])
	x.size = 3
	switch op {
	case 0:
		return x.registers(t, s, r, imm)
	case 1: // L32R
		x.regs[t] = value{known: true, table: x.slots[literalOf(x.code, off)]}
	case 2:
		x.immediates(t, s, r, imm)
	case 5: // CALL0, CALL4, CALL8, CALL12
		x.called(t & 3)
	case 6: // J, conditional branches, ENTRY
		if t&3 == 0 {
			x.size = 4 + (int(t>>2)|int(s)<<2|int(r)<<6|imm<<10)<<46>>46
			return x.size >= 3 // backwards has been seen
		}
	case 7: // conditional branches
	case 8, 9, 10, 11, 12, 13:
		x.size = 2
		return x.narrow(op, t, s, r)
	default:
		return false
	}
	return true
}

// registers takes an instruction of three registers, the jumps and calls among
// them.
func (x *xtensa) registers(t, s, r byte, ops int) bool {
	switch {
	case ops == 0 && r == 0 && t>>2 == 2: // RET, RETW, JX
		return false
	case ops == 0 && r == 0 && t>>2 == 3: // CALLX0 to CALLX12
		x.called(t & 3)
	case ops == 0x20 && s == t: // MOV
		x.regs[r] = x.regs[s]
	default: // of some, t is what is set
		x.regs[r], x.regs[t] = value{}, value{}
	}
	return true
}

// immediates takes loads, stores and sums with eight bits.
func (x *xtensa) immediates(t, s, r byte, imm int) {
	switch r {
	case 2: // L32I
		x.load(t, s, imm*4)
	case 4, 5, 6: // stores
	case 12: // ADDI
		x.add(t, s, int(int8(imm)))
	case 13: // ADDMI
		x.add(t, s, int(int8(imm))<<8)
	default:
		x.regs[t] = value{}
	}
}

// narrow takes an instruction of two bytes.
func (x *xtensa) narrow(op, t, s, r byte) bool {
	switch {
	case op == 8: // L32I.N
		x.load(t, s, int(r)*4)
	case op == 10: // ADD.N
		x.regs[r] = value{}
	case op == 11: // ADDI.N, of which 0 is -1
		n := int(t)
		if n == 0 {
			n = -1
		}
		x.add(r, s, n)
	case op == 12 && t < 8: // MOVI.N
		x.regs[s] = value{}
	case op == 13 && r == 0: // MOV.N
		x.regs[t] = x.regs[s]
	case op == 13: // RET.N, RETW.N, BREAK.N; NOP.N
		return t == 3
	}
	return true
}

func (x *xtensa) load(t, s byte, distance int) {
	if x.regs[s].table {
		x.found[x.regs[s].addr+distance] = true
	}
	x.regs[t] = value{}
}

func (x *xtensa) add(t, s byte, n int) {
	x.regs[t] = x.regs[s]
	x.regs[t].addr += n
}

// called forgets what a function may change: with register windows, which turn
// by 4 n, all from there on; else all but a12 to a15.
func (x *xtensa) called(n byte) {
	from, to := 4*int(n), 16
	if n == 0 {
		from, to = 0, 12
	}
	clear(x.regs[from:to])
}
