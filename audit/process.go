package audit

import (
	"slices"

	"mpyld/mpyfile"
)

// What C libraries take for granted about a process is not so in a module. Its
// memory ends where another's begins, so a heap behind the variables (newlib's _sbrk: from `end`
// on) takes what is the firmware's. Memory of one heap must not be given back to another. And nothing
// runs code in pieces, as crt0.o runs what objects put into .init (System V ABI, "Special Sections").
//
// For example
//
//	syscalls.o: _sbrk refers to end     m.o: calls malloc, which calls _sbrk

// heap are the functions of a heap: what hands out memory, and what takes it back.
var heap = []string{
	"malloc", "free", "realloc", "memalign", "aligned_alloc", "_memalign_r", "posix_memalign",
	"_sbrk", "sbrk", "_sbrk_r", "calloc", "_malloc_r", "_free_r", "_realloc_r", "_calloc_r",
}

// oneHeap is how many of these, from the first on, must be of one heap.
const oneHeap = 7

// process checks that the module is nothing that only a process can be.
func (a *audit) process() {
	ours, theirs := "", ""
	for i, name := range heap {
		n, ok := a.table.Find(name)
		if !ok || a.globals[n].is != weak && a.globals[n].is != strong || a.isFixed(name) {
			continue
		}
		def := a.globals[n].def.file
		switch {
		case a.files[def].support && i < oneHeap:
			ours = name
		case a.files[def].support:
		default:
			if i < oneHeap {
				theirs = name
			}
			if end := a.endIn(def); end != "" && a.isReferredTo(n) {
				a.bad(a.files[def].Name, "the map has %s, which is over the memory behind %s: that is the firmware's", name, end)
			}
		}
	}
	if ours != "" && theirs != "" {
		a.bad("", "the map has %s of an input, and %s of the linker's own library: they are for different memory", theirs, ours)
	}
	a.pieces()
}

// endIn returns a name for the end of the module's memory that a file refers to.
func (a *audit) endIn(file int32) string {
	f := &a.files[file]
	for s := range f.Sections {
		if f.at[s] < 0 {
			continue
		}
		for _, sym := range f.Sections[s].RelocSymbols {
			n := int(sym) - f.Locals
			if n < 0 || f.names[n] < 0 {
				continue
			}
			m := a.meaning(f.names[n])
			if m.kind != isEdgeOf {
				continue
			}
			name := a.table.Name(m.number)
			if e, _ := edgeNamed(name); e.of == "" && e.end && e.region != mpyfile.Text {
				return name
			}
		}
	}
	return ""
}

// isReferredTo reports whether a section of the module refers to a name.
func (a *audit) isReferredTo(number int32) bool {
	for i := range a.files {
		f := &a.files[i]
		if !slices.Contains(f.names, number) {
			continue
		}
		for s := range f.Sections {
			if f.at[s] < 0 {
				continue
			}
			for _, sym := range f.Sections[s].RelocSymbols {
				if n := int(sym) - f.Locals; n >= 0 && f.names[n] == number {
					return true
				}
			}
		}
	}
	return false
}

// pieces checks that there is no code in pieces: at most one section .init, to which something else
// refers, or which has the entry.
func (a *audit) pieces() {
	for _, i := range a.piecesIn {
		if len(a.piecesIn) > 1 || !a.leadsTo(i) {
			a.bad(title(&a.m.Sections[i]), "the map has this code, which only the start of a program runs")
		}
	}
}

// leadsTo reports whether another section of the inputs refers to one of the map, or the module starts there.
func (a *audit) leadsTo(section int32) bool {
	if p := &a.m.Sections[section]; p.Region == mpyfile.Text && a.m.Entry-p.Addr < p.Size {
		return true
	}
	for n := range a.files {
		f := &a.files[n]
		for i := range f.Sections {
			from := place{int32(n), int32(i)}
			if from == a.from[section] || !a.loadable(f, i) {
				continue
			}
			for _, sym := range f.Sections[i].RelocSymbols {
				if m := a.symbolMeansIn(from.file, int32(sym), &f.Symbols[sym]); m.kind == isSection && m.at == a.from[section] {
					return true
				}
			}
		}
	}
	return false
}
