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

// want notes an undefined symbol.
func (r *Program) want(obj *elfload.Object, s *elfload.Symbol, n *named) {
	strength := wantedStrong
	if s.Weak() {
		strength = wantedWeak
	}
	if n.wanted >= strength {
		return
	}
	n.wanted = strength
	name := r.Globals.Name(n.number)
	if p, ok := r.In.ABI.Provided.Get()[name]; ok {
		if _, seen := r.CodeRank[p.Dest]; p.Code && !seen {
			r.CodeRank[p.Dest] = len(r.CodeRank)
		}
		if !p.Code || len(r.In.Archives) == 0 {
			return // no library has it
		}
	}
	r.wantBoundary(name)
	if !s.Weak() || evenWeak.Get()[name] { // a weak reference is content with nothing
		r.request(n, obj.Name)
	}
}

// pendingRef is a name that archive members are pulled for, by its number, and who
// asks first, by index in Program.requesters. A link may have many; most are defined without an archive.
type pendingRef struct{ name, by int32 }

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
	name := r.Globals.Name(n.number)
	if n.Defined && !r.isCommon(n) {
		return
	}
	if len(r.In.Archives) == 0 && r.In.Support == nil {
		return
	}
	r.wantValue(name)
	if _, fixed := r.Fixed(name); fixed || r.overridden(name) {
		return
	}
	if last := len(r.requesters) - 1; last < 0 || r.requesters[last] != who {
		r.requesters = append(r.requesters, who)
	}
	if r.wanted == nil {
		r.wanted = make([]pendingRef, 0, cap(r.Globals.List))
	}
	r.wanted = append(r.wanted, pendingRef{n.number, int32(len(r.requesters) - 1)})
}

// extract pulls the archive members that define wanted names. All archives
// form one group: their order only decides who is asked first. A member that
// is pulled may want more names, which are appended to the list being walked.
func (r *Program) extract(errs *diag.List) {
	for ; r.next < len(r.wanted); r.next++ {
		w := r.wanted[r.next]
		n := &r.Globals.List[w.name]
		common := r.isCommon(n)
		if n.Defined && !common {
			continue
		}
		name := r.Globals.Name(w.name)
		obj, err := r.member(name, common)
		errs.Join(err)
		if obj != nil {
			r.Extracted = append(r.Extracted, linkmap.Extraction{For: r.requesters[w.by], Member: obj.Name, Symbol: name})
			r.addObject(obj, errs)
		}
	}
}
