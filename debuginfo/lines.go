package debuginfo

import (
	"cmp"
	"slices"
	"sort"

	"mpyld/diag"
)

// A line table is a program for a small machine whose registers are an address, a file and a line; where it
// says so, they are a row: from this address on, code is of this line. Rows up to an end_sequence are about
// code that lies together (DWARF 5, section 6.2).
//
//	set_address 0x10000   row: 0x10000 wave.c:9   row: 0x10004 wave.c:10   0x10008: end_sequence
//	at 0x10006            wave.c:10
//
// debug/dwarf has a reader of these too, which allocates whatever a header says that there is, and joins the
// names of all files with their directories. This one takes memory in proportion to the table, and makes a
// name when somebody asks. Sequences that lie over one another, or that go back, contradict themselves: what is there has no line.

// lines are all line tables of an object.
type lines struct {
	sequences []sequence        // by address, apart
	tables    map[uint64]*table // by offset in .debug_line
}

// sequence is a run of rows. The last is where it ends.
type sequence struct {
	rows []row
	of   *table
}

// row is where code of a line starts.
type row struct {
	addr       uint64
	file, line uint32
	column     uint32
}

func (s *sequence) low() uint64  { return s.rows[0].addr }
func (s *sequence) high() uint64 { return s.rows[len(s.rows)-1].addr }

// at returns the line of the code at an address.
func (l *lines) at(addr uint64) diag.Source {
	i := sort.Search(len(l.sequences), func(i int) bool { return l.sequences[i].low() > addr }) - 1
	if i < 0 || addr >= l.sequences[i].high() {
		return diag.Source{}
	}
	s := &l.sequences[i]
	k := sort.Search(len(s.rows), func(k int) bool { return s.rows[k].addr > addr }) - 1
	r := &s.rows[k]
	return s.of.source(uint64(r.file), uint64(r.line), uint64(r.column))
}

// readLines reads all line tables, of a machine whose addresses have so many bytes.
func readLines(sections Sections, word int) *lines {
	l := &lines{tables: map[uint64]*table{}}
	data := sections[".debug_line"]
	for c := (cursor{b: data}); len(c.b) > 0; {
		off := uint64(len(data) - len(c.b))
		unit, offset := c.unit()
		if c.bad {
			break
		}
		if t, program, ok := readTable(unit, offset, sections); ok {
			t.word = cmp.Or(t.word, word)
			l.tables[off] = t
			l.sequences = append(l.sequences, t.run(program)...)
		}
	}
	slices.SortStableFunc(l.sequences, func(a, b sequence) int { return cmp.Compare(a.low(), b.low()) })
	l.sequences = apart(l.sequences)
	return l
}

// apart leaves out sequences that lie over one another, of those that are sorted.
func apart(list []sequence) []sequence {
	var out []sequence
	for i := 0; i < len(list); {
		high, n := list[i].high(), i+1
		for n < len(list) && list[n].low() < high {
			high = max(high, list[n].high())
			n++
		}
		if n == i+1 {
			out = append(out, list[i])
		}
		i = n
	}
	return out
}

// The opcodes (DWARF 5, section 7.22).
const (
	opExtended = iota
	opCopy
	opAdvancePC
	opAdvanceLine
	opSetFile
	opSetColumn
	opNegateStmt
	opSetBasicBlock
	opConstAddPC
	opFixedAdvancePC
	opSetPrologueEnd
	opSetEpilogueBegin
	opSetISA

	extEndSequence = 1
	extSetAddress  = 2
)

// operands is how many the standard opcodes have, but for fixed_advance_pc, whose is no LEB128. A table that says
// otherwise has another meaning.
var operands = [...]byte{opCopy: 0, opAdvancePC: 1, opAdvanceLine: 1, opSetFile: 1, opSetColumn: 1, opNegateStmt: 0, opSetBasicBlock: 0, opConstAddPC: 0, opFixedAdvancePC: 1, opSetPrologueEnd: 0, opSetEpilogueBegin: 0, opSetISA: 1}

// run returns the sequences that a program makes.
func (t *table) run(program []byte) (list []sequence) {
	c := cursor{b: program}
	start := row{file: 1, line: 1}
	at, rows := start, []row(nil)
	emit := func() { rows = append(rows, at) }
	for len(c.b) > 0 {
		op := int(c.number(1))
		switch {
		case op >= t.opcodes:
			n := op - t.opcodes
			at.addr += t.unit * uint64(n/t.lineRange)
			at.line += uint32(t.lineBase + n%t.lineRange)
			emit()
		case op == opExtended:
			body := cursor{b: c.bytes(c.uleb())}
			switch body.number(1) {
			case extEndSequence:
				emit()
				if s := (sequence{rows, t}); s.forward() && !c.bad {
					list = append(list, s)
				}
				at, rows = start, nil
			case extSetAddress:
				if len(body.b) != t.word {
					return list
				}
				at.addr = body.number(t.word)
			}
		case op == opCopy:
			emit()
		case op == opAdvancePC:
			at.addr += t.unit * c.uleb()
		case op == opAdvanceLine:
			at.line += uint32(c.sleb())
		case op == opSetFile:
			at.file = small(c.uleb())
		case op == opSetColumn:
			at.column = small(c.uleb())
		case op == opConstAddPC:
			at.addr += t.unit * uint64((255-t.opcodes)/t.lineRange)
		case op == opFixedAdvancePC:
			at.addr += c.number(2)
		default:
			for range t.lengths[op-1] {
				c.uleb()
			}
		}
		if c.bad {
			return list
		}
	}
	return list
}

// small is a number as a row has it, and one that means nothing if it has no room there.
func small(v uint64) uint32 { return uint32(min(v, 1<<32-1)) }

// forward reports whether a sequence has code, and its addresses never go back.
func (s *sequence) forward() bool {
	return len(s.rows) > 1 && s.low() < s.high() && slices.IsSortedFunc(s.rows, func(a, b row) int { return cmp.Compare(a.addr, b.addr) })
}
