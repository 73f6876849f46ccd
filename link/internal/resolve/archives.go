package resolve

import (
	"mpyld/diag"
	"mpyld/elfload"
)

// Each name that no object defines is looked for in the archives, in the order of
// the command line. There may be thousands of names and hundreds of archives, each
// with an index of its own, so that asking all for each takes time in proportion to
// their product. Where there are more than a few, one list by symbol says which to ask.
//
//	liba.a: f, g    libb.a: g, h        f: liba.a    g: liba.a, libb.a    h: libb.a

// fewArchives is how many are asked one after another. Of more, a list says which
// have a symbol: each of many names would be looked for in each of many archives.
const fewArchives = 8

// archivesWith returns the archives that may have a member which defines a
// symbol, in the order to ask them.
func (r *Program) archivesWith(name string) []*elfload.Archive {
	all := r.In.Archives
	if len(all) <= fewArchives {
		return all
	}
	if r.archivesOf == nil {
		r.archivesOf = map[string][]*elfload.Archive{}
		for _, a := range all {
			for symbol := range a.Symbols {
				r.archivesOf[symbol] = append(r.archivesOf[symbol], a)
			}
		}
	}
	return r.archivesOf[name]
}

// NoteOtherMachine names the archives that have a symbol for another machine.
func (r *Program) NoteOtherMachine(name string, e *diag.Error) {
	for _, a := range r.archivesWith(name) {
		if machine := a.OtherMachine(name); machine != "" {
			e.Note("%s has it, but for %s: take the library that goes with %s", a.Name, machine, r.Machine.ABI.Compile)
		}
	}
}
