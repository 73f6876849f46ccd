package resolve

import (
	"mpyld/diag"
	"mpyld/elfload"
)

// C programs start by running the output sections .init and end by running
// .fini: code that many objects put there, between a prologue of crti.o and an
// epilogue of crtn.o, runs from the one to the other. A module has no such start:
//
//	.section .init
//	call setup          after which code of the next object would follow
//
// Nothing would run this, so it is an error; what never runs at exit, since modules
// are not unloaded, is left out. A whole function that somebody refers to may well
// be in a section of this name.

const initCode, finiCode = ".init", ".fini"

// checkInitCode reports fragments of code that nothing runs. What is left out refers to nothing, so that goes first.
func (r *Program) checkInitCode(errs *diag.List) {
	for _, name := range []string{finiCode, initCode} {
		var fragments []inputSection
		for _, m := range r.fragments {
			if r.Sections[m.section].Name == name {
				fragments = append(fragments, m)
			}
		}
		if len(fragments) == 1 && r.referredSections()[[2]int{fragments[0].obj, fragments[0].sect}] {
			continue
		}
		for _, m := range fragments {
			p := &r.Sections[m.section]
			if name == initCode {
				errs.Add(p.At(0), "%d bytes of code for the start of a program (.init), which nothing runs in a module", p.Size).
					Note("leave crti.o and crtn.o out; a function that is to run before mpy_init is marked __attribute__((constructor))")
				continue
			}
			r.Notes = append(r.Notes, p.Object+":("+p.Name+"): code to run at exit is left out: MicroPython never unloads a module")
			r.SectionOf[m.obj][m.sect] = NoSection
			dropSection(p)
		}
	}
}

// referredSections returns the sections, by object and section, that other
// sections refer to, and that with the entry.
func (r *Program) referredSections() map[[2]int]bool {
	referred := map[[2]int]bool{}
	if d, ok := r.Globals.Get(entryName); ok && r.Symbol(d).Where == elfload.InSection {
		referred[[2]int{int(d.Obj), int(r.Symbol(d).Sect)}] = true
	}
	for from, sym := range r.references {
		to, s := [2]int{from[0], 0}, &r.Objects[from[0]].Symbols[sym]
		if d, ok := r.Globals.Get(r.Means(from[0], sym)); ok && !s.Local() {
			to[0], s = int(d.Obj), r.Symbol(d)
		}
		if to[1] = int(s.Sect); s.Where == elfload.InSection && to != from {
			referred[to] = true
		}
	}
	return referred
}
