package link

import (
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
)

// The support library is asked for what nobody else defines, with the
// exception of ownFirst: what C libraries have of a process, with a heap, locks
// and files behind it, that a module cannot be.
var ownFirst = map[string]bool{
	"errno": true, "__errno": true, "__errno_location": true,
	"abort": true, "atexit": true, "__cxa_atexit": true, "__aeabi_atexit": true,
	"__dso_handle": true, "__cxa_pure_virtual": true, "__cxa_deleted_virtual": true,
}

// evenWeak are names that compilers refer to weakly though programs need them:
// a call through a vtable must not go to address 0.
var evenWeak = map[string]bool{"__cxa_pure_virtual": true, "__cxa_deleted_virtual": true}

// startName is the support library's function that calls constructors and then
// mpy_init.
const startName = "__mpyld_start"

// member returns the archive member that defines name, or nil; instead of a
// common symbol, one with a definition that replaces it, which the support
// library has none of.
func (r *resolved) member(name string, common bool) (*elfload.Object, error) {
	var willDo func(*elfload.Symbol) bool
	if common {
		willDo = replacesCommon
	}
	if ownFirst[name] && !common {
		if obj, err := r.supportMember(name); obj != nil || err != nil {
			return obj, err
		}
	}
	for _, a := range r.archivesWith(name) {
		if obj, err := a.Extract(name, willDo); obj != nil || err != nil {
			return obj, err
		}
	}
	if common {
		return nil, nil
	}
	return r.supportMember(name)
}

func (r *resolved) supportMember(name string) (*elfload.Object, error) {
	if r.support == nil {
		if r.in.Support == nil {
			return nil, nil
		}
		var err error
		if r.support, err = r.in.Support(r.mach); err != nil {
			return nil, err
		}
	}
	return r.support.Extract(name, nil)
}

// constructors sees to it that constructors run, once, before mpy_init: the
// module starts with a function of the support library that calls them. A
// program that refers to their table calls them itself.
func (r *resolved) constructors(errs *diag.List) {
	if fini := r.runs[finiArray]; len(fini) > 0 && !r.edgeSeen["__fini_array_start"] && !r.edgeSeen["__fini_array_end"] {
		p := &r.pieces[fini[0].piece]
		r.notes = append(r.notes, p.Object+":("+p.Name+"): functions to run at exit are left out: MicroPython never unloads a module")
		r.dropRun(finiArray)
	}
	runs := slices.Concat(r.runs[preinitArray], r.runs[initArray])
	if len(runs) == 0 {
		return
	}
	p := &r.pieces[runs[0].piece]
	if r.edgeSeen["__init_array_start"] {
		r.notes = append(r.notes, p.Object+":("+p.Name+"): constructors are left to the module, which refers to __init_array_start")
		return
	}
	r.wantName(startName, p.Object)
	r.extract(errs)
	d, ok := r.globals.get(startName)
	if !ok {
		errs.Add(p.Object+":("+p.Name+")", "functions to run before mpy_init (constructors), but nothing defines %s, which calls them", startName)
		return
	}
	if !r.isCode(d) {
		errs.Add(r.where(d), "%s is not a function", startName)
		return
	}
	r.start = &d
}

// onlyDropped returns the undefined symbols of an object that only sections
// out of the module refer to: unwind tables name functions of the unwinder,
// which must not be pulled in for them.
func (r *resolved) onlyDropped(obj *elfload.Object, of []int) map[int]bool {
	var only map[int]bool
	each := func(dropped bool, f func(sym int)) {
		for i := range obj.Sections {
			if s := &obj.Sections[i]; s.NumRelocs() > 0 && (of[i] < 0) == dropped {
				for rel := range s.Relocs {
					if s := &obj.Symbols[rel.Sym]; s.Where == elfload.Undefined && !s.Local() {
						f(int(rel.Sym))
					}
				}
			}
		}
	}
	each(true, func(sym int) {
		if only == nil {
			only = map[int]bool{}
		}
		only[sym] = true
	})
	if only != nil {
		each(false, func(sym int) { delete(only, sym) })
	}
	return only
}
