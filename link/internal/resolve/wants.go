package resolve

import (
	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
)

// An archive member comes in for a name that an object refers to and none defines. It
// may itself refer to others, so the names to look for are a list that grows while it
// is walked: when its end is reached, nothing more is missing that an archive has.
//
//	m.o refers to f; lib.a(f.o) defines f and refers to g; lib.a(g.o) defines g
//	the list: f, and when f.o is in, g

// want notes an undefined symbol. Most are defined by another object, so what else a name
// may mean is asked when all objects are in, by settle, unless scripts ask for other names with it.
func (r *Program) want(obj *elfload.Object, s *elfload.Symbol, n *named) {
	strength := wantedStrong
	if s.Weak() {
		strength = wantedWeak
	}
	if n.wanted >= strength {
		return
	}
	n.wanted = strength
	if r.script != nil && !r.settle(n, s.Weak()) {
		return
	}
	r.pend(n, obj.Name, s.Weak())
}

// settle notes what the firmware or the linker gives an undefined symbol, and reports whether archives are to be
// asked for it.
func (r *Program) settle(n *named, weak bool) bool {
	name := r.Globals.Name(n.number)
	if p, ok := r.In.ABI.Provided.Get()[name]; ok {
		if _, seen := r.CodeRank[p.Dest]; p.Code && !seen {
			r.CodeRank[p.Dest] = len(r.CodeRank)
		}
		if !p.Code || len(r.In.Archives) == 0 {
			return false // no library has it
		}
	}
	r.wantBoundary(name)
	return (!weak || evenWeak.Get()[name]) && r.asksArchives(n, name) // a weak reference is content with nothing
}

// pendingRef is a name that archive members are pulled for, by its number, and who
// asks first, by index in Program.requesters. A link may have many; most are defined without an archive.
type pendingRef struct {
	name, by int32
	ask      ask
}

// ask is what has to be asked of a name before members are pulled for it.
type ask uint8

const (
	nothing ask = iota
	strongly
	weakly
)

// pend adds a name to those that members are pulled for.
func (r *Program) pend(n *named, who string, weak bool) {
	p := pendingRef{name: n.number}
	switch {
	case r.script != nil:
	case weak:
		p.ask = weakly
	default:
		p.ask = strongly
	}
	r.push(p, who)
}

func (r *Program) push(p pendingRef, who string) {
	if last := len(r.requesters) - 1; last < 0 || r.requesters[last] != who {
		r.requesters = append(r.requesters, who)
	}
	if r.wanted == nil {
		r.wanted = make([]pendingRef, 0, cap(r.Globals.List))
	}
	p.by = int32(len(r.requesters) - 1)
	r.wanted = append(r.wanted, p)
}

// wantName notes a name that archive members are pulled for, and who asks.
func (r *Program) wantName(name, who string) {
	r.request(&r.Globals.List[r.Globals.number(name)], who)
}

// wantDefinition notes a common symbol: an archive member may have a definition
// of it that counts for more.
func (r *Program) wantDefinition(n *named, who string) {
	if n.wanted < wantedDefined && r.isCommon(n) {
		n.wanted = wantedDefined
		r.request(n, who)
	}
}

func (r *Program) request(n *named, who string) {
	if r.asksArchives(n, r.Globals.Name(n.number)) {
		r.push(pendingRef{name: n.number}, who)
	}
}

// asksArchives reports whether a name is one that archive members may be pulled for.
func (r *Program) asksArchives(n *named, name string) bool {
	if n.Defined && !r.isCommon(n) {
		return false
	}
	if len(r.In.Archives) == 0 && r.In.Support == nil {
		return false
	}
	r.wantValue(name)
	_, fixed := r.Fixed(name)
	return !fixed && !r.overridden(name)
}

// extract pulls the archive members that define wanted names. All archives
// form one group: their order only decides who is asked first. A member that
// is pulled may want more names, which are appended to the list being walked.
func (r *Program) extract(errs *diag.List) {
	provided := r.Globals.numbersOf(r.In.ABI)
	for ; r.next < len(r.wanted); r.next++ {
		w := r.wanted[r.next]
		n := &r.Globals.List[w.name]
		if n.Defined && !r.isCommon(n) && (w.ask == nothing || int(w.name) < len(provided) && !provided[w.name]) {
			continue
		}
		if w.ask != nothing && !r.settle(n, w.ask == weakly) {
			continue
		}
		r.pull(w, errs)
	}
}

// pull adds the archive member for a name. Instead of a common symbol, the next one comes in as well if all that it defines
// is in a copy of a group that is left out.
func (r *Program) pull(w pendingRef, errs *diag.List) {
	name := r.Globals.Name(w.name)
	common := r.isCommon(&r.Globals.List[w.name])
	for {
		obj, err := r.member(name, common)
		errs.Join(err)
		if obj == nil {
			return
		}
		r.Extracted = append(r.Extracted, linkmap.Extraction{For: r.requesters[w.by], Member: obj.Name, Symbol: name})
		r.addObject(obj, errs)
		if !common || !r.isCommon(&r.Globals.List[w.name]) {
			return
		}
	}
}
