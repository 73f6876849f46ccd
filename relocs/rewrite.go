package relocs

// The firmware relocates words, so an instruction that holds an address must
// become another one: of the same length, since code is never moved, and with
// the same effect on its register once the rest of the sequence has run. A row says
// what it becomes; where the register goes meanwhile is what Machine.Decode is for.
//
//	lui   a0, %hi(x)          auipc a0, %pcrel_hi(x)      Upper
//	addi  a0, a0, %lo(x)      addi  a0, a0, %pcrel_lo     Lower

// Part is what of an address an instruction is for, after rewriting.
type Part uint8

const (
	Erased Part = iota // nothing any more: another one has it all
	Upper              // as much as one instruction can hold: each Lower that uses the result adds the rest of its own value
	Lower              // what the Upper leaves
	Whole              // all of it
	Half               // the half of it that the instruction had, and nothing else
)

// Needs is a set of what layout must make for an instruction.
type Needs uint8

const (
	NeedThunk Needs = 1 << iota
	NeedSlot
	NeedPool
)

// Rewrite is one way to make an instruction that the firmware cannot relocate
// work: by another one of the same length.
type Rewrite struct {
	Name        string       // of the relocation and the way, for people
	Part        Part         // what of S + A the instruction gets
	Needs       Needs        // what must be made for that
	Replacement *Replacement // the other instruction; nil: only the value of the field changes
	Field       *Field       // how the value sits in it; nil of Erased
	Why         string       // the remedy where it fails
	WhyCall     string       // another one, where a call is between the instructions; "" if none is known
}

// At returns the field for the instruction bytes of the object at the place, or nil
// when the way is none for them.
func (r *Rewrite) At(insn []byte) *Field {
	switch {
	case r.Replacement != nil && r.Replacement.Matches(insn), r.Replacement == nil && r.Field.Matches(insn):
		return r.Field
	}
	return nil
}

// Size returns the bytes at a place that are another instruction's then, or 0 when
// the way is none for what is there.
func (r *Rewrite) Size(b []byte) int {
	switch {
	case r.Replacement != nil && !r.Replacement.Matches(b), r.Field != nil && len(b) < r.Field.Size:
		return 0
	case r.Replacement != nil:
		return r.Replacement.Size
	}
	return r.Field.Size
}

// RewriteTo returns the way that has an instruction be for a part and needs just that, or nil.
func (h *Howto) RewriteTo(part Part, needs Needs) *Rewrite {
	for _, r := range h.Rewrites {
		if r.Part == part && r.Needs == needs {
			return r
		}
	}
	return nil
}

// Rewrite returns the first way that needs just that, or nil.
func (h *Howto) Rewrite(needs Needs) *Rewrite {
	for _, r := range h.Rewrites {
		if r.Needs == needs {
			return r
		}
	}
	return nil
}

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
	if h.Formula == Nothing && len(h.Rewrites) > 0 && h.Rewrites[0].Replacement.Matches(b) {
		return h.Rewrites[0].Replacement.Size
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
