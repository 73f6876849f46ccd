package resolve

import (
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/internal/lazy"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// C libraries make their heap of what lies behind a program's variables: _sbrk
// hands out memory from `end` on. In a module that memory is the firmware's. So
// malloc and its like come from the support library, on MicroPython's heap; a
// program that has an _sbrk of its own, over an array, has the C library's
// malloc on it; and an _sbrk that starts at `end` is an error. For example, of
//
//	syscalls.o: _sbrk (refers to end), _write
//	m.o:        main (calls malloc)
//
// malloc is the support library's, and there is a warning about _sbrk, which
// nothing calls. If m.o called _sbrk, it would be an error.

// The functions of a heap. What of one program's memory another's may take
// back is only right for the derived ones, which call the others.
const (
	heapBreak   = ` _sbrk sbrk _sbrk_r `
	heapOwn     = ` malloc free realloc memalign aligned_alloc _memalign_r posix_memalign `
	heapDerived = ` calloc _malloc_r _free_r _realloc_r _calloc_r `
)

// HeapPeek are functions that look into a C library's heap. They must not
// come from there when the heap does not.
const HeapPeek = ` malloc_usable_size _malloc_usable_size_r mallinfo _mallinfo_r mallopt _mallopt_r
	malloc_stats _malloc_stats_r malloc_trim _malloc_trim_r `

var (
	heapInside = lazy.Value[map[string]bool]{Make: func() map[string]bool { return setOf(HeapPeek) }}
	heapNames  = lazy.Value[map[string]bool]{Make: func() map[string]bool { return setOf(heapBreak + heapOwn + heapDerived + HeapPeek) }}
)

func setOf(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}

// ownBreak reports whether the program says where C libraries' heap is: an
// input object, or an option, defines _sbrk, and not over the firmware's memory.
func (r *Program) ownBreak() bool {
	for name := range strings.FieldsSeq(heapBreak) {
		if _, alias := r.Aliases[name]; alias {
			return true
		}
		if e, ok := r.Fixed(name); ok && e.From == "" {
			return true
		}
		if d, ok := r.Globals.Get(name); ok && int(d.Obj) < len(r.In.Objects) {
			if _, past := r.pastEnd(int(d.Obj)); !past {
				return true
			}
		}
	}
	return false
}

// pastEnd returns the first reference of an object to the end of the module's
// memory.
func (r *Program) pastEnd(oi int) (p mention, ok bool) {
	r.eachReference(oi, func(si int, off uint64, name string) bool {
		e, boundary := regionBoundaries.Get()[name]
		if ok = boundary && e.End && e.Region != mpyfile.Text && !r.isDefined(name); ok {
			p = mention{linkmap.At(r.Objects[oi].Name, r.Objects[oi].Sections[si].Name, off), name}
		}
		return !ok
	})
	return p, ok
}

// mention is a reference to a name.
type mention struct {
	where diag.Place
	name  string
}

// eachReference calls f for each reference to a global name from the sections of
// an object that are in the module, until it returns false.
func (r *Program) eachReference(oi int, f func(section int, off uint64, name string) bool) {
	obj := r.Objects[oi]
	for si := range obj.Sections {
		if r.SectionOf[oi][si] < 0 {
			continue
		}
		for rel := range obj.Sections[si].Relocs {
			if s := &obj.Symbols[rel.Sym]; s.Local() || s.Name == "" {
				continue
			}
			if name, _ := r.final(r.Means(oi, int(rel.Sym))); !f(si, uint64(rel.Off), name) {
				return
			}
		}
	}
}

// checkHeap sees to it that no memory is handed out that is not the module's, and
// none taken back by who did not hand it out.
func (r *Program) checkHeap(errs *diag.List) {
	var from []int // objects with functions of a heap
	of := map[int][]string{}
	for name := range strings.FieldsSeq(heapBreak + heapOwn + heapDerived) {
		d, ok := r.Globals.Get(name)
		if !ok || r.Symbol(d).Where != elfload.InSection || r.fromSupport(d) {
			continue
		}
		if oi := int(d.Obj); !slices.Contains(from, oi) {
			from = append(from, oi)
		}
		of[int(d.Obj)] = append(of[int(d.Obj)], name)
	}
	for _, oi := range from {
		if p, past := r.pastEnd(oi); past {
			r.reportPastEnd(p, of[oi], errs)
		}
	}
	if len(from) > 0 {
		r.checkMixedHeap(errs)
	}
}

// reportPastEnd reports functions of a heap over the firmware's memory: an error
// if something calls them.
func (r *Program) reportPastEnd(p mention, functions []string, errs *diag.List) {
	used := ""
	for oi := range r.Objects {
		r.eachReference(oi, func(_ int, _ uint64, name string) bool {
			if slices.Contains(functions, name) {
				used = name
			}
			return used == ""
		})
	}
	const text = "%s takes the memory behind %s for a heap, but it belongs to the firmware"
	e := diag.New(p.where, text, functions[0], p.name)
	if used == "" {
		e.Note("nothing calls it: malloc is on MicroPython's heap")
		r.Warnings = append(r.Warnings, e)
		return
	}
	e = errs.Add(p.where, text, used, p.name)
	e.Note("leave it out: mpyld's own library has malloc, free and _sbrk on MicroPython's heap")
	e.Note("or let it hand out an array of the module's own")
}

// checkMixedHeap reports functions for one memory that come from two heaps.
func (r *Program) checkMixedHeap(errs *diag.List) {
	ours, theirs := "", ""
	var at Def
	for name := range strings.FieldsSeq(heapOwn) {
		switch d, ok := r.Globals.Get(name); {
		case !ok:
		case r.fromSupport(d):
			ours = name
		case theirs == "":
			theirs, at = name, d
		}
	}
	if ours != "" && theirs != "" {
		errs.Add(r.Where(at), "%s is defined here, but %s is not: mpyld's library has one, for memory of its own", theirs, ours).
			Note("define %s too, or leave malloc, free and realloc to mpyld's library", ours)
	}
}

// fromSupport reports whether a definition is the support library's.
func (r *Program) fromSupport(d Def) bool {
	return r.support != nil && strings.HasPrefix(r.Objects[d.Obj].Name, r.support.Name+"(")
}
