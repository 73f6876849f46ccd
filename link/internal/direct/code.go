package direct

import (
	"cmp"
	"debug/elf"
	"slices"

	"mpyld/elfload"
	"mpyld/relocs"
)

// Code in which bytes go must be understood to the last one: what is an instruction, what it
// refers to by a distance, where it goes on, and what loads each word of data. Mapping symbols
// say where data is. What is not as compilers make it stays as it is, the whole section.
//
//	 0: ldr r3, [pc, #4]    a distance: 8       6: nop          in front of words: padding
//	 2: cbz r0, 5           a branch to 6       8: .word ...    loaded by 0, and by nothing else

// insn is an instruction.
type insn struct {
	relocs.Insn
	off     uint32
	guarded bool          // whether it runs depends on one in front of it
	field   *relocs.Field // of its distance, which is no relocation's; nil: it has none
	to      uint32        // where that leads
	reloc   *elfload.Reloc
	table   *table  // that it jumps by
	next    []int32 // instructions that run after it
	leaves  bool    // and others, outside the section
	unknown bool    // and others, nobody knows where
}

// table is one of places to go on at.
type table struct {
	from, to uint32 // its bytes
	relocs.JumpTable
	at []int32 // by entry: the instruction, or -1 of padding
}

// word is one of data that instructions load.
type word struct {
	off   uint32
	loads []int32        // the instructions
	reloc *elfload.Reloc // nil: it is a number
	other bool           // something else reads it, too, or parts of it
}

// section is one of code.
type section struct {
	how    *relocs.Direct
	mach   *relocs.Machine
	obj    *elfload.Object
	number int
	*elfload.Section
	relocs  []elfload.Reloc // in the order of their places
	insns   []insn
	at      []int32           // by offset in units: the number of the instruction there plus one
	words   map[uint32]*word  // by offset
	tables  map[uint32]*table // by start
	entries map[uint32]bool   // where others may go on: functions, labels
	passed  *passed
	linked  int32 // its number in that
}

// data returns the bytes of a section that are no code.
func (s *section) data() []elfload.Range {
	if s.Shape == nil {
		return nil
	}
	return s.Shape.Data
}

// inData reports whether bytes are all of one range of data.
func (s *section) inData(from, size uint32) bool {
	data := s.data()
	i, _ := slices.BinarySearchFunc(data, from, func(r elfload.Range, off uint32) int { return cmp.Compare(r.To, off+1) })
	return i < len(data) && data[i].From <= from && from+size <= data[i].To
}

// insnAt returns the number of the instruction at an offset, or -1.
func (s *section) insnAt(off uint32) int32 {
	unit := uint32(s.mach.Unit)
	if off%unit != 0 || int(off/unit) >= len(s.at) {
		return -1
	}
	return s.at[off/unit] - 1
}

// relocAt returns the relocation at an offset, or nil.
func (s *section) relocAt(off uint32) *elfload.Reloc {
	i, ok := slices.BinarySearchFunc(s.relocs, off, func(r elfload.Reloc, off uint32) int { return cmp.Compare(r.Off, off) })
	if !ok {
		return nil
	}
	return &s.relocs[i]
}

// understand reads a section, and reports whether there is nothing in it that it does not
// know.
func (s *section) understand() bool {
	for r := range s.Relocs {
		if !r.Howto.MarksOnly() {
			s.relocs = append(s.relocs, r)
		}
	}
	slices.SortFunc(s.relocs, func(a, b elfload.Reloc) int { return cmp.Compare(a.Off, b.Off) })
	for i := range s.relocs {
		if i > 0 && s.relocs[i].Off == s.relocs[i-1].Off || s.relocs[i].Howto == nil {
			return false
		}
	}
	if !s.decode() {
		return false
	}
	for i := range s.insns {
		if !s.refers(i) {
			return false
		}
	}
	return s.successors() && s.accounted()
}

// decode finds the instructions.
func (s *section) decode() bool {
	s.at = make([]int32, (len(s.Data)+s.mach.Unit-1)/s.mach.Unit)
	from := uint32(0)
	for _, r := range append(slices.Clip(s.data()), elfload.Range{From: uint32(len(s.Data)), To: uint32(len(s.Data))}) {
		guarded := 0
		for off := from; off < r.From; {
			if int(off)%s.mach.Unit != 0 {
				return false
			}
			step := s.mach.Decode(s.Data[off:r.From])
			if off+uint32(step.Size) > r.From || step.Flow == relocs.FlowStop && step.Reads|step.Writes == 0 && !s.how.Trap.Matches(s.Data[off:r.From]) {
				return false
			}
			s.at[int(off)/s.mach.Unit] = int32(len(s.insns) + 1)
			s.insns = append(s.insns, insn{Insn: step, off: off, guarded: guarded > 0, reloc: s.relocAt(off)})
			guarded = max(guarded-1, int(step.Guards))
			off += uint32(step.Size)
		}
		if guarded > 0 {
			return false
		}
		from = r.To
	}
	return true
}

// refers finds what an instruction refers to by its place.
func (s *section) refers(i int) bool {
	in := &s.insns[i]
	code := s.Data[in.off : in.off+uint32(in.Size)]
	if in.reloc != nil {
		return in.reloc.Howto.Branch // what else a relocation makes of an instruction depends on others
	}
	if !in.Placed {
		return true
	}
	for _, f := range s.how.Branches {
		if f.Size == in.Size && f.Matches(code) {
			in.field, in.to = f, in.off+uint32(f.Read(code)-s.mach.BranchA)
			return s.insnAt(in.to) >= 0
		}
	}
	for k := range s.how.Loads {
		if f := s.how.Loads[k].Field; f.Size == in.Size && f.Matches(code) {
			return s.loads(i, f, 4, in.Op == relocs.Constant || in.Op == relocs.LoadPC)
		}
	}
	for k := range s.how.Places {
		if p := &s.how.Places[k]; p.Field.Size == in.Size && p.Field.Matches(code) {
			return s.loads(i, p.Field, uint32(p.Bytes), false)
		}
	}
	if n := s.how.Table(code); n > 0 {
		return s.tableBehind(in, relocs.JumpTable{Entry: n})
	}
	return in.Op == relocs.AddPC // whether it is known what it adds shows later
}

// loads notes that an instruction loads a word, or several.
func (s *section) loads(i int, f *relocs.Field, size uint32, whole bool) bool {
	in := &s.insns[i]
	in.field = f
	in.to = uint32(f.PC(int64(in.off)) + f.Read(s.Data[in.off:]))
	if in.to%4 != 0 || !s.inData(in.to, 4) {
		return false
	}
	for off := in.to; off < in.to+size && s.inData(off, 4); off += 4 {
		w := s.words[off]
		if w == nil {
			w = &word{off: off, reloc: s.relocAt(off)}
			s.words[off] = w
		}
		if whole {
			w.loads = append(w.loads, int32(i))
		} else {
			w.other = true
		}
	}
	return true
}

// tableBehind reads the table behind an instruction, which is all data up to the next code.
func (s *section) tableBehind(in *insn, kind relocs.JumpTable) bool {
	start := in.off + uint32(in.Size)
	k, ok := slices.BinarySearchFunc(s.data(), start, func(r elfload.Range, off uint32) int { return cmp.Compare(r.From, off) })
	if !ok {
		return false
	}
	in.table = &table{from: start, to: s.data()[k].To, JumpTable: kind}
	s.tables[start] = in.table
	return true
}

// entry returns an entry of a table, in bytes from its start.
func (t *table) entry(data []byte, n int) int64 {
	b := data[int(t.from)+n*t.Entry:]
	v := int64(b[0])
	if t.Entry == 2 {
		v |= int64(b[1]) << 8
	}
	if bits := 8 * t.Entry; t.Signed {
		v = int64(relocs.SignExtend(uint32(v), bits))
	}
	return 2 * v
}

// tableLeads finds where a table leads. Constants right behind one belong to it as far as anybody can tell, but they are no distances.
func (s *section) tableLeads(in *insn) bool {
	t := in.table
	for off := t.from &^ 3; off < t.to; off += 4 {
		if s.words[off] != nil {
			return false
		}
	}
	n := int(t.to-t.from) / t.Entry
	for k := range n {
		if s.relocAt(t.from+uint32(k*t.Entry)) != nil {
			return false
		}
		to := s.insnAt(t.from + uint32(t.entry(s.Data, k)))
		if to < 0 && (k != n-1 || t.entry(s.Data, k) != 0) {
			return false
		}
		if t.at = append(t.at, to); to >= 0 {
			in.next = append(in.next, to)
		}
	}
	return true
}

// successors finds what runs after each instruction.
func (s *section) successors() bool {
	for i := range s.insns {
		in := &s.insns[i]
		name := ""
		if in.reloc != nil {
			name = s.obj.Symbols[in.reloc.Sym].Name
		}
		if kind, ok := s.how.Tables[name]; ok && in.Flow == relocs.FlowCall {
			if !s.tableBehind(in, kind) || !s.tableLeads(in) {
				return false
			}
			continue
		}
		if in.guarded && (in.Flow == relocs.FlowGoto || in.Flow == relocs.FlowJump || in.Flow == relocs.FlowStop) { // it need not run
			next := s.insnAt(in.off + uint32(in.Size))
			if next < 0 {
				return false
			}
			in.next = append(in.next, next)
		}
		switch in.Flow {
		case relocs.FlowNext, relocs.FlowBranch, relocs.FlowCall:
			switch next := s.insnAt(in.off + uint32(in.Size)); {
			case next >= 0:
				in.next = append(in.next, next)
			case in.Flow == relocs.FlowCall && in.table == nil:
				// It does not come back: no data is behind calls but that of functions in Tables.
				if !s.plainCall(in) {
					return false
				}
			case s.isPadding(i):
			default:
				return false
			}
		case relocs.FlowJump:
			switch {
			case in.table == nil:
				if !s.how.Tail.Matches(s.Data[in.off:]) {
					return false
				}
				in.unknown = true
			case !s.tableLeads(in):
				return false
			}
		case relocs.FlowStop:
			in.leaves = true
		}
		if in.Flow == relocs.FlowBranch || in.Flow == relocs.FlowGoto {
			to, ok := s.goesTo(in)
			if ok {
				in.next = append(in.next, to)
			}
			in.leaves = in.leaves || !ok || in.reloc != nil && !s.obj.Symbols[in.reloc.Sym].Local() // which may be defined elsewhere, too
		}
	}
	return true
}

// isPadding reports whether an instruction does nothing, so that nothing need lead there.
func (s *section) isPadding(i int) bool {
	in := &s.insns[i]
	for _, nop := range s.how.Nops {
		if in.Size == len(nop) && string(s.Data[in.off:in.off+uint32(in.Size)]) == string(nop) {
			return true
		}
	}
	return false
}

// plainCall reports whether a call at the end of a function is of a usual one, which does not
// come back: what is behind it is not its table.
func (s *section) plainCall(in *insn) bool {
	end := in.off + uint32(in.Size)
	if int(end) == len(s.Data) {
		return true
	}
	return s.words[(end+3)&^3] != nil
}

// goesTo returns the instruction of the section that a branch goes to, if that is one.
func (s *section) goesTo(in *insn) (int32, bool) {
	if in.reloc == nil {
		return s.insnAt(in.to), in.field != nil
	}
	sym := &s.obj.Symbols[in.reloc.Sym]
	if sym.Where != elfload.InSection || int(sym.Sect) != s.number {
		return -1, false
	}
	to := s.insnAt(uint32(int64(sym.Value) + in.reloc.A - s.mach.BranchA))
	return to, to >= 0
}

// accounted reports whether all data is known: words that are loaded or addresses, tables,
// and zeros.
func (s *section) accounted() bool {
	known := make([]bool, len(s.Data))
	mark := func(from, to uint32) {
		for i := from; i < to; i++ {
			known[i] = true
		}
	}
	for off := range s.words {
		mark(off, off+4)
	}
	for i := range s.relocs {
		r := &s.relocs[i]
		if s.insnAt(r.Off) >= 0 {
			continue
		}
		if r.Howto.Field == nil || !r.Howto.Data() || r.Howto.Field.Size != 4 || r.Off%4 != 0 || !s.inData(r.Off, 4) {
			return false
		}
		if s.words[r.Off] == nil && r.Howto.Formula != relocs.Abs {
			return false
		}
		mark(r.Off, r.Off+4)
	}
	for i := range s.insns {
		if t := s.insns[i].table; t != nil {
			mark(t.from, t.to)
		}
	}
	for _, r := range s.data() {
		for off := r.From; off < r.To; off++ {
			if !known[off] && s.Data[off] != 0 {
				return false
			}
		}
	}
	return true
}

// findEntries finds where code outside the section may go on, and reports whether these are starts of functions, as far as
// something has their address: code may add to that of a place inside of a function how far others are from it, which the
// assembler has worked out, and no object says where that is (`goto *(base + offsets[i])`).
func (s *section) findEntries() bool {
	s.entries = map[uint32]bool{}
	functions := map[uint32]bool{}
	for i := range s.obj.Symbols {
		sym := &s.obj.Symbols[i]
		if sym.Where != elfload.InSection || int(sym.Sect) != s.number || sym.Type() == elf.STT_SECTION || sym.Name == "" || sym.Mapping() {
			continue
		}
		s.entries[uint32(sym.Value)] = true
		if sym.Type() == elf.STT_FUNC {
			functions[uint32(sym.Value)] = true
		}
	}
	for i := range s.insns {
		if in := &s.insns[i]; in.Flow == relocs.FlowCall && in.field != nil {
			s.entries[in.to] = true // which nothing names, for the assembler worked the distance out
		}
	}
	for si := range s.obj.Sections {
		for r := range s.obj.Sections[si].Relocs {
			sym := &s.obj.Symbols[r.Sym]
			if sym.Where != elfload.InSection || int(sym.Sect) != s.number || r.Howto == nil || r.Howto.MarksOnly() {
				continue
			}
			if r.Howto.Branch { // also into the middle of a function, from a part of it in another section
				s.entries[uint32(int64(sym.Value)+r.A-s.mach.BranchA)] = true
				continue
			}
			off := uint32(sym.Value)
			switch {
			case r.Howto.Formula == relocs.Abs || r.Howto.Formula == relocs.FromGOT:
				off = uint32(int64(sym.Value)+r.A) &^ uint32(s.mach.Unit-1)
			case r.Howto.Formula != relocs.PCRel || sym.Type() != elf.STT_SECTION: // of others, the addend has what lies between the word and the place it counts from
			case s.obj.Sections[si].Flags&elf.SHF_EXECINSTR != 0:
				return false // and that is an instruction
			default:
				off = uint32(r.A) &^ uint32(s.mach.Unit-1)
			}
			if s.entries[off] = true; !functions[off] {
				return false
			}
		}
	}
	return true
}
