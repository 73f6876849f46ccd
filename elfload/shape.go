package elfload

import "debug/elf"

// What is what in a section of code. Compilers put constants between
// functions, and a call that does not come back at a function's end. Whoever
// follows code from instruction to instruction must know both, and can only know them from
// the symbols: mapping symbols say where data and code start (AAELF32, "Mapping
// symbols"; RISC-V ELF psABI, the same), types and sizes which bytes are a variable or a function's.
//
// For example
//
//	f:  bl abort       $t f (a function of 4 bytes)
//	    .word 42       $d
//	g:  bx lr          $t g
//
// has data from 4 to 8, and f ends at 4.

// Shape is what the symbols say of a section of code.
type Shape struct {
	Data []Range  // bytes that are no instructions, sorted and apart
	Ends []uint32 // byte offsets in front of the section's end where functions end and no other goes on, sorted
}

// Range is the bytes at From up to To, not included.
type Range struct{ From, To uint32 }

// Function is where in its section a function is of which the object says how long it is.
type Function struct {
	Symbol int32 // index into Object.Symbols
	Range
}

// FunctionsOf returns the functions in a section of code whose sizes are known, in the order of their
// places. There are none on machines on which nobody asks (relocs.Machine.StaticBase).
func (o *Object) FunctionsOf(sect int) []Function {
	if len(o.functions) == 0 {
		return nil
	}
	return o.functions[o.functionsAt[sect]:o.functionsAt[sect+1]]
}

// mark is a symbol that says something about the bytes behind it.
type mark struct {
	sect, symbol int32
	Range        // of a mapping symbol, To is From
	kind         markKind
}

type markKind uint8

const (
	isMapping     markKind = iota // code starts
	isMappingData                 // data starts
	isFunction
	isVariable
)

// shapes finds the shapes of all sections of code.
func (l *loader) shapes() error {
	if l.mach.Decode == nil {
		return nil // nobody follows its code
	}
	marks := make([]mark, 0, l.marks)
	for i := range l.obj.Symbols {
		if m, ok := l.obj.mark(&l.obj.Symbols[i]); ok {
			m.symbol = int32(i)
			marks = append(marks, m)
		}
	}
	marks = byPlace(marks)
	if l.mach.StaticBase != "" {
		l.obj.listFunctions(marks)
	}
	for len(marks) > 0 {
		n := 1
		for n < len(marks) && marks[n].sect == marks[0].sect {
			n++
		}
		sec := &l.obj.Sections[marks[0].sect]
		if s := newShape(marks[:n], uint32(len(sec.Data))); len(s.Data)+len(s.Ends) > 0 {
			shape := s // most sections have none
			sec.Shape = &shape
		}
		marks = marks[n:]
	}
	return nil
}

// byPlace sorts marks by section and place; those of one place stay as they are. A symbol table has the
// local symbols in front of the global ones, and either mostly in the order of their places, so runs
// that are in order already are merged. It may return another slice, and overwrites this one then.
func byPlace(marks []mark) []mark {
	var ends, next []int // of the runs that are left
	for i := range marks {
		if i > 0 && marks[i].before(&marks[i-1]) {
			ends = append(ends, i)
		}
	}
	ends = append(ends, len(marks))
	if len(ends) == 1 {
		return marks
	}
	other := make([]mark, len(marks))
	for ; len(ends) > 1; ends, next = next, ends {
		next = next[:0]
		from := 0
		for k := 0; k < len(ends); k += 2 {
			last := ends[min(k+1, len(ends)-1)]
			mergeMarks(other[from:last], marks[from:ends[k]], marks[ends[k]:last])
			next, from = append(next, last), last
		}
		marks, other = other, marks
	}
	return marks
}

// mergeMarks merges two runs of marks; of equals, those of the first one come first.
func mergeMarks(to, a, b []mark) {
	for i := range to {
		if len(a) > 0 && (len(b) == 0 || !b[0].before(&a[0])) {
			to[i], a = a[0], a[1:]
		} else {
			to[i], b = b[0], b[1:]
		}
	}
}

// before reports whether a mark is in an earlier place than another one.
func (m *mark) before(o *mark) bool {
	return m.sect < o.sect || m.sect == o.sect && m.From < o.From
}

// listFunctions lists the functions among marks, which are sorted.
func (o *Object) listFunctions(marks []mark) {
	n := 0
	for i := range marks {
		if marks[i].kind == isFunction {
			n++
		}
	}
	o.functions, o.functionsAt = make([]Function, 0, n), make([]int32, len(o.Sections)+1)
	sect := int32(0) // the functions of those before it are in the list
	for i := range marks {
		m := &marks[i]
		if m.kind != isFunction {
			continue
		}
		for ; sect < m.sect; sect++ {
			o.functionsAt[sect+1] = int32(len(o.functions))
		}
		o.functions = append(o.functions, Function{m.symbol, m.Range})
	}
	for int(sect) < len(o.Sections) {
		sect++
		o.functionsAt[sect] = int32(len(o.functions))
	}
}

// mark returns what a symbol says of the code that it is in, if anything.
func (o *Object) mark(s *Symbol) (mark, bool) {
	if s.Where != InSection {
		return mark{}, false
	}
	sec := &o.Sections[s.Sect]
	size := uint64(len(sec.Data))
	if sec.Flags&elf.SHF_EXECINSTR == 0 || s.Value >= size {
		return mark{}, false
	}
	m := mark{sect: s.Sect, Range: Range{uint32(s.Value), uint32(s.Value + min(s.Size, size-s.Value))}}
	switch s.Type() {
	case elf.STT_FUNC:
		m.kind = isFunction
	case elf.STT_OBJECT:
		m.kind = isVariable
	case elf.STT_NOTYPE:
		if !s.Mapping() {
			return m, false
		}
		var ok bool
		m.To = m.From
		m.kind, ok = mapping(s.Name)
		return m, ok
	}
	return m, m.To > m.From
}

// mapping reports whether a name is that of a mapping symbol: $ and a letter,
// maybe with a suffix behind a dot. $x may have an instruction set behind it.
func mapping(name string) (markKind, bool) {
	if len(name) < 2 || name[0] != '$' {
		return 0, false
	}
	plain := len(name) == 2 || name[2] == '.'
	switch name[1] {
	case 'd':
		return isMappingData, plain
	case 'a', 't':
		return isMapping, plain
	case 'x':
		return isMapping, true
	}
	return 0, false
}

// newShape makes a shape of the marks of a section, which are sorted. Where there are
// mapping symbols, types of variables say nothing more.
func newShape(marks []mark, size uint32) (s Shape) {
	var count [isVariable + 1]int
	for i := range marks {
		count[marks[i].kind]++
	}
	mapped := count[isMapping]+count[isMappingData] > 0
	if n := count[isMappingData]; n > 1 {
		s.Data = make([]Range, 0, n)
	}
	add := func(from, to uint32) {
		if n := len(s.Data); n > 0 && s.Data[n-1].To >= from {
			s.Data[n-1].To = max(s.Data[n-1].To, to)
		} else if to > from {
			s.Data = append(s.Data, Range{from, to})
		}
	}
	data, since := false, uint32(0)
	for i := range marks {
		m := &marks[i]
		switch {
		case m.kind < isFunction:
			if data {
				add(since, m.From)
			}
			data, since = m.kind == isMappingData, m.From
		case m.kind == isVariable && !mapped:
			add(m.From, m.To)
		}
	}
	if data {
		add(since, size)
	}
	s.Ends = ends(marks, count[isFunction], size)
	return s
}

// ends returns where functions end that are not part of others, of which there are n or fewer. That all end where
// the section does goes without saying.
func ends(marks []mark, n int, size uint32) (ends []uint32) {
	if n > 1 {
		ends = make([]uint32, 0, n)
	}
	end, open := uint32(0), false // of the functions so far that overlap
	for i := range marks {
		m := &marks[i]
		if m.kind != isFunction {
			continue
		}
		if open && m.From >= end {
			ends = append(ends, end)
		}
		end, open = max(end, m.To), true
	}
	if open && end < size {
		ends = append(ends, end)
	}
	return ends
}
