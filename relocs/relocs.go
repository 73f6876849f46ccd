// Package relocs holds, for each machine, which value a relocation asks for
// and how that value sits in the bytes: one row of data per relocation type.
//
// Scanning, filling, verifying, error text and tests all read the same row.
// The package must never know sections, symbols or files: a row talks about
// numbers and bytes only.
package relocs

import "debug/elf"

// Kind is the formula of a relocation, in the letters of the psABIs:
// S value of the symbol, A addend, P address of the place, GOT address of
// the global offset table, G offset of the symbol's slot in that table.
type Kind uint8

const (
	Nothing    Kind = iota // no value: the relocation only marks a place
	Abs                    // S + A
	PCRel                  // S + A - P
	GOTSlotRel             // GOT + G + A - P: a slot, from the place
	GOTSlotOff             // G + A: a slot, from the table's start
	GOTBaseRel             // GOT + A - P: the table, from the place
	FromGOT                // S + A - GOT: a symbol, from the table
	LowOf                  // the low part of the value of the relocation at S (its HI20)
	Add                    // V + S + A, where V is what the place holds
	Sub                    // V - S - A
	Set                    // S + A, as the start of a difference that a Sub ends
	Align                  // A bytes of padding, of which as many stay as the alignment needs
	Fixed                  // no value: Howto.Insn takes the place of the instruction
	UpperRel               // S + A - P, as far as one instruction can hold it: each LowerRel that uses the result adds the rest of its own value
	LowerRel               // S + A - (P + V of the UpperRel), so that together they are S + A
	Detoured               // D - P, where D is a Detour that does what the UpperRel cannot
	Loaded                 // D - P, where D is a Detour that loads what the UpperRel cannot make from a word
	LoadedAll              // the same, of an upper part whose LowOfs then have nothing to add
	Pooled                 // W - P, where W is a word that holds S + A
	Refused                // no native module can have it; Howto.Why says why
)

// NeedsSlot reports whether the formula contains G: the symbol gets a GOT slot.
func (k Kind) NeedsSlot() bool { return k == GOTSlotRel || k == GOTSlotOff }

// Howto is one relocation type of one machine.
type Howto struct {
	Type  uint32
	Name  string // as the psABI spells it
	Kind  Kind
	Field *Field // how the value sits in the bytes; nil for Nothing, Align and Refused

	// Pick lists the fields to choose from where the opcode at the place
	// decides: the first whose opcode bits match. Field is nil then.
	Pick []*Field

	// Branch: the field is a branch target. A branch may go through a veneer
	// and keeps the instruction set only if the target has the same one.
	Branch bool

	// Next is the value with which a branch goes to the instruction after it:
	// what a branch to an undefined weak symbol gets.
	Next int64

	// Mode: the formula is (S + A) | T, where T is the symbol's
	// instruction-set bit (AAELF32 section 5.7.3).
	Mode bool

	// InPlace: the place holds a part of the addend even when the relocation
	// table has one (BFD's partial_inplace).
	InPlace bool

	// Unless refuses the relocation in code by the byte before the place, where
	// the instruction there gives it another meaning.
	Unless *Unless

	// Slot: mpy_ld.py also gives global symbols a GOT slot for this type,
	// though nothing reads it; kept for identical bytes.
	Slot bool

	// Rewrite: an instruction whose field cannot hold S + A before the module is
	// loaded becomes another one, with this row in place of its own. Of an
	// UpperRel: the row where LowerRels add to it and to others. Of a Detoured: the
	// row where S moves on its own, and so of a PCRel. Insn, in such a row and in Fixed ones, is that
	// other one; it may be nil where only the value of the field changes.
	Rewrite *Howto
	Insn    *Insn

	Spec string // section of the psABI that defines it
	Why  string // Refused: what to tell the user, with the remedy; of a Rewrite: the remedy where it fails
}

// Data reports whether the relocation is of a number in memory, not of an
// instruction: nothing need be there, and all bits are the value's.
func (h *Howto) Data() bool {
	return h.Field != nil && h.Field.Mask == 0 || h.Kind == Add || h.Kind == Sub || h.Kind == Set
}

// Calls reports whether the relocation may go through a veneer with a field.
func (h *Howto) Calls(f *Field) bool { return h.Branch || f.Call }

// At returns the field for the instruction bytes at the place, or nil when
// the relocation cannot apply to them.
func (h *Howto) At(insn []byte) *Field {
	if h.Field != nil {
		if h.Field.Matches(insn) {
			return h.Field
		}
		return nil
	}
	for _, f := range h.Pick {
		if f.Matches(insn) {
			return f
		}
	}
	return nil
}

// Unless is what a byte must not be, and what is wrong with it.
type Unless struct {
	Patterns []struct{ Mask, Match byte }
	Why      string
}

// Refuses reports whether the byte before a place has one of the patterns.
func (u *Unless) Refuses(before byte) bool {
	if u == nil {
		return false
	}
	for _, p := range u.Patterns {
		if before&p.Mask == p.Match {
			return true
		}
	}
	return false
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

// OldEntry is how mpy_ld.py started a text before MicroPython 1.29: always with
// a jump, and of its own choice of jumps.
type OldEntry struct {
	Jumps []Jump // shortest first
	Room  int    // bytes that even shorter jumps take
}

// sameEntry is the OldEntry of machines where it never changed.
func sameEntry(jumps []Jump) map[string]OldEntry {
	old := OldEntry{Jumps: jumps}
	return map[string]OldEntry{"1.12": old, "1.24": old, "1.28": old}
}

// Veneer is a code island that jumps to the address held in a word which the
// firmware relocates.
type Veneer struct {
	Code  []byte
	Word  int // byte offset of that word in Code
	Entry int // byte offset of the first instruction
}

// Machine is one native architecture as the linker sees it.
type Machine struct {
	Arch   string // mpy architecture name: "armv7m"
	ELF    elf.Machine
	Class  elf.Class
	Howtos []Howto // sorted by Type

	// ExplicitAddends: the psABI has relocations with addends only (RELA); the
	// fields of some could not hold one.
	ExplicitAddends bool

	// SectionTypes are the machine's own types of sections that objects may have.
	SectionTypes []elf.SectionType

	// ModeBits are the low bits of a function symbol's value that select the
	// instruction set instead of addressing (1 on Arm: Thumb). ModeWhy is the
	// remedy for a function without them.
	ModeBits uint8
	ModeWhy  string

	// Entry lists the jumps that may start a text, shortest first.
	Entry []Jump

	// AlwaysEntry: mpy_ld.py emits the entry jump even when mpy_init is the
	// first instruction of the text.
	AlwaysEntry bool

	// OldEntry is how older mpy_ld.py start a text, by the release that began
	// to do so: "1.12", "1.24" and "1.28".
	OldEntry map[string]OldEntry

	// Veneer leads to functions of at most three arguments, as mpy_ld.py has
	// it; FarVeneer to any function.
	Veneer    Veneer
	FarVeneer Veneer

	// Literal is the name prefix of sections whose words instructions load by
	// a displacement that only reaches backwards: the table that replaces them
	// comes before the code, at most LiteralReach bytes. "" on machines without
	// such loads.
	Literal      string
	LiteralReach int

	// CodeAlign is what every instruction is aligned to, in bytes; 0 where any
	// address will do. A section of code may say less: GNU as only raises the
	// alignment of .text itself.
	CodeAlign uint64

	// Nops are instructions that do nothing, longest first: what padding that
	// relocations of kind Align mark is made of.
	Nops [][]byte

	// Step decodes the instruction at the start of b, for following registers
	// through code; nil where no row has a Rewrite.
	Step func(b []byte) Step

	// CallUses are the registers that a function that is called may read or write,
	// without giving back what was there.
	CallUses Registers

	// Detour goes with rows of kind Detoured, DetourLoad with Loaded and LoadedAll.
	Detour, DetourLoad Detour

	// StaticTLS: local-exec accesses to thread-local variables can be rewritten
	// into accesses to plain ones.
	StaticTLS bool

	// StaticBase is the remedy for a function that uses offsets from the GOT but
	// does not find its address; "" on machines where functions may share it.
	StaticBase string

	ABI ABI // what it runs

	Advice Advice // for people, about its toolchains

	// Unwind lists name prefixes of sections that only stack unwinders read.
	// They are not part of a module: nothing in the firmware unwinds it.
	Unwind []string

	// UnwindIndex is the name prefix of the sections that together are the
	// unwinder's sorted table, whose ends it finds by __exidx_start and
	// __exidx_end; "" if there is none.
	UnwindIndex string
}

// Howto returns the row for a relocation type, or nil for a type this machine
// does not define.
func (m *Machine) Howto(typ uint32) *Howto {
	// Types are numbered with few gaps, so that a row is at most a few places
	// before its number. Big links ask a hundred thousand times.
	i := int(min(uint64(typ), uint64(len(m.Howtos)-1)))
	for i > 0 && m.Howtos[i].Type > typ {
		i--
	}
	if m.Howtos[i].Type != typ {
		return nil
	}
	return &m.Howtos[i]
}

// MarksOnly reports whether relocations of the row have no value, only a place.
func (h *Howto) MarksOnly() bool { return h != nil && h.Kind == Nothing }

// VeneerTo returns the veneer to a function of the firmware's table, or to one
// at a fixed address.
func (m *Machine) VeneerTo(table bool) *Veneer {
	if table {
		return &m.Veneer
	}
	return &m.FarVeneer
}

// For returns the machine of an mpy architecture, or nil.
func For(arch string) *Machine {
	for _, m := range machines {
		if m.Arch == arch {
			return m
		}
	}
	return nil
}

// Sections of the machine's own types. Those of unwind tables are SHT_ARM_EXIDX
// and SHT_X86_64_UNWIND, those of build attributes SHT_ARM_ATTRIBUTES and
// SHT_RISCV_ATTRIBUTES.
const (
	typeUnwind     = elf.SHT_LOPROC + 1
	typeAttributes = elf.SHT_LOPROC + 3
)

// machines lists every machine; a new one is a row in its family's file and
// an entry here.
var machines = []*Machine{&x86, &x64, &armv6m, &armv7m, &armv7emsp, &armv7emdp, &xtensa, &xtensawin, &rv32imc, &rv64imc}
