package relocs

// Position-independent code finds an address by way of a table, or of its own place, because
// the loaders of other systems change no code. The firmware does: it relocates any word of text. So
// the word that such code loads may as well be the address itself, as in code that is not
// position-independent, and the way round goes.
//
//	    ldr r3, 1f         GOT - (0f + 4)              goes
//	    ldr r2, 2f         the offset of a slot        goes
//	0:  add r3, pc         r3 is the GOT               goes
//	    ldr r3, [r3, r2]   the slot holds x            ldr r3, 2f
//	1:  .word GOT - ...                                goes
//	2:  .word slot of x                                .word x

// Direct is how code of a machine can have addresses in the words that it loads.
type Direct struct {
	// Loads are those of a word at a distance, shortest first.
	Loads []LiteralLoad

	// Branches and Places are the distances in instructions that depend on where they are: of
	// branches, which count from BranchA behind their place, and of others. Code may be moved if it has no
	// other such instructions but the following.
	Branches []*Field
	Places   []LiteralPlace

	// AddPC adds the place of the instruction to a register: Insn.Op is that.
	// Move is a move that does nothing else, and Trap an instruction that ends all.
	// Tail is a jump through a register that may be one to a function: all others lead to the section's own code.
	Move, Trap, Tail Pattern

	// Table returns the bytes of each entry of the table behind an instruction that jumps by way
	// of it, or 0: numbers without a sign, of units from the table's start.
	Table func(b []byte) int

	// Tables are functions that jump by way of a table behind the call of them, by name.
	Tables map[string]JumpTable

	// Nop is an instruction of Unit bytes that does nothing; Nops are what assemblers pad with.
	Nop  []byte
	Nops [][]byte

	// Saved are the registers that functions give back as they were, the stack pointer among them.
	// Stack is that, and Link what a call leaves the way back in.
	Saved, Stack, Link Registers
}

// JumpTable is a table of places to go on at.
type JumpTable struct {
	Entry  int // bytes of each entry, in units from the start of the table
	Signed bool
}

// LiteralPlace is an instruction that loads something at a distance into what is no register of Insn, or into several.
type LiteralPlace struct {
	Field *Field // of the distance, with the opcode
	Bytes int    // that it loads
}

// LiteralLoad is an instruction that loads a word at a distance.
type LiteralLoad struct {
	Field *Field    // of the distance, with the opcode
	Shift int       // where the register's number is
	Regs  Registers // that it can load
}

// Encode returns the load of a register at a distance, or false if there is none.
func (l *LiteralLoad) Encode(reg int, v int64) ([]byte, bool) {
	if !l.Regs.Has(reg) || l.Field.Check(v) != nil {
		return nil, false
	}
	code := make([]byte, l.Field.Size)
	for i, opcode := 0, l.Field.Match|uint64(reg)<<l.Shift; i < len(code); i++ {
		code[i] = byte(opcode >> (8 * i))
	}
	l.Field.Write(code, v)
	return code, true
}

// Pattern is some bits of an instruction, as a little-endian number of Size bytes.
type Pattern struct {
	Size        int
	Mask, Match uint32
}

// Matches reports whether an instruction has the bits.
func (p *Pattern) Matches(b []byte) bool {
	return len(b) >= p.Size && getInsn(b[:p.Size])&p.Mask == p.Match
}
