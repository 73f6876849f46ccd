package relocs

// Compilers cannot know how far away a function will be, so they call it by instructions that
// reach everything, and mark that the linker may take others. A row has what those are: the
// registers of the old ones stay, and the new one has a relocation of another row.
//
//	auipc ra, 0; jalr ra, ra (R_RISCV_CALL, R_RISCV_RELAX)    jal ra, 0 (R_RISCV_JAL)

// Shorter is a way to say in fewer bytes what the instructions with a relocation say.
type Shorter struct {
	Mark        uint32 // the type of a relocation at the same place, which permits it
	Size        int    // bytes of the instructions, at most 8
	Mask, Match uint64 // what must be there, as a little-endian number

	Len   int    // bytes of what takes their place,
	Code  uint32 // which is this
	Keep  uint64 // with these bits of the old instructions, such as a register,
	Shift int    // moved down by this many bits
	To    uint32 // the type of its relocation, with the symbol and the addend of the old one
}

// Matches reports whether the bytes at a place can become shorter so.
func (s *Shorter) Matches(b []byte) bool {
	return len(b) >= s.Size && getInsns(b[:s.Size])&s.Mask == s.Match
}

// Insn returns what takes the place of the instructions in b, with zeros in the field of its
// relocation.
func (s *Shorter) Insn(b []byte) []byte {
	v := s.Code | uint32(getInsns(b[:s.Size])&s.Keep>>s.Shift)
	out := make([]byte, s.Len)
	for i := range out {
		out[i] = byte(v >> (8 * i))
	}
	return out
}

func getInsns(b []byte) (v uint64) {
	for i := range b {
		v |= uint64(b[i]) << (8 * i)
	}
	return v
}
