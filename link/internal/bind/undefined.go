package bind

import (
	"debug/elf"
	"maps"
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
)

// A symbol that nobody defines is one fault, however many relocations name it, and the
// name alone seldom tells what to do. References are gathered by symbol, and when all
// are in, each symbol gets one error: the first places, how many more there are, and what
// is known about the name.
//
//	a.o:(.text+0x8): undefined symbol: pow (in f), and at two more places; libm.a has it

// undefined gathers the references to one symbol that nobody defines.
type undefined struct {
	sites []site // the first few
	more  int
}

// site is one reference, from an offset in a section of an object.
type site struct {
	obj *elfload.Object
	p   *linkmap.Origin
	off uint64
}

func (s site) where() diag.Place { return s.p.At(s.off) }

// maxSites is how many references to one undefined symbol are shown.
const maxSites = 3

// maxUndefined is how many undefined symbols are gathered: of more, nobody
// looks at the list, and a hostile object has as many as it has bytes.
const maxUndefined = 1000

func (s *binder) undefined(name string) *undefined {
	u := s.undef[name]
	if u == nil {
		u = &undefined{}
		if len(s.undef) < maxUndefined {
			s.undef[name] = u
		}
	}
	return u
}

// refer adds a reference from off in section p of object oi.
func (u *undefined) refer(s *binder, oi int, p *linkmap.Origin, off uint64) {
	if len(u.sites) == maxSites {
		u.more++
		return
	}
	u.sites = append(u.sites, site{s.prog.Objects[oi], p, off})
}

// enclosing returns the function whose code contains the reference, or "".
func (s site) enclosing() string {
	obj, p, off := s.obj, s.p, s.off
	best, bestAt := "", uint64(0)
	for i := range obj.Symbols {
		f := &obj.Symbols[i]
		if f.Where != elfload.InSection || f.Type() != elf.STT_FUNC || len(p.Data) == 0 {
			continue
		}
		// A section is known by its bytes: its Origin has the same slice.
		data := obj.Sections[f.Sect].Data
		if len(data) == 0 || &data[0] != &p.Data[0] || f.Value > off {
			continue
		}
		if best == "" || f.Value >= bestAt {
			best, bestAt = f.Name, f.Value
		}
	}
	return best
}

// maxExplained is for how many undefined symbols we look around: each look goes
// through all symbols there are.
const maxExplained = 100

// reportUndefined turns what was gathered into one error per symbol.
func (s *binder) reportUndefined() {
	explain := len(s.undef) <= maxExplained
	var needed map[string]bool // what code needs that can be reached
	if explain && len(s.undef) > 0 && !s.prog.In.GCSections {
		needed = s.prog.Reach(true).Undefined
	}
	for _, name := range slices.Sorted(maps.Keys(s.undef)) {
		u := s.undef[name]
		first, rest := u.sites[0], u.sites[1:]
		e := s.errs.Add(first.where(), "undefined symbol: %s", name)
		if explain {
			if fn := first.enclosing(); fn != "" {
				e.Text += " (in " + fn + ")"
			}
			for _, site := range rest {
				in := ""
				if fn := site.enclosing(); fn != "" {
					in = " in " + fn
				}
				e.Note("also referenced at %s%s", site.where(), in)
			}
		}
		if u.more > 0 && explain {
			e.Note("and %d more references", u.more)
		}
		if needed != nil && !needed[name] {
			e.Note("only sections that nothing reaches need it: --gc-sections leaves them out")
		}
		if s.explainHeaders(name, e) {
			continue
		}
		s.prog.NoteOtherMachine(name, e)
		if hint := s.whoHas(name); hint != "" {
			e.Note("%s", hint)
		} else if explain {
			if near := s.didYouMean(name); near != "" {
				e.Note("did you mean %s?", near)
			}
		}
	}
}

// didYouMean returns the known symbol nearest to name, or "".
func (s *binder) didYouMean(name string) string {
	limit := min(2, len(name)/3)
	best, bestName := limit+1, ""
	consider := func(known string) {
		if d := diag.Distance(name, known, best); d < best || d == best && d <= limit && known < bestName {
			best, bestName = d, known
		}
	}
	for i := range s.prog.Globals.List {
		if s.prog.Globals.List[i].Defined {
			consider(s.prog.Globals.Name(int32(i)))
		}
	}
	for known := range s.prog.In.ABI.Provided.Get() {
		consider(known)
	}
	return bestName
}
