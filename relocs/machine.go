package relocs

import (
	"debug/elf"
	"fmt"
)

// Machine is one native architecture: to the .mpy format, to the linker, and to
// people.
type Machine struct {
	Name string // as --arch spells it: "armv7m"

	// Of the .mpy format, and of the firmware that loads it.

	Code byte // arch field of header byte 2 (MP_NATIVE_ARCH_* of py/persistentcode.h)
	Word int  // bytes of a machine word, the unit of load-time relocation

	// SeparateRodata: text cannot be read byte-wise on this architecture, so
	// read-only data goes to the rodata region instead of into text.
	SeparateRodata bool

	// WritableText: text is RAM that can be written in any width, so variables
	// may live in it.
	WritableText bool

	// What the firmware's allocators align a module's text and its RAM to, in
	// bytes, on all ports: a block of the garbage collector's heap is four words;
	// text on Unix is pages, on ESP boards words (ports/esp32/main.c, esp8266/esp_mphal.c).
	TextAlign, BlockAlign uint64

	// Flags are extensions that a module can say it needs: bit n of the
	// arch-flags field is the n-th (py/asmrv32.h: RV32_EXT_*).
	Flags []string

	// LoadsFrom is the lowest Code that firmware for the machine loads besides its
	// own: it takes all between the two (py/persistentcode.h: MPY_FEATURE_ARCH_TEST).
	// 0: only its own.
	LoadsFrom byte

	// Of machines that nobody links for, which have no relocations: the machine
	// that the same releases load code of; "" if all do.
	LoadedLike string

	// Of ELF objects.

	ELF    elf.Machine
	Class  elf.Class
	Howtos func() []Howto // sorted by Type; the same ones each time

	// ExplicitAddends: the psABI has relocations with addends only (RELA); the
	// fields of some could not hold one.
	ExplicitAddends bool

	// SectionTypes are the machine's own types of sections that objects may have.
	SectionTypes []elf.SectionType

	// Unwind lists name prefixes of sections that only stack unwinders read.
	// They are not part of a module: nothing in the firmware unwinds it.
	Unwind []string

	// UnwindIndex is the name prefix of the sections that together are the
	// unwinder's sorted table, whose ends it finds by __exidx_start and
	// __exidx_end; "" if there is none.
	UnwindIndex string

	// ModeBits are the low bits of a function symbol's value that select the
	// instruction set instead of addressing (1 on Arm: Thumb). ModeWhy is the
	// remedy for a function without them.
	ModeBits uint8
	ModeWhy  string

	// StaticBase is the remedy for a function that uses offsets from the GOT but
	// does not find its address; "" on machines where functions may share it.
	StaticBase string

	ABI ABI // what it runs

	// Of code that the linker makes or lays out.

	// Entry lists the jumps that may start a text, shortest first.
	Entry []Jump

	// AlwaysJump: mpy_ld.py emits the entry jump even when mpy_init is the
	// first instruction of the text.
	AlwaysJump bool

	// LegacyEntry is how older mpy_ld.py start a text, by style.
	LegacyEntry [EntryStyles]LegacyEntry

	// Veneer leads to functions of at most three arguments, as mpy_ld.py has
	// it; FarVeneer to any function, and to any place in the module from where that
	// may be (Veneer.From).
	Veneer    Veneer
	FarVeneer Veneer

	// Island is the jump that may be on the way of a branch which does not reach. It
	// changes nothing but the program counter. nil: there is none.
	Island *Jump

	// BranchA is the addend of a branch to the symbol itself.
	BranchA int64

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

	// Decode decodes the instruction at the start of b, of which there may be less
	// than one.
	Decode func(b []byte) Insn

	// Conditionals returns the instructions that the one at the start of b makes
	// conditional, as far as its condition is surely the same for all of them; nil if
	// there are none, or on machines without such instructions.
	Conditionals func(b []byte) []Conditional

	// Unit is the size in bytes of what instructions are made of.
	Unit int

	// CallUses are the registers that a function that is called may read or write,
	// without giving back what was there.
	CallUses Registers

	// WhereCalled returns the register in which a function that starts so returns
	// the place it was called from, or -1; nil where PC can be read otherwise.
	WhereCalled func(b []byte) int

	// Thunk goes with Rewrites that need a thunk, LoadingThunk with those that need a slot too.
	Thunk, LoadingThunk Thunk

	// Away is the jump to and from instructions that are moved, because what they load
	// from must be near; Trap what stays behind of more of them than the jump takes.
	// Away.Code is nil where none is.
	Away Jump
	Trap []byte

	// Direct says how code can have addresses in the words that it loads; nil: it has them
	// there, or nobody knows how.
	Direct *Direct

	// Properties is how objects say what of their code may change its length; nil: none do.
	Properties *Properties

	// Narrow returns a shorter instruction that does what the one at the start of b does, or nil;
	// Widen the longer one that a shorter one stands for.
	Narrow, Widen func(b []byte) []byte

	// StaticTLS: local-exec accesses to thread-local variables can be made
	// accesses to plain ones.
	StaticTLS bool

	// About is the section of objects that says for tools what their code is compiled for; "" if there is none.
	About string

	// GDBArgs are the first four arguments of a function, before its first instruction, as gdb
	// spells them.
	GDBArgs [4]string

	// For people.

	Advice Advice // about its toolchains

	// AlsoCalled has the names of cores and instruction sets, as compilers spell
	// them, in lower case and without punctuation. A name stands for all that begin
	// with it. Names of chips and boards are in Boards.
	AlsoCalled string

	Boards []Boards // whose firmware loads its code

	// SoftFP names the chips and releases whose firmware says it has the architecture
	// but passes floats in core registers; SoftFPTakes are the architectures whose
	// modules it exchanges floats with. "" where the architecture says how.
	SoftFP, SoftFPTakes string

	// Remark is what those who install modules have to know, in a sentence; "" if
	// there is nothing.
	Remark string

	// Text disassembles the instruction in front of code, which is at off; it
	// returns no size when there is none. nil: no library knows the machine, but
	// Objdump may.
	Text    func(code []byte, off int) Line
	Objdump Objdump
}

// Line is one instruction as text, or bytes that are none.
type Line struct {
	Off, Size int
	Text      string
	Target    int // where a jump or call leads to, in bytes from the start; -1 if it is none
	Refers    int // a place that it reads, writes or takes the address of; -1 if none is known
	Data      bool
}

// Branch is the line of a jump or call.
func Branch(off, size int, text string, target int) Line {
	return Line{Off: off, Size: size, Text: fmt.Sprintf("%s %#x", text, target), Target: target, Refers: -1}
}

// Boards are those of one kind whose firmware loads code of a machine.
type Boards struct {
	CircuitPython bool   // else MicroPython
	Extensions    string // that the firmware says it has
	What          string // "" if the What of another row has them too

	// Exact is what has firmware that passes floats as code for the architecture
	// does, "" if all in What does.
	Exact string

	// Names are those of chips and boards whose firmware says it has this very
	// architecture, in lower case and without punctuation; * stands for any letters:
	// "pico stm32f4* *rp2040*". A name is in one row of all machines.
	Names string

	// SoftFP are the first and the last release of MicroPython whose firmware for
	// them passes floats in core registers, though the architecture's does not;
	// CircuitPython's all does. Chip is what sys.implementation._machine has in it
	// there, in lower case.
	SoftFP [2]string
	Chip   string
}

// Objdump is a program that disassembles code of a machine.
type Objdump struct {
	Programs []string // those that know the machine, best first; none: no program is asked
	Args     []string // that say which machine it is
}

// Howto returns the row for a relocation type, or nil for a type this machine
// does not define.
func (m *Machine) Howto(typ uint32) *Howto {
	// Types are numbered with few gaps, so that a row is at most a few places
	// before its number. Big links ask a hundred thousand times.
	rows := m.Howtos()
	i := int(min(uint64(typ), uint64(len(rows)-1)))
	for i > 0 && rows[i].Type > typ {
		i--
	}
	if rows[i].Type != typ {
		return nil
	}
	return &rows[i]
}

// VeneerTo returns the veneer to a function of the firmware's table, or to one
// at a fixed address.
func (m *Machine) VeneerTo(table bool) *Veneer {
	if table {
		return &m.Veneer
	}
	return &m.FarVeneer
}
