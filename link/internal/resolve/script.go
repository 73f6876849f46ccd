package resolve

import (
	"maps"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/ldscript"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// Linker scripts and --defsym give symbols values. Which objects take part decides about
// PROVIDE and DEFINED, and scripts decide which archive members take part: until those
// are in, it is only known that names have a value (r.script), and after, each is an
// Extern or an alias like any.
//
//	PROVIDE(top = end + 0x100);    if an object refers to top and none defines it, an alias of end
//	lib.a(top.o) defines top       then its definition counts, and PROVIDE says nothing

// alias is a symbol that is set to another, plus a number.
type alias struct {
	Symbol string
	Offset int64
	Set    ldscript.Result
}

// joinScripts notes which names have values.
func (r *Program) joinScripts() {
	if len(r.In.Scripts) > 0 {
		r.script = ldscript.Join(r.In.Scripts, r.reference)
	}
}

// setByScript returns what is known of a name before scripts are evaluated.
func (r *Program) setByScript(name string) (e linkmap.Extern, ok bool) {
	if r.script == nil {
		return e, false
	}
	e.Provide, ok = r.script.Sets(name)
	return e, ok
}

// wantScript notes the names that assignments are made from, which an archive
// may have; those of a PROVIDE when somebody wants what it gives a value.
func (r *Program) wantScript() {
	if r.script == nil {
		return
	}
	for _, name := range r.script.Assigned() {
		r.wantValue(name)
	}
}

func (r *Program) wantValue(name string) {
	if r.script == nil || r.valueWanted[name] {
		return
	}
	r.valueWanted[name] = true
	r.script.Names(name, func(n, where string) {
		r.madeOf[n] = true
		r.wantBoundary(n)
		r.wantName(n, where)
	})
}

// evaluateScript gives all names their values. No object is added after it.
func (r *Program) evaluateScript(errs *diag.List) {
	if r.script == nil {
		return
	}
	script := r.script
	r.script = nil
	r.In.Externs = maps.Clone(r.In.Externs)
	if r.In.Externs == nil {
		r.In.Externs = map[string]linkmap.Extern{}
	}
	r.Aliases, r.NoValue = map[string]alias{}, map[string]*diag.Error{}
	told := map[*diag.Error]bool{}
	for _, res := range script.Evaluate(ldscript.World{Lookup: r.meaningOf, Defined: r.isDefined, Needed: r.needed}) {
		delete(r.In.Externs, res.Name) // of a firmware
		switch v := res.Value; {
		case res.Err != nil && res.Provide:
			r.NoValue[res.Name] = res.Err
		case res.Err != nil && !told[res.Err]: // names that depend on each other share theirs
			told[res.Err] = true
			errs.Join(res.Err)
		case res.Err != nil:
		case v.Symbol == "":
			r.In.Externs[res.Name] = linkmap.Extern{Value: v.Number, Provide: res.Provide, Place: res.Where()}
		default:
			r.Aliases[res.Name] = alias{v.Symbol, int64(v.Number), res}
		}
	}
}

// meaningOf returns what a name means that scripts do not set.
func (r *Program) meaningOf(name string) (v ldscript.Value, ok bool) {
	v.Symbol = name
	if e, ok := r.Fixed(name); ok {
		return ldscript.Value{Number: e.Value}, true
	}
	if d, ok := r.Globals.Get(name); ok {
		if s := r.Symbol(d); s.Where == elfload.Absolute {
			return ldscript.Value{Number: s.Value}, true
		}
		return v, true
	}
	_, provided := r.In.ABI.Provided.Get()[name]
	return v, provided || r.boundarySeen[name] || name == GotName || name == mpyfile.QStrValsSymbol || name == mpyfile.QStrObjsSymbol
}

// needed reports whether an object refers to a name.
func (r *Program) needed(name string) bool {
	i, ok := r.Globals.Find(name)
	return ok && r.Globals.List[i].wanted > 0
}
