// Package relocs says what a row about a machine may say: which value a
// relocation asks for, how that value sits in the bytes, what instructions do to
// registers, which objects the machine runs, how its code starts and calls, and
// whose firmware loads it.
//
// The rows themselves are in a folder for each family of machines; package
// machines lists them. Scanning, filling, verifying, inspecting, error text and
// tests all read the same row. The package must never open a file or link: a row
// talks about numbers, bytes and names only.
package relocs

// Formula is that of a relocation, in the letters of the psABIs:
// S value of the symbol, A addend, P address of the place, GOT address of
// the global offset table, G offset of the symbol's slot in that table.
type Formula uint8

const (
	Nothing    Formula = iota // no value: the relocation only marks a place
	Abs                       // S + A
	PCRel                     // S + A - P
	GOTSlotRel                // GOT + G + A - P: a slot, from the place
	GOTSlotOff                // G + A: a slot, from the table's start
	GOTBaseRel                // GOT + A - P: the table, from the place
	FromGOT                   // S + A - GOT: a symbol, from the table
	LowOf                     // the low part of the value of the relocation at S (its HI20)
	Add                       // V + S + A, where V is what the place holds
	Sub                       // V - S - A
	Set                       // S + A, as the start of a difference that a Sub ends
	Align                     // A bytes of padding, of which as many stay as the alignment needs
	Refused                   // no native module can have it; Howto.Why says why
)

// NeedsSlot reports whether the formula contains G: the symbol gets a GOT slot.
func (k Formula) NeedsSlot() bool { return k == GOTSlotRel || k == GOTSlotOff }

// Howto is one relocation type of one machine.
type Howto struct {
	Type    uint32
	Name    string // as the psABI spells it
	Formula Formula
	Field   *Field // how the value sits in the bytes; nil for Nothing, Align and Refused

	// Fields lists the fields to choose from where the opcode at the place
	// decides: the first whose opcode bits match. Field is nil then.
	Fields []*Field

	// Branch: the field is a branch target. A branch may go through a veneer
	// and keeps the instruction set only if the target has the same one.
	Branch bool

	// WeakUndefValue is the value with which a branch goes to the instruction after it:
	// what a branch to an undefined weak symbol gets.
	WeakUndefValue int64

	// Mode: the formula is (S + A) | T, where T is the symbol's
	// instruction-set bit (AAELF32 section 5.7.3).
	Mode bool

	// InPlace: the place holds a part of the addend even when the relocation
	// table has one (BFD's partial_inplace).
	InPlace bool

	// NotAfter refuses the relocation in code by the byte before the place, where
	// the instruction there gives it another meaning.
	NotAfter NotAfter

	// LegacySlot: mpy_ld.py also gives global symbols a GOT slot for this type,
	// though nothing reads it; kept for identical bytes.
	LegacySlot bool

	// Narrow is the remedy where the relocation is of an address, in a word that is
	// narrower than the machine's; "" for that of all.
	Narrow string

	// Difference is how many bytes the place has of a distance from S + A, right as long as nothing
	// on the way changes its length; 0: the relocation is of something else. Formula is Nothing.
	Difference int

	// Rewrites are the ways to make an instruction work whose value is not known
	// before the module is loaded, the best first. Of Nothing: what becomes of the
	// instruction in any case.
	Rewrites []*Rewrite

	// Shorter are the ways to say the same in fewer bytes where what is meant is near, the
	// shortest first.
	Shorter []*Shorter

	// Near is what the instruction becomes where what it goes to by way of a slot is at a fixed
	// distance; nil: nobody knows.
	Near *Near

	// Direct is the type of the relocation that a word with this one may have instead, if the code
	// that loads it is changed too (Machine.Direct); 0: there is none.
	Direct uint32

	Spec string // section of the psABI that defines it
	Why  string // Refused: what to tell the user, with the remedy
}

// Data reports whether the relocation is of a number in memory, not of an
// instruction: nothing need be there, and all bits are the value's.
func (h *Howto) Data() bool {
	return h.Field != nil && h.Field.Mask == 0 || h.Formula == Add || h.Formula == Sub || h.Formula == Set
}

// Calls reports whether the relocation may go through a veneer with a field.
func (h *Howto) Calls(f *Field) bool { return h.Branch || f.Call }

// Beyond reports how far from the symbol it is that the relocation calls with a field: 0, unless somebody
// has added something to the symbol.
func (h *Howto) Beyond(f *Field, m *Machine, a int64) int64 {
	switch {
	case !h.Calls(f):
		return 0
	case h.Formula == PCRel:
		return a - m.BranchA
	}
	return a
}

// Branches reports whether with a field the relocation is of an instruction that goes on
// elsewhere, be it by way of an island.
func (h *Howto) Branches(f *Field) bool { return h.Calls(f) || f.NoVeneer != "" }

// Fits is At for bytes that the relocation is known to apply to.
func (h *Howto) Fits(insn []byte) *Field {
	if h.Field != nil {
		return h.Field
	}
	return h.At(insn)
}

// At returns the field for the instruction bytes at the place, or nil when
// the relocation cannot apply to them.
func (h *Howto) At(insn []byte) *Field {
	if h.Field != nil {
		if h.Field.Matches(insn) {
			return h.Field
		}
		return nil
	}
	for _, f := range h.Fields {
		if f.Matches(insn) {
			return f
		}
	}
	return nil
}

// MarksOnly reports whether relocations of the row have no value, only a place,
// and the instruction there stays.
func (h *Howto) MarksOnly() bool { return h != nil && h.Formula == Nothing && len(h.Rewrites) == 0 }

// NotAfter is what a byte must not be, and what is wrong with it.
type NotAfter []struct {
	Mask, Match byte
	Why         string
}

// Refuses returns what is wrong with the byte before a place; "" if nothing is.
func (u NotAfter) Refuses(before byte) (why string) {
	for _, p := range u {
		if before&p.Mask == p.Match {
			return p.Why
		}
	}
	return ""
}

// Why relocations that several machines have cannot work.
const (
	WhyTLS     = "thread-local storage: MicroPython has no threads for native code; remove __thread/_Thread_local, or use a C library built for microcontrollers"
	WhyDynamic = "a relocation of shared objects: link the .o files, not the result of ld -shared or ld -pie"
	WhySize    = "the size of a symbol is not kept in a native module; remove the use of .size expressions"
	WhyRelaxed = "ld makes it while it relaxes: link the .o files, not the result of ld"
)
