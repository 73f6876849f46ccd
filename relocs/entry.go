package relocs

// A text starts with a jump to mpy_init, since firmware calls its first byte.
// Today a text needs none where mpy_init is in front, and the shortest jump that
// reaches is taken; older mpy_ld.py always wrote one, and each machine's own
// choice of them has changed over time. Modules for old releases start as theirs
// did.
//
// For example, `jmp mpy_init` of x86-64 is e9 00 00 00 00 up to 1.28 where
// mpy_init is right behind it, and nothing since 1.29.

// EntryStyle is a way in which some mpy_ld.py start texts.
type EntryStyle uint8

const (
	EntryToday    EntryStyle = iota // since 1.29
	EntrySince112                   // 1.12 to 1.23
	EntrySince124                   // 1.24 to 1.27
	EntrySince128                   // 1.28
	EntryStyles                     // how many there are
)

// LegacyEntry is how mpy_ld.py started a text before MicroPython 1.29: always with
// a jump, and of its own choice of jumps.
type LegacyEntry struct {
	Jumps []Jump // shortest first
	PadTo int    // bytes that even shorter jumps take
}

// Legacy returns how texts of a style start on the machine, or nil if as today's do.
func (m *Machine) Legacy(style EntryStyle) *LegacyEntry {
	if old := &m.LegacyEntry[style]; len(old.Jumps) > 0 {
		return old
	}
	return nil
}

// Jump is a jump to a known place in the same text: fixed bytes with one
// field in them.
type Jump struct {
	Code  []byte
	Off   int // byte offset of the field in Code
	Field *Field
	A     int64 // value = target + A - (address of the field)
}

// Encode returns the bytes of the jump at address at to target, or false when
// the target is out of reach.
func (j *Jump) Encode(at, target int64) ([]byte, bool) {
	v := target + j.A - (at + int64(j.Off))
	if j.Field.Check(v) != nil {
		return nil, false
	}
	code := append([]byte(nil), j.Code...)
	j.Field.Write(code[j.Off:], v)
	return code, true
}

// Veneer is a code island that jumps to the address held in a word which the
// firmware relocates.
type Veneer struct {
	Code  []byte
	Word  int // byte offset of that word in Code
	Entry int // byte offset of the first instruction

	// From lists the instructions that may take a FarVeneer to a place in the module:
	// those at which the registers that its code writes are free by the ABI. Where it
	// writes none, that is one Opcode for all.
	From []Opcode
}

// Opcode is a kind of instructions.
type Opcode struct {
	Size        int    // bytes
	Mask, Match uint32 // of their little-endian number
}

// MayLead reports whether the instruction at the start of b may take the veneer to a
// place in the module.
func (v *Veneer) MayLead(b []byte) bool {
	for _, op := range v.From {
		if len(b) >= op.Size && getInsn(b[:op.Size])&op.Mask == op.Match {
			return true
		}
	}
	return false
}
