package elfload

import (
	"cmp"
	"debug/elf"
	"slices"
)

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

// mark is a symbol that says something about the bytes behind it.
type mark struct {
	sect     int32
	from, to uint32 // of a mapping symbol, to is from
	kind     markKind
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
			marks = append(marks, m)
		}
	}
	slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Or(cmp.Compare(a.sect, b.sect), cmp.Compare(a.from, b.from)) })
	for len(marks) > 0 {
		n := 1
		for n < len(marks) && marks[n].sect == marks[0].sect {
			n++
		}
		sec := &l.obj.Sections[marks[0].sect]
		if s := newShape(marks[:n], uint32(len(sec.Data))); len(s.Data)+len(s.Ends) > 0 {
			sec.Shape = s
		}
		marks = marks[n:]
	}
	return nil
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
	m := mark{sect: s.Sect, from: uint32(s.Value), to: uint32(s.Value + min(s.Size, size-s.Value))}
	switch s.Type() {
	case elf.STT_FUNC:
		m.kind = isFunction
	case elf.STT_OBJECT:
		m.kind = isVariable
	case elf.STT_NOTYPE:
		var ok bool
		m.to = m.from
		m.kind, ok = mapping(s.Name)
		return m, ok && s.Local()
	}
	return m, m.to > m.from
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
func newShape(marks []mark, size uint32) *Shape {
	s := &Shape{}
	mapped := slices.ContainsFunc(marks, func(m mark) bool { return m.kind < isFunction })
	add := func(from, to uint32) {
		if n := len(s.Data); n > 0 && s.Data[n-1].To >= from {
			s.Data[n-1].To = max(s.Data[n-1].To, to)
		} else if to > from {
			s.Data = append(s.Data, Range{from, to})
		}
	}
	data, since := false, uint32(0)
	for _, m := range marks {
		switch {
		case m.kind < isFunction:
			if data {
				add(since, m.from)
			}
			data, since = m.kind == isMappingData, m.from
		case m.kind == isVariable && !mapped:
			add(m.from, m.to)
		}
	}
	if data {
		add(since, size)
	}
	s.Ends = ends(marks, size)
	return s
}

// ends returns where functions end that are not part of others. That all end where
// the section does goes without saying.
func ends(marks []mark, size uint32) (ends []uint32) {
	end, open := uint32(0), false // of the functions so far that overlap
	for _, m := range marks {
		if m.kind != isFunction {
			continue
		}
		if open && m.from >= end {
			ends = append(ends, end)
		}
		end, open = max(end, m.to), true
	}
	if open && end < size {
		ends = append(ends, end)
	}
	return ends
}
