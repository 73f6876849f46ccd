package relocs

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
