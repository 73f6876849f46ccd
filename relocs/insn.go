package relocs

import "math/bits"

// Who follows a register through code asks each instruction three things: which
// registers it reads and sets, what it computes them from, and which instruction
// runs next. Machine.Decode answers them for all instructions of a machine, in
// one form, so that the linker, the verifier and inspect need not know any. What
// it says is compared with other disassemblers, all over the opcode space.
//
// For example, `lw a0, 8(sp)` of RISC-V reads sp (2) and writes a0 (10); its only
// source is memory, so Sources has none; it loads (Load) Dst 10 from Src 2 plus
// Imm 8; and the next one runs behind it.

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

// GoesOn reports whether the instruction behind one may run next.
func (f Flow) GoesOn() bool { return f == FlowNext || f == FlowBranch || f == FlowCall }

// Registers is a set: bit n is register n.
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
// of a register goes. It tells of the instruction alone, and as if it runs: not of
// a condition that instructions before it set up, nor of a function that it calls
// (Machine.Uses).
//
// Sets of registers have the integer registers that hold values, the stack
// pointer and the link register among them, by the machine's own numbers. The
// program counter and a register that is always zero are in none: their values
// are known, and to write them is a Flow or nothing. Sets may have too many
// registers, but for Writes, by which values end: only what is written in every case.
type Insn struct {
	Size    int       // bytes; of what is no instruction, the least there can be (Machine.Unit)
	Reads   Registers // whose values anything depends on
	Writes  Registers // set to something else
	Sources Registers // of Reads: those that what is written, to such registers or memory, may be computed from; no addresses of memory
	Target  int64     // of FlowBranch and FlowGoto, and of FlowCall if it is known, from the address of the instruction
	Flow    Flow

	// What Dst becomes, if that can be an address or what leads to one. All machines
	// fill it in; only who asks what code reads of a table needs it.
	Op            Op
	Dst           int8 // the register that it is written to, or -1 (for example, a call through memory)
	Src, Index    int8 // operands of Op
	PCAdd, PCMask int8 // PC, of an Op with it, is (address of the instruction + PCAdd) &^ PCMask
	Imm           int64

	// Only of machines with rewritings to a Lower part, where an instruction adds to
	// a register, and values are followed through memory.
	Base  int   // the register that its immediate is added to, or -1
	Slot  int64 // a number for the word of the stack frame that it loads or stores; 0: none
	Store bool  // it stores that

	// Only of machines whose instructions may be moved (Machine.Away).
	Guards int8 // of how many behind it it says whether they run: only the last of them may jump
	Placed bool // it depends on where it is: elsewhere it does something else

	// Only of machines with a second link register, by which compilers reach code that they have
	// taken out of functions. It has their registers, and leaves them.
	Shared bool // of FlowCall: a call of such code; of FlowStop: its way back

	// Only of machines with Conditionals.
	SetsFlags bool // where no condition is named for it, it may change what conditions are about
}

// Conditional is an instruction that runs only if a condition holds, or only if it
// does not, which an instruction in front of it names for it.
type Conditional struct {
	Off       uint32 // from there, in bytes
	Else      bool   // it runs if the condition does not hold
	When      uint8  // the condition under which it runs; that of one whose lowest bit alone differs is the opposite
	SetsFlags bool   // it may change what conditions are about, and is the last
}

// Op is a computation of an address, or of a part of one.
type Op uint8

const (
	Other    Op = iota // anything else
	Number             // Imm
	Address            // PC + Imm
	AddPC              // Src + PC
	AddImm             // Src + Imm; a move, if Imm is 0
	Shift              // Src << Imm
	Load               // the word at Src + Imm
	LoadSum            // the word at Src + Index
	LoadPC             // the word at PC + Imm
	Constant           // the same, where compilers put words that do not change
	LoadPair           // the word at Src + Imm, and into another register the one behind it
)

// Uses returns the registers that an instruction reads or writes in any way, also in a
// function that it calls.
func (m *Machine) Uses(insn *Insn) Registers {
	if insn.Flow == FlowCall {
		return insn.Reads | insn.Writes | m.CallUses
	}
	return insn.Reads | insn.Writes
}
