package relocs

// Code that may be for a shared library loads the address of what another file defines from a
// slot of the GOT. In a module, what is in text is at a fixed distance from the code: the address
// can be computed by an instruction of as many bytes, and needs no slot. A row has what that is.
//
//	mov x@GOTPCREL(%rip), %rax (R_X86_64_REX_GOTPCRELX)    lea x(%rip), %rax (R_X86_64_PC32)

// Near is what an instruction that is about a slot becomes where what the slot would hold is at a
// fixed distance.
type Near struct {
	Before      int    // bytes of the instruction in front of the relocation's place that are looked at
	Size        int    // how many bytes that are from there on, at most 4
	Mask, Match uint32 // what must be there, as a little-endian number
	Code        uint32 // what takes their place,
	Keep        uint32 // with these bits of the old ones
	A           int64  // the addend must be this: another one is about a place next to the slot
	To          uint32 // the type of the relocation then, with the same symbol and addend
	Pair        bool   // it is only the first of two; those that go by its label (LowOf) have rows, too, and all become another or none
}

// Matches reports whether a section's bytes, with the relocation at an offset, are such an
// instruction.
func (n *Near) Matches(data []byte, off uint32) bool {
	from := int64(off) - int64(n.Before)
	return from >= 0 && from+int64(n.Size) <= int64(len(data)) && getInsn(data[from:from+int64(n.Size)])&n.Mask == n.Match
}

// Insn returns what takes the place of Size bytes.
func (n *Near) Insn(b []byte) []byte {
	v := n.Code | getInsn(b[:n.Size])&n.Keep
	out := make([]byte, n.Size)
	for i := range out {
		out[i] = byte(v >> (8 * i))
	}
	return out
}
