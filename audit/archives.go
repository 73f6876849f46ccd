package audit

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"mpyld/elfload"
)

// A member of an archive comes in for a symbol that is undefined then, and not
// only weakly, or is a common symbol that the member defines as a variable; and of all
// members that could, it is the first of the first archive (GNU ld, "-l", --start-group:
// all archives are one group; bfd/elflink.c: elf_link_add_archive_symbols). In the
// end no such symbol is left that a member has.
//
// A link says in which order members came and for what. So each is looked at when
// it came in:
//
//	a.o wants sin                   lib.a(sin.o) for sin: a.o wants it, and it is the first with it
//	lib.a(sin.o) wants cos, weakly  lib.a(cos.o) for cos: nobody wants it
//
// What has a fixed address, be it by PROVIDE, is not looked for in archives. The linker's own library
// is the last of all, but for what C libraries drag a process in for, and answers weak references too:
// g++ refers to __cxa_pure_virtual so.

// take takes in the objects, and the members in their order.
func (a *audit) take(members []Extraction) {
	if a.table = a.in.Names; a.table == nil {
		a.table = elfload.NewNames(a.in.Objects)
	}
	a.globals = make([]global, a.table.Len(), a.table.Len()+suppliedNames)
	a.groups, a.wrapped = map[string]*group{}, wraps(a.in.Wrap)
	a.files = make([]file, 0, len(a.in.Objects)+len(members))
	a.joinScripts()
	for _, obj := range a.in.Objects {
		a.add(obj, false)
	}
	for _, name := range a.in.Undefined {
		a.want(name)
	}
	a.want(entryName)
	a.aliases(a.want)
	taken := map[*elfload.Object]bool{}
	for _, e := range members {
		obj, own := a.extract(e, taken)
		if obj == nil {
			return
		}
		taken[obj] = true
		a.add(obj, own)
	}
	a.left(taken)
}

// suppliedNames is about how many names come in that the link has not numbered.
const suppliedNames = 16

// want notes that a name is wanted without an object that says so.
func (a *audit) want(name string) {
	n := a.number(name)
	g := &a.globals[n]
	g.wanted, g.asked = true, true
	if a.demanded == nil {
		a.demanded = map[int32]bool{}
	}
	a.demanded[n] = true
}

// extract returns the member that is to come in, or nil and says why not.
func (a *audit) extract(e Extraction, taken map[*elfload.Object]bool) (obj *elfload.Object, own bool) {
	g := &a.globals[a.number(e.Symbol)]
	switch {
	case g.is == weak || g.is == strong:
		a.bad(e.Member, "the map has this archive member for %s, by the rule of archives it stays out: %s defines the symbol", e.Symbol, a.whose(g))
		return nil, false
	case g.is != common && !g.wanted && !(g.asked && a.supplies(e.Symbol)) && e.Symbol != startName:
		a.bad(e.Member, "the map has this archive member for %s, by the rule of archives it stays out: nothing wants the symbol", e.Symbol)
		return nil, false
	case a.isGiven(e.Symbol):
		a.bad(e.Member, "the map has this archive member for %s, by the rule of archives it stays out: the symbol has a fixed address", e.Symbol)
		return nil, false
	}
	proper := g.is == common
	first, lib := a.first(e.Symbol, proper, taken)
	own = lib == a.in.Support
	if first != nil && first.Name != e.Member {
		if users := a.firstOfUsers(e.Symbol, lib, taken); users != nil && users.Name == e.Member {
			first = users
		} else if ours := definer(a.in.Support, e.Symbol, proper, taken); ours != nil && ours.Name == e.Member && a.goesFirst(e.Symbol, lib) {
			first, own = ours, true
		}
	}
	if first == nil || first.Name != e.Member {
		name := "no member"
		if first != nil {
			name = first.Name
		}
		a.bad(e.Member, "the map has this archive member for %s, by the rule of archives it is %s: it is the first that defines the symbol", e.Symbol, name)
		return nil, false
	}
	return first, own
}

// first returns the first member with a definition of a symbol that is not in yet, and its archive.
func (a *audit) first(symbol string, proper bool, taken map[*elfload.Object]bool) (*elfload.Object, *elfload.Archive) {
	for _, lib := range a.holders(symbol) {
		if obj := definer(lib, symbol, proper, taken); obj != nil {
			return obj, lib
		}
	}
	return definer(a.in.Support, symbol, proper, taken), a.in.Support
}

// holders returns the archives that can have a member with a symbol, in their order.
func (a *audit) holders(symbol string) []*elfload.Archive {
	const few = 8 // may be asked one after the other
	if len(a.in.Archives) <= few {
		return a.in.Archives
	}
	if a.held == nil {
		a.held = map[string][]*elfload.Archive{}
		for _, lib := range a.in.Archives {
			for name := range lib.Symbols {
				a.held[name] = append(a.held[name], lib)
			}
		}
	}
	return a.held[symbol]
}

// firstOfUsers is first for the archives that are no C library, which for what C libraries take from a system go before
// them, as the linker's own library does; nil if the first that has it is none either.
func (a *audit) firstOfUsers(symbol string, first *elfload.Archive, taken map[*elfload.Object]bool) *elfload.Object {
	if first == nil || !isSystem(first) || !slices.Contains(heap, symbol) && !slices.Contains(ofSystem, symbol) {
		return nil
	}
	for _, lib := range a.holders(symbol) {
		if obj := definer(lib, symbol, false, taken); obj != nil && !isSystem(lib) {
			return obj
		}
	}
	return nil
}

// goesFirst reports whether the linker's own library may go before an archive for a symbol: for what
// is of a process, and before C libraries, and what is linked with them to be a system.
func (a *audit) goesFirst(symbol string, lib *elfload.Archive) bool {
	return lib != nil && a.supplies(symbol) && (slices.Contains(ofProcess, symbol) || isSystem(lib))
}

// isSystem reports whether an archive is a C library, or linked with one to be a system.
func isSystem(lib *elfload.Archive) bool {
	name := lib.Name[strings.LastIndexByte(lib.Name, '/')+1:]
	return lib.Has("strtol") || slices.ContainsFunc(systems, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

var (
	ofProcess = []string{
		"errno", "__errno", "__errno_location", "___errno_location", "abort", "atexit", "__cxa_atexit", "__aeabi_atexit",
		"__dso_handle", "__cxa_pure_virtual", "__cxa_deleted_virtual",
	}
	ofSystem = []string{ // newlib's names for it, and what looks into its heap
		"exit", "_exit", "_Exit", "__assert", "__assert_fail", "__assert_func", "__assert_no_args",
		"_close", "_fstat", "_getpid", "_isatty", "_kill", "_link", "_lseek", "_open", "_read", "_stat", "_unlink", "_write",
		"malloc_usable_size", "_malloc_usable_size_r", "mallinfo", "_mallinfo_r", "mallopt", "_mallopt_r",
		"malloc_stats", "_malloc_stats_r", "malloc_trim", "_malloc_trim_r",
	}
	systems = []string{"libnosys", "libgloss", "librdimon", "librdpmon", "libsemihost", "libdummyhost"} // newlib's, picolibc's
)

// definer is first for one archive, or for none. proper asks for a definition that is no
// common symbol.
func definer(lib *elfload.Archive, symbol string, proper bool, taken map[*elfload.Object]bool) *elfload.Object {
	if lib == nil || !lib.Has(symbol) {
		return nil
	}
	for obj := range lib.Definers(symbol) {
		if !taken[obj] && (!proper || defines(obj, symbol)) {
			return obj
		}
	}
	return nil
}

// defines reports whether an object defines a symbol so that it comes in for a common
// one: not weakly, and not as a function (bfd/elflink.c: is_global_data_symbol_definition).
func defines(obj *elfload.Object, symbol string) bool {
	for i := obj.Locals; i < len(obj.Symbols); i++ {
		s := &obj.Symbols[i]
		if s.Name == symbol && (s.Where == elfload.InSection || s.Where == elfload.Absolute) {
			bind, typ := s.Bind(), s.Type()
			return (bind == elf.STB_GLOBAL || bind >= elf.STB_LOOS) && typ != elf.STT_FUNC && typ != elf.STT_GNU_IFUNC
		}
	}
	return false
}

// supplies reports whether the linker's own library may go before others for a
// symbol: it does before libraries that have a process behind them.
func (a *audit) supplies(symbol string) bool {
	return a.in.Support != nil && a.in.Support.Has(symbol)
}

// left checks that no symbol is left that a member would have to come in for.
func (a *audit) left(taken map[*elfload.Object]bool) {
	if len(a.in.Archives) == 0 && a.in.Support == nil {
		return
	}
	for i := range a.globals {
		g, name := &a.globals[i], a.table.Name(int32(i))
		if g.is != common && (g.is != undefined || !g.wanted) || a.isGiven(name) || isEdge(name) {
			continue
		}
		provided, ok := a.in.ABI.Provided.Get()[name]
		if ok && !provided.Code {
			continue // the firmware's tables are the module's own business
		}
		obj, lib := a.first(name, g.is == common, taken)
		own := lib == a.in.Support
		if obj == nil || own && (ok || g.is == common) || g.is == undefined && !a.used(int32(i)) && !a.demanded[int32(i)] {
			continue
		}
		a.bad(obj.Name, "the map does not have this archive member, by the rule of archives it comes in for %s, which is %s", name, [...]string{undefined: "undefined", common: "a common symbol"}[g.is])
	}
}

// used reports whether a section that may be part of a module refers to a name, and not weakly.
func (a *audit) used(number int32) bool {
	if a.uses != nil {
		return a.uses[number]
	}
	a.uses = make([]bool, len(a.globals))
	for i := range a.files {
		f := &a.files[i]
		for s := range f.Sections {
			if !a.loadable(f, s) {
				continue
			}
			for _, sym := range f.Sections[s].RelocSymbols {
				if n := int(sym) - f.Locals; n >= 0 && f.names[n] >= 0 && f.Symbols[sym].Bind() != elf.STB_WEAK {
					a.uses[f.names[n]] = true
				}
			}
		}
	}
	return a.uses[number]
}

// whose names the file that defines a name.
func (a *audit) whose(g *global) string { return cmp.Or(a.files[g.def.file].Name, "an object") }
