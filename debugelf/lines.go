package debugelf

import (
	"encoding/binary"
)

// A line table that starts at the highest address goes on from there at 0, where real code is, and not all
// readers know that address. So what it says of removed code is taken out: all that is between its
// start and its end becomes an instruction that says nothing.
//
//	set_address -1   advance_pc 4   special line+1   end_sequence
//	set_address -1   set_basic_block (as often as there are bytes)   end_sequence
//
// (DWARF 5, section 6.2.5; in versions 2 to 4 it is the same.)

const (
	opExtended      = 0
	opFixedAdvance  = 9 // the only standard one whose operand is no LEB128
	opSetBasicBlock = 7
	extEndSequence  = 1
	extSetAddress   = 2
)

// silence takes the lines of removed code out of .debug_line.
func (m *maker) silence() {
	for _, o := range m.outputs {
		if o.name == ".debug_line" {
			for data := o.data; len(data) > 0; {
				data = silenceUnit(data, m.Map.Machine.Word)
			}
		}
	}
}

// silenceUnit takes the lines of removed code out of the first line program in data, where an
// address has so many bytes, and returns what is behind it. What it does not understand stays.
func silenceUnit(data []byte, word int) (rest []byte) {
	if len(data) < 4 {
		return nil
	}
	length, at, offset := uint64(le.Uint32(data)), 4, 4
	if length == 0xffff_ffff && len(data) >= 12 { // the 64-bit format
		length, at, offset = le.Uint64(data[4:]), 12, 8
	}
	if length > uint64(len(data)-at) {
		return nil
	}
	unit, rest := data[at:at+int(length)], data[at+int(length):]
	program, lengths := lineProgram(unit, offset)
	for len(program) > 0 {
		var dead []byte
		if program, dead = nextSequence(program, lengths, word); dead != nil {
			for i := range dead {
				dead[i] = opSetBasicBlock
			}
		}
	}
	return rest
}

// lineProgram returns the instructions of a unit, which follows its length, and how many operands the
// standard ones have; offset is the size of offsets in its format.
func lineProgram(unit []byte, offset int) (program, lengths []byte) {
	if len(unit) < 2 {
		return nil, nil
	}
	version, at := le.Uint16(unit), 2
	if version >= 5 {
		at += 2 // the sizes of addresses and of segment selectors
	}
	if version < 2 || version > 5 || len(unit) < at+offset {
		return nil, nil
	}
	length := uint64(le.Uint32(unit[at:]))
	if offset == 8 {
		length = le.Uint64(unit[at:])
	}
	header := unit[at+offset:]
	fixed := 5 // minimum_instruction_length, default_is_stmt, line_base, line_range, opcode_base
	if version >= 4 {
		fixed++ // maximum_operations_per_instruction
	}
	if length > uint64(len(header)) || int(length) < fixed {
		return nil, nil
	}
	base := int(header[fixed-1])
	if base == 0 || fixed+base-1 > int(length) || base > opSetBasicBlock && header[fixed+opSetBasicBlock-1] != 0 || base <= opSetBasicBlock {
		return nil, nil
	}
	return header[length:], header[fixed : fixed+base-1]
}

// nextSequence returns what is behind the first sequence of a program, and of removed code all of it between
// its start and its end.
func nextSequence(program, lengths []byte, word int) (rest, dead []byte) {
	from := -1
	for at := 0; at < len(program); {
		op, start := int(program[at]), at
		at++
		switch {
		case op > len(lengths): // special: without operands
		case op == opExtended:
			n, size := binary.Uvarint(program[at:])
			if size <= 0 || n == 0 || n > uint64(len(program)-at-size) {
				return nil, nil
			}
			at += size
			switch body := program[at : at+int(n)]; {
			case body[0] == extSetAddress && len(body) == word+1 && isNobody(body[1:]):
				from = at + int(n)
			case body[0] == extEndSequence && from >= 0:
				return program[at+int(n):], program[from:start]
			case body[0] == extEndSequence:
				return program[at+int(n):], nil
			}
			at += int(n)
		case op == opFixedAdvance:
			at += 2
		default:
			for range lengths[op-1] {
				_, size := binary.Uvarint(program[min(at, len(program)):])
				if size <= 0 {
					return nil, nil
				}
				at += size
			}
		}
	}
	return nil, nil
}

// isNobody reports whether an address is that of no code.
func isNobody(addr []byte) bool {
	for _, b := range addr {
		if b != 0xff {
			return false
		}
	}
	return true
}
