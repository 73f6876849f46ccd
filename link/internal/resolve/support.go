package resolve

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/internal/lazy"
)

// Programs take functions for granted that a module has not: a heap, errno, an exit.
// The support library has those, but a program's own definition counts, and so does a
// C library's, unless that one drags in a system: locks, files, system calls. So for
// each name there is an order in which archives and the support library are asked.
//
//	m.o calls strlen, malloc and abort, which libc.a has all
//	strlen: libc.a    malloc: archives of the user's, the support library    abort: the support library

// preference is when the support library is asked for a name.
type preference uint8

const (
	afterAll  preference = iota
	beforeC              // before the archives of C libraries, but after others
	beforeAll            // before all archives
)

// preferred has the names that are not afterAll. newlib's functions for a
// process have an underscore in front; those without it call them.
var preferred = lazy.Value[map[string]preference]{Make: func() map[string]preference {
	m := map[string]preference{}
	for name := range strings.FieldsSeq(namesBeforeAll) {
		m[name] = beforeAll
	}
	for name := range strings.FieldsSeq(namesBeforeC + heapBreak + heapOwn + heapDerived + HeapPeek) {
		m[name] = beforeC
	}
	return m
}}

const (
	namesBeforeAll = `errno __errno __errno_location ___errno_location abort atexit __cxa_atexit __aeabi_atexit __dso_handle
		__cxa_pure_virtual __cxa_deleted_virtual`
	namesBeforeC = `exit _exit _Exit __assert __assert_fail __assert_func __assert_no_args
		_close _fstat _getpid _isatty _kill _link _lseek _open _read _stat _unlink _write `
)

// systemCalls are the archives that come with C libraries to be a system for
// them, which always fails, or is a debugger's: newlib's, then picolibc's.
var systemCalls = []string{
	"libnosys.a", "libgloss.a", "libgloss-linux.a", "librdimon.a", "librdimon_nano.a", "librdimon-v2m.a", "librdpmon.a",
	"libsemihost.a", "libdummyhost.a",
}

// isCLibrary reports whether an archive is a C library, or made to go with one.
func isCLibrary(a *elfload.Archive) bool {
	return a.Has("strtol") || slices.Contains(systemCalls, filepath.Base(a.Name))
}

// evenWeak are names that compilers refer to weakly though programs need them:
// a call through a vtable must not go to address 0.
var evenWeak = lazy.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{"__cxa_pure_virtual": true, "__cxa_deleted_virtual": true}
}}

// StartName is the support library's function that calls constructors and then
// mpy_init.
const StartName = "__mpyld_start"

// member returns the archive member that defines name, or nil; instead of a
// common symbol, one with a definition that replaces it, which the support
// library has none of.
func (r *Program) member(name string, common bool) (*elfload.Object, error) {
	if common {
		return r.archiveMember(name, replacesCommon, anyArchive)
	}
	p := preferred.Get()[name]
	if heapNames.Get()[name] && r.ownBreak() {
		p = afterAll
	}
	switch p {
	case beforeAll:
		return r.firstMember(name, (*Program).supportMember, allArchives)
	case beforeC:
		if heapInside.Get()[name] {
			return r.firstMember(name, userArchives, (*Program).supportMember)
		}
		return r.firstMember(name, userArchives, (*Program).supportMember, allArchives)
	}
	return r.firstMember(name, allArchives, (*Program).supportMember)
}

// firstMember asks for a name in order.
func (r *Program) firstMember(name string, asked ...func(*Program, string) (*elfload.Object, error)) (*elfload.Object, error) {
	for _, ask := range asked {
		if obj, err := ask(r, name); obj != nil || err != nil {
			return obj, err
		}
	}
	return nil, nil
}

func allArchives(r *Program, name string) (*elfload.Object, error) {
	return r.archiveMember(name, nil, anyArchive)
}

func userArchives(r *Program, name string) (*elfload.Object, error) {
	return r.archiveMember(name, nil, func(a *elfload.Archive) bool { return !isCLibrary(a) })
}

func anyArchive(*elfload.Archive) bool { return true }

func (r *Program) archiveMember(name string, willDo func(*elfload.Symbol) bool, from func(*elfload.Archive) bool) (*elfload.Object, error) {
	for _, a := range r.archivesWith(name) {
		if !from(a) {
			continue
		}
		if obj, err := a.Extract(name, willDo); obj != nil || err != nil {
			return obj, err
		}
	}
	return nil, nil
}

func (r *Program) supportMember(name string) (*elfload.Object, error) {
	if name == GotName {
		return nil, nil // most modules ask for it, and opening the library takes as long as linking them
	}
	if r.support == nil {
		if r.In.Support == nil {
			return nil, nil
		}
		var err error
		if r.support, err = r.In.Support(r.Machine); err != nil {
			return nil, err
		}
	}
	return r.support.Extract(name, nil)
}

// destructors leaves out the tables of functions to run at exit, unless the program refers to them.
func (r *Program) destructors() {
	if fini := r.outputs[finiArray]; len(fini) > 0 && !r.asksFor("__fini_array_start") && !r.asksFor("__fini_array_end") {
		p := &r.Sections[fini[0].section]
		r.Notes = append(r.Notes, p.Object+":("+p.Name+"): functions to run at exit are left out: MicroPython never unloads a module")
		r.dropOutput(finiArray)
	}
}

// constructors sees to it that constructors run, once, before mpy_init: the
// module starts with a function of the support library that calls them. A
// program that refers to their table calls them itself.
func (r *Program) constructors(errs *diag.List) {
	tables := slices.Concat(r.outputs[preinitArray], r.outputs[initArray])
	if len(tables) == 0 {
		return
	}
	p := &r.Sections[tables[0].section]
	if r.asksFor("__init_array_start") {
		r.Notes = append(r.Notes, p.Object+":("+p.Name+"): constructors are left to the module, which refers to __init_array_start")
		return
	}
	r.dropEmptyTables()
	if len(r.outputs[preinitArray])+len(r.outputs[initArray]) == 0 {
		return
	}
	r.wantName(StartName, p.Object)
	r.extract(errs)
	d, ok := r.Globals.Get(StartName)
	if !ok {
		errs.Add(p.Object+":("+p.Name+")", "functions to run before mpy_init (constructors), but nothing defines %s, which calls them", StartName)
		return
	}
	if !r.isCode(d) {
		errs.Add(r.Where(d), "%s is not a function", StartName)
		return
	}
	r.start = &d
}

// dropEmptyTables leaves out the sections of constructors' tables that have no
// function, but zeros, or the -1 that the start files of old compilers put in front
// of a table: who calls what is in a table must not call these.
func (r *Program) dropEmptyTables() {
	for _, table := range [...]string{preinitArray, initArray} {
		r.outputs[table] = slices.DeleteFunc(r.outputs[table], func(m inputSection) bool {
			s := &r.Objects[m.obj].Sections[m.sect]
			empty := s.NumRelocs() == 0 && (allBytes(s.Data, 0) || allBytes(s.Data, 0xff))
			if empty {
				r.SectionOf[m.obj][m.sect] = NoSection
				dropSection(&r.Sections[m.section])
			}
			return empty
		})
	}
}

// allBytes reports whether all bytes of data are b.
func allBytes(data []byte, b byte) bool {
	return bytes.Count(data, []byte{b}) == len(data)
}

// asksFor reports whether something that can be reached refers to a
// linker-defined symbol. What scripts set to other symbols is not known yet: then
// whatever refers to it counts.
func (r *Program) asksFor(name string) bool {
	switch {
	case !r.boundarySeen[name]:
		return false
	case r.script == nil:
		return r.Reach(r.In.GCSections).Undefined[name]
	}
	return r.madeOf[name] || r.refersTo(name)
}

// refersTo reports whether a section that may be part of the module refers to a name.
func (r *Program) refersTo(name string) bool {
	for from, sym := range r.references {
		if !r.Objects[from[0]].Symbols[sym].Local() && r.Means(from[0], sym) == name {
			return true
		}
	}
	return false
}

// references goes through the relocations of all sections that may be part of the module: by the object and the section
// that each is in, which symbol it is against.
func (r *Program) references(yield func(from [2]int, sym int) bool) {
	for oi, obj := range r.Objects {
		for si := range obj.Sections {
			if r.SectionOf[oi][si] < 0 {
				continue
			}
			for h, sym := range obj.Sections[si].RelocSymbols {
				if !MarksOnly(h) && !yield([2]int{oi, si}, int(sym)) {
					return
				}
			}
		}
	}
}

// onlyDropped returns the undefined symbols of an object that only sections
// out of the module refer to: unwind tables name functions of the unwinder,
// which must not be pulled in for them.
func (r *Program) onlyDropped(obj *elfload.Object, of []int32) map[int]bool {
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
