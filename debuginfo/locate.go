package debuginfo

import (
	"mpyld/diag"
	"mpyld/elfload"
)

// Locate gives the places of errors and warnings, and of their notes, the lines of sources that they are from. A place names its
// object and section as people see them. If that is several, it has a line if all have the same.
// Functions that were inlined get a note about where.
func Locate(objects []*elfload.Object, lists ...diag.List) {
	l := locator{wanted: map[string][]*found{}}
	for _, list := range lists {
		for _, e := range list {
			f := &found{place: &e.Place, err: e}
			l.want(f)
			for n := range e.Notes {
				l.want(&found{place: &e.Notes[n].Place})
			}
		}
	}
	if len(l.all) == 0 {
		return
	}
	for _, obj := range objects {
		if list := l.wanted[obj.Name]; len(list) > 0 {
			l.look(obj, list)
		}
	}
	for _, f := range l.all {
		if f.at.Known() {
			f.place.Source = f.at
		}
	}
	for _, f := range l.all {
		f.tell() // only now: notes that come in move others
	}
}

// locator gathers the places whose lines are wanted.
type locator struct {
	wanted map[string][]*found // by object
	all    []*found
}

// found is what was found out of a place.
type found struct {
	place  *diag.Place
	err    *diag.Error // that the place is of; nil: of a note
	places int         // that it means
	at     diag.Source // of all of them; zero: they differ
	calls  []Call
}

func (l *locator) want(f *found) {
	if p := f.place; p.Object != "" && p.Section != "" && !p.Whole && !p.Source.Known() {
		l.wanted[p.Object] = append(l.wanted[p.Object], f)
		l.all = append(l.all, f)
	}
}

// look looks for places in an object.
func (l *locator) look(obj *elfload.Object, list []*found) {
	info := Of(obj)
	for _, f := range list {
		for n := range obj.Sections {
			s := &obj.Sections[n]
			if s.Name != f.place.Section || n == 0 {
				continue
			}
			at, calls := diag.Source{}, []Call(nil)
			switch {
			case info == nil:
			case f.place.Symbol != "":
				at = info.Declared(n, s.Edits.Out(f.place.Off))
			default:
				at, calls = info.Source(n, f.place.Off), info.Calls(n, f.place.Off)
			}
			if f.places++; f.places == 1 {
				f.at, f.calls = at, calls
			} else if f.at != at {
				f.at = diag.Source{}
			}
		}
	}
}

// tell puts notes about calls in front of those that the error has.
func (f *found) tell() {
	if f.err == nil || !f.at.Known() || len(f.calls) == 0 {
		return
	}
	var notes []diag.Note
	for _, c := range f.calls {
		what := "it"
		if c.Function != "" {
			what = c.Function
		}
		notes = append(notes, diag.Note{Text: what + " is inlined here", Place: diag.Place{Source: c.At}})
	}
	f.err.Notes = append(notes, f.err.Notes...)
}
