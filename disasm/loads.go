package disasm

import (
	"encoding/binary"
	"slices"

	"mpyld/relocs"
)

// Code gets at mp_fun_table by a word that the loader makes point there, and from
// then on the address is in a register. Which entries code reads is seen by
// following it: through moves and sums, to loads at a distance from it. All
// machines are followed by what their instructions say of themselves (relocs.Insn).
//
// For example, on Armv7-M, where the word at 0x40 is such a one:
//
//	ldr  r5, [pc, #56]   // 0x3a: the number at 0x44 (Constant)
//	ldr  r3, [pc, #56]   // 4: another
//	add  r5, pc          // 0x3c + 4: an address in the code (AddPC)
//	ldr  r4, [r5, r3]    // the word at 0x40: the table (LoadSum)
//	ldr  r0, [r4, #20]   // entry 5 (Load)

// Reads is what code was seen to read of mp_fun_table.
type Reads struct {
	Entries []int // that are read for sure

	// Maybe are entries at whose distance code reads from an address that is not
	// known: it may be the table's. Only of machines that may pass floats in more
	// than one way, where it matters whether entries with floats are read.
	Maybe []int
}

// Loads returns the entries of mp_fun_table that code was seen to read. tables
// are the places of words that the loader makes point at the table. ok is false
// when the machine's code cannot be read.
//
// What is found is there, but there may be more: addresses that code keeps in
// memory or calculates are not followed, and code is followed as it lies there, as
// if nothing jumped.
func Loads(m *relocs.Machine, code []byte, tables []int) (r Reads, ok bool) {
	if m == nil || m.Decode == nil {
		return r, false
	}
	f := &follower{m: m, code: code, slots: map[int]bool{}, found: map[int]bool{}, maybe: map[int]bool{}}
	for _, t := range tables {
		f.slots[t] = true
	}
	if m.Literal != "" {
		f.fromConstants()
	} else {
		for at := 0; at < len(code); {
			insn := f.follow(at)
			at += insn.Size
		}
	}
	if m.ABI.Floats == "" {
		f.maybe = nil
	}
	return Reads{entriesAt(f.found, m.Word), entriesAt(f.maybe, m.Word)}, true
}

// entriesAt returns the entries of a table that are at distances from its start.
func entriesAt(distances map[int]bool, word int) []int {
	var entries []int
	for distance := range distances {
		if distance >= 0 && distance%word == 0 {
			entries = append(entries, distance/word)
		}
	}
	slices.Sort(entries)
	return entries
}

// value is what is known of a register's content.
type value struct {
	known bool
	table bool // the address of mp_fun_table, plus addr
	addr  int  // else a place in the code, or a number
}

type follower struct {
	m     *relocs.Machine
	code  []byte
	slots map[int]bool
	found map[int]bool
	maybe map[int]bool
	regs  [32]value
}

// fromConstants follows code whose literals and padding lie between functions:
// there is no place to start from but the loads of these words.
func (f *follower) fromConstants() {
	for start := range f.code {
		first := f.m.Decode(f.code[start:])
		if first.Op != relocs.Constant || !f.slots[near(start, &first)] {
			continue
		}
		f.regs = [32]value{}
		for at, n := start, 0; n < maxFollowed && at < len(f.code); n++ {
			insn := f.follow(at)
			switch {
			case insn.Flow == relocs.FlowStop || insn.Flow == relocs.FlowJump, insn.Flow == relocs.FlowGoto && insn.Target <= 0:
				n = maxFollowed // backwards has been seen
			case insn.Flow == relocs.FlowGoto:
				at += int(insn.Target)
			default:
				at += insn.Size
			}
		}
	}
}

// maxFollowed is the most instructions to follow from one place, more than are
// worth it: the time that bytes take is to grow with their number only.
const maxFollowed = 2000

// near is the place at a distance from an instruction's PC.
func near(at int, insn *relocs.Insn) int {
	return (at+int(insn.PCAdd))&^int(insn.PCMask) + int(insn.Imm)
}

// follow takes the instruction at a place.
func (f *follower) follow(at int) *relocs.Insn {
	insn := f.m.Decode(f.code[at:])
	v := f.result(at, &insn)
	for set := insn.Writes; set != 0; set &= set - 1 {
		f.regs[set.First()&31] = value{}
	}
	if insn.Writes.Has(int(insn.Dst)) {
		f.regs[insn.Dst] = v
	}
	switch insn.Flow {
	case relocs.FlowStop: // what comes behind it may have been jumped to with others
		f.regs = [32]value{}
	case relocs.FlowCall:
		f.called(at, &insn)
	}
	return &insn
}

// called forgets what a call may change.
func (f *follower) called(at int, insn *relocs.Insn) {
	for set := f.m.CallUses; set != 0; set &= set - 1 {
		f.regs[set.First()&31] = value{}
	}
	to := at + int(insn.Target)
	if f.m.WhereCalled != nil && insn.Target != 0 && 0 <= to && to < len(f.code) {
		if r := f.m.WhereCalled(f.code[to:]); r >= 0 {
			f.regs[r] = value{known: true, addr: at + insn.Size}
		}
	}
}

// result is what an instruction leaves in Dst, after noting what it reads.
func (f *follower) result(at int, insn *relocs.Insn) value {
	reg := func(n int8) value {
		if n < 0 {
			return value{}
		}
		return f.regs[n]
	}
	src := reg(insn.Src)
	switch insn.Op {
	case relocs.Number:
		return value{known: true, addr: int(insn.Imm)}
	case relocs.Address:
		return value{known: true, addr: near(at, insn)}
	case relocs.AddPC:
		if src.known && !src.table {
			return f.plus(src, near(at, insn))
		}
	case relocs.AddImm:
		if src.known {
			return f.plus(src, int(insn.Imm))
		}
	case relocs.Shift:
		if src.known && !src.table {
			return value{known: true, addr: src.addr << insn.Imm}
		}
	case relocs.Load:
		return f.load(src, int(insn.Imm))
	case relocs.LoadPair:
		f.load(src, int(insn.Imm)+f.m.Word)
		return f.load(src, int(insn.Imm))
	case relocs.LoadSum:
		return f.loadSum(src, reg(insn.Index))
	case relocs.LoadPC, relocs.Constant:
		return f.word(near(at, insn), insn.Op == relocs.Constant)
	}
	return value{}
}

// plus adds to a known value, as registers do.
func (f *follower) plus(v value, n int) value {
	v.addr += n
	if f.m.Word == 4 {
		v.addr = int(int32(v.addr))
	}
	return v
}

// load is what a word at a distance from a register's value is.
func (f *follower) load(base value, distance int) value {
	switch {
	case base.table:
		f.found[base.addr+distance] = true
		return value{}
	case base.known && f.slots[f.plus(base, distance).addr]:
		return value{known: true, table: true}
	}
	f.maybe[distance] = true
	return value{}
}

// loadSum is what a word at the sum of two registers' values is.
func (f *follower) loadSum(a, b value) value {
	switch {
	case a.known && b.known && !b.table:
		return f.load(a, b.addr)
	case b.known && !b.table:
		f.maybe[b.addr] = true
	case a.known && !a.table:
		f.maybe[a.addr] = true
	}
	return value{}
}

// word is what a word in the code is.
func (f *follower) word(at int, constant bool) value {
	switch {
	case f.slots[at]:
		return value{known: true, table: true}
	case !constant || at < 0 || at+4 > len(f.code):
		return value{}
	}
	return value{known: true, addr: int(int32(binary.LittleEndian.Uint32(f.code[at:])))}
}
