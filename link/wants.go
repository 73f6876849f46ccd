package link

import (
	"mpyld/diag"
	"mpyld/elfload"
)

// What objects leave undefined, and the archive members that come in for it.

// want notes an undefined symbol.
func (r *program) want(obj *elfload.Object, s *elfload.Symbol, n *named) {
	strength := wantedStrong
	if s.Weak() {
		strength = wantedWeak
	}
	if n.wanted >= strength {
		return
	}
	n.wanted = strength
	if p, ok := r.in.ABI.Provided[n.name]; ok {
		if _, seen := r.codeRank[p.Dest]; p.Code && !seen {
			r.codeRank[p.Dest] = len(r.codeRank)
		}
		if !p.Code || len(r.in.Archives) == 0 {
			return // no library has it
		}
	}
	r.wantBoundary(n.name)
	if !s.Weak() || evenWeak[n.name] { // a weak reference is content with nothing
		r.wish(n, obj.Name)
	}
}

// wish is a name that archive members are pulled for, by its number, and who
// asks first, by index in resolved.askers. Links have many, though few come true.
type wish struct{ name, by int32 }

// wantName notes a name that archive members are pulled for, and who asks.
func (r *program) wantName(name, who string) {
	r.wish(&r.globals.list[r.globals.number(name)], who)
}

// wantDefinition notes a common symbol: an archive member may have a definition
// of it that counts for more.
func (r *program) wantDefinition(n *named, who string) {
	if n.wanted < wantedDefined && r.isCommon(n) {
		n.wanted = wantedDefined
		r.wish(n, who)
	}
}

func (r *program) wish(n *named, who string) {
	name := n.name
	if n.defined && !r.isCommon(n) {
		return
	}
	if len(r.in.Archives) == 0 && r.in.Support == nil {
		return
	}
	r.wantValue(name)
	if _, fixed := r.fixed(name); fixed || r.overridden(name) {
		return
	}
	if last := len(r.askers) - 1; last < 0 || r.askers[last] != who {
		r.askers = append(r.askers, who)
	}
	if r.wanted == nil {
		r.wanted = make([]wish, 0, cap(r.globals.list))
	}
	r.wanted = append(r.wanted, wish{n.number, int32(len(r.askers) - 1)})
}

// extract pulls the archive members that define wanted names. All archives
// form one group: their order only decides who is asked first. A member that
// is pulled may want more names, which are appended to the list being walked.
func (r *program) extract(errs *diag.List) {
	for ; r.asked < len(r.wanted); r.asked++ {
		w := r.wanted[r.asked]
		n := &r.globals.list[w.name]
		common := r.isCommon(n)
		if n.defined && !common {
			continue
		}
		name := n.name
		obj, err := r.member(name, common)
		errs.Join(err)
		if obj != nil {
			r.extracted = append(r.extracted, Extraction{r.askers[w.by], obj.Name, name})
			r.addObject(obj, errs)
		}
	}
}
