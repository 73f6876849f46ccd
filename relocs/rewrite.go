package relocs

import (
	"math/bits"
	"slices"
)

// The firmware relocates words, so an instruction that holds an address must
// become another one: of the same length, since code is never moved, and with
// the same effect on its register once the rest of the sequence has run. What
// it becomes is a row, Howto.Rewrite; where the register goes meanwhile is what
// Machine.Decode is for.

// Replacement is the instruction that takes the place of another one.
type Replacement struct {
	Size        int    // bytes of both, at most 4
	Mask, Match uint32 // what must be there, as a little-endian number
	Code        uint32 // what takes its place,
	Keep        uint32 // with these bits of the old instruction, such as its registers,
	Shift       int    // moved up by this many bits
}

// Matches reports whether the bytes at a place are an instruction that can be
// replaced.
func (n *Replacement) Matches(b []byte) bool {
	return len(b) >= n.Size && getInsn(b[:n.Size])&n.Mask == n.Match
}

// Replace writes to out what takes the place of the instruction in b.
func (n *Replacement) Replace(out, b []byte) {
	v := n.Code | getInsn(b[:n.Size])&n.Keep<<n.Shift
	for i := range n.Size {
		out[i] = byte(v >> (8 * i))
	}
}

func getInsn(b []byte) (v uint32) {
	for i := range b {
		v |= uint32(b[i]) << (8 * i)
	}
	return v
}

// Flow says which instruction runs after one.
type Flow uint8

const (
	FlowNext   Flow = iota // the one behind it
	FlowBranch             // that, or the one at Target
	FlowGoto               // the one at Target
	FlowCall               // the one behind it, if what is called comes back: a function (at Target, unless a register has its address), the system, a debugger
	FlowJump               // one whose address is computed: through a table, or of another function
	FlowStop               // none of this function: a return, a trap, or bytes that are no instruction
)

// Registers is a set: bit n is register n, or a word of the stack (Slots).
type Registers uint64

// Has reports whether the set has register n.
func (r Registers) Has(n int) bool { return n >= 0 && r>>n&1 != 0 }

// One returns the set of one register.
func One(n uint32) Registers { return 1 << n }

// First returns the lowest register of the set, or -1.
func (r Registers) First() int {
	if r == 0 {
		return -1
	}
	return bits.TrailingZeros64(uint64(r))
}

// Insn is what one instruction does, as far as it matters to where the value
// of a register goes. It is the same on all machines: sets have the integer
// registers that hold values, the stack pointer and the link register among them. The program
// counter and a register that is always zero are in none: their values are known,
// and to write them is a Flow or nothing. It tells of the instruction alone, and as if it
// runs: not of a condition that instructions before it set up, nor
// of a function that it calls (Machine.Uses).
type Insn struct {
	Size    int       // bytes
	Reads   Registers // whose values anything depends on
	Writes  Registers // set to something else
	Sources Registers // of Reads: those that what is written, to such registers or memory, may be computed from; no addresses of memory
	Flow    Flow
	Target  int64 // of FlowBranch and FlowGoto, from the address of the instruction

	// Only of machines with rows of kind LowerRel, where an instruction adds to
	// a register, and values are followed through memory.
	Base  int   // the register that its immediate is added to, or -1
	Slot  int64 // a number for the word of the stack frame that it loads or stores; 0: none
	Store bool  // it stores that
}

// Uses returns the registers that a step reads or writes in any way, also in a
// function that it calls.
func (m *Machine) Uses(s *Insn) Registers {
	if s.Flow == FlowCall {
		return s.Reads | s.Writes | m.CallUses
	}
	return s.Reads | s.Writes
}

// Slots gives register numbers from 32 on to the words of the stack that a
// value is saved in, in the order in which a walk through code meets them.
type Slots []int64

const maxSlots = 32

// Number adds the number of the word that a step stores or loads to its Writes
// or Sources. A word gets one
// when it matters. It reports false
// when there are no more numbers.
func (s *Slots) Number(insn *Insn, matters bool) bool {
	if insn.Slot == 0 {
		return true
	}
	i := slices.Index(*s, insn.Slot)
	switch {
	case i >= 0:
	case !matters:
		return true
	case len(*s) == maxSlots:
		return false
	default:
		i = len(*s)
		*s = append(*s, insn.Slot)
	}
	word := Registers(1) << (32 + i)
	if insn.Store {
		insn.Writes |= word
	} else {
		insn.Sources |= word
	}
	return true
}

// Size returns the bytes at a place that the relocation is about, or 0 when it
// cannot apply to what is there.
func (h *Howto) Size(b []byte) int {
	if h.Kind == Erased && h.Replacement.Matches(b) {
		return h.Replacement.Size
	}
	if f := h.At(b); f != nil {
		return f.Size
	}
	return 0
}

// Thunk is code that puts an address into a register and goes back. Upper
// parts of an address that are relative to the places of their instructions
// differ, so where code goes on from one of several, each goes through a thunk after
// which the register is the same. And an address at no fixed distance from code
// can only be loaded.
type Thunk struct {
	Code  []byte
	Reg   []int  // bit positions of the register's number in Code
	Value *Field // at the start of Code: the address, from there; of a LoadingThunk, that of the word with it
	From  int    // byte offset of the instruction that the register's value comes from, before others add to it
	Back  *Field // the jump back, from itself
	At    int    // byte offset of the jump in Code
}

// Encode returns the code for a register, an address relative to the start of
// the code and a destination relative to the jump at its end.
func (d *Thunk) Encode(reg int, value, back int64) []byte {
	code := append([]byte(nil), d.Code...)
	for _, bit := range d.Reg {
		// A register's number may cross a byte.
		code[bit/8] |= byte(reg << (bit % 8))
		code[bit/8+1] |= byte(reg << (bit % 8) >> 8)
	}
	d.Value.Write(code, value)
	d.Back.Write(code[d.At:], back)
	return code
}
