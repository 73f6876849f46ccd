package disasm

import "encoding/binary"

// thumbLoads is x86Loads for Thumb, where position-independent code reaches a
// word so: a distance from a literal, plus PC, plus another literal
//
//	ldr r5, [pc, #56]; ldr r3, [pc, #56]; add r5, pc; ldr r4, [r5, r3]
//
// and other code by a literal that is that word (Arm ARM, A7).
//
// The registers are those of the code as it lies there: what comes behind a
// return may have been jumped to with others. So a load from an address that is
// not known, and there is none from the stack among them, may be one from the table.
func thumbLoads(code []byte, slots map[int]bool) (found, maybe map[int]bool) {
	t := &thumb{code: code, slots: slots, found: map[int]bool{}, maybe: map[int]bool{}}
	for off := 0; off+2 <= len(code); {
		op := int(binary.LittleEndian.Uint16(code[off:]))
		if op>>11 >= 0x1d && off+4 <= len(code) {
			t.wide(off, op, int(binary.LittleEndian.Uint16(code[off+2:])))
			off += 4
		} else {
			t.narrow(off, op)
			off += 2
		}
	}
	return t.found, t.maybe
}

type thumb struct {
	code  []byte
	slots map[int]bool
	found map[int]bool
	maybe map[int]bool
	regs  [16]value
}

// literal is the word at a place in the code.
func (t *thumb) literal(at int) value {
	switch {
	case t.slots[at]:
		return value{known: true, table: true}
	case at < 0 || at+4 > len(t.code):
		return value{}
	}
	return value{known: true, addr: int(int32(binary.LittleEndian.Uint32(t.code[at:])))}
}

// load is what a word at a distance from a register's value is.
func (t *thumb) load(base value, distance int) value {
	switch {
	case base.table:
		t.found[base.addr+distance] = true
		return value{}
	case base.known && t.slots[int(int32(base.addr+distance))]:
		return value{known: true, table: true}
	}
	t.maybe[distance] = true
	return value{}
}

// index is what a word at the sum of two registers' values is.
func (t *thumb) index(a, b value) value {
	switch {
	case a.known && b.known && !a.table && !b.table:
		return t.load(a, b.addr)
	case a.table && b.known:
		return t.load(a, b.addr)
	case b.known && !b.table:
		t.maybe[b.addr] = true
	case a.known && !a.table:
		t.maybe[a.addr] = true
	}
	return value{}
}

// called forgets what a call may change.
func (t *thumb) called() {
	for _, r := range []int{0, 1, 2, 3, 12, 14} {
		t.regs[r] = value{}
	}
}

// narrow takes an instruction of two bytes.
func (t *thumb) narrow(off, op int) {
	pc := off + 4
	low, mid, high := op&7, op>>3&7, op>>8&7
	switch {
	case op>>11 == 0x09: // LDR Rt, [PC, #imm8*4]
		t.regs[high] = t.literal(pc&^3 + op&0xff*4)
	case op>>9 == 0x2c: // LDR Rt, [Rn, Rm]
		t.regs[low] = t.index(t.regs[mid], t.regs[op>>6&7])
	case op>>11 == 0x0d: // LDR Rt, [Rn, #imm5*4]
		t.regs[low] = t.load(t.regs[mid], op>>6&31*4)
	case op>>8 == 0x44: // ADD Rd, Rm, of all registers
		rd, rm := op>>4&8|low, op>>3&15
		sum := value{}
		if a := t.regs[rd]; rm == 15 && a.known && !a.table {
			sum = value{known: true, addr: a.addr + pc}
		}
		t.regs[rd] = sum
	case op>>8 == 0x46: // MOV
		t.regs[op>>4&8|low] = t.regs[op>>3&15]
	case op>>11 == 4: // MOVS Rd, #imm8: distances that LDR of Cortex-M0 has no room for
		t.regs[high] = value{known: true, addr: op & 0xff}
	case op>>11 == 6 && t.regs[high].known: // ADDS Rd, #imm8
		t.regs[high].addr += op & 0xff
	case op>>9 == 0x0e && t.regs[mid].known: // ADDS Rd, Rn, #imm3
		t.regs[low] = t.regs[mid]
		t.regs[low].addr += op >> 6 & 7
	case op>>6 == 0: // MOVS Rd, Rm
		t.regs[low] = t.regs[mid]
	case op>>11 == 0 && t.regs[mid].known && !t.regs[mid].table: // LSLS Rd, Rm, #imm5
		t.regs[low] = value{known: true, addr: t.regs[mid].addr << (op >> 6 & 31)}
	case op>>7 == 0x8f: // BLX
		t.called()
	case op == 0x4770 || op>>8 == 0xbd: // BX LR, POP {..., PC}
		t.regs = [16]value{}
	case op>>12 <= 1 || op>>10 == 0x10 || op>>11 == 0x0f || op>>11 == 0x11 || op>>9 >= 0x2b && op>>9 <= 0x2f:
		t.regs[low] = value{} // shifts, sums, ALU, other loads
	case op>>13 == 1 && op>>11 != 5 || op>>11 == 0x13 || op>>12 == 10:
		t.regs[high] = value{} // immediates but CMP, SP-relative loads, ADR
	}
}

// wide takes an instruction of four bytes.
func (t *thumb) wide(off, op, more int) {
	rn, rt, rd := op&15, more>>12, more>>8&15
	switch {
	case op>>11 == 0x1e && more&0xd000 == 0xd000: // BL
		t.called()
	case op&^0x80 == 0xf85f: // LDR.W Rt, [PC, #+/-imm12]
		distance := more & 0xfff
		if op&0x80 == 0 {
			distance = -distance
		}
		t.regs[rt] = t.literal((off+4)&^3 + distance)
	case op&^15 == 0xf8d0: // LDR.W Rt, [Rn, #imm12]
		t.regs[rt] = t.load(t.regs[rn], more&0xfff)
	case op&^15 == 0xf850 && more&0xff0 == 0: // LDR.W Rt, [Rn, Rm]
		t.regs[rt] = t.index(t.regs[rn], t.regs[more&15])
	case op&0xfe50 == 0xe850 && op&0x120 != 0: // LDRD Rt, Rt2, [Rn, #+/-imm8*4]
		distance, base := more&0xff*4, t.regs[rn]
		if op&0x80 == 0 {
			distance = -distance
		}
		t.regs[rt], t.regs[rd] = t.load(base, distance), t.load(base, distance+4)
	case op == 0xe8bd && more&0x8000 != 0: // POP.W {..., PC}
		t.regs = [16]value{}
	case op>>9 == 0x74 || op>>5 == 0x7c0 && op&0x10 == 0: // load and store multiple, stores
	case op&^0x7f == 0xf800 || op>>9 == 0x7c || op&0xfe50 == 0xe850: // other loads, doubles
		t.regs[rt], t.regs[rd] = value{}, value{}
	default:
		t.regs[rd] = value{}
	}
}
