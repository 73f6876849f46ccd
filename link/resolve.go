package link

import (
	"debug/elf"
	"fmt"
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// entryName is the function a module's text starts with.
const entryName = "mpy_init"

// gotName is the linker-defined symbol at the start of the GOT.
const gotName = "_GLOBAL_OFFSET_TABLE_"

// resolved is the result of the resolve pass.
type resolved struct {
	in   Input
	mach *relocs.Machine

	objs    []*elfload.Object // the input objects, then the archive members they need
	pieces  []Piece           // kept sections in link order, common symbols, entry jump, GOT; no addresses yet
	homes   []home            // parallel to pieces
	pieceOf [][]int           // by object and section: index into pieces, noPiece or discarded

	globals *names
	nameOf  [][]int32           // by object and symbol: number in globals, or notGlobal
	comdats map[string]groupRef // by signature, the groups that are in
	entry   def                 // mpy_init, or what calls it
	start   *def                // the support library's function that calls constructors, or nil

	runs  map[string][]runMember // by name
	mates map[int][]int          // by piece: what must share its region
	edges []Edge

	edgeNames []string // linker-defined symbols that are referred to, in order
	edgeSeen  map[string]bool
	edgeOf    map[string]int // the pieces of those that nobody else defines

	support *elfload.Archive // opened when first needed
	notes   []string

	// wanted lists the names that objects leave undefined, in the order they
	// first do, and who named each first. It is what archive members are pulled
	// for.
	wanted    []wish
	askers    []string
	asked     int               // how many of them have been looked for
	wrapped   map[string]string // what a reference to a name means (--wrap)
	extracted []Extraction

	overrides []Override
	warnings  diag.List

	jump, got int // the pieces the linker makes: the entry jump and the GOT

	// Tables that the loader stores qstrs in, or noPiece: of numbers and of
	// objects.
	qstrVals, qstrObjs int

	// codeRank orders the functions the firmware supplies by where the objects
	// first name them.
	codeRank map[mpyfile.Dest]int
}

const noPiece = -1

// def is a definition of a global symbol.
type def struct {
	obj, sym int32 // indexes into Input.Objects and Object.Symbols
	common   int32 // piece of a common symbol, or noPiece
}

func newDef(obj, sym int) def { return def{int32(obj), int32(sym), noPiece} }

// strength orders definitions of one name: the strongest wins, two strong
// ones are an error (gABI chapter 4, "Symbol Binding").
func strength(s *elfload.Symbol) int {
	switch {
	case s.Where == elfload.Undefined:
		return 0
	case s.Weak():
		return 1
	case s.Where == elfload.Common:
		return 2
	}
	return 3
}

func resolve(in Input, mach *relocs.Machine, errs *diag.List) *resolved {
	r := &resolved{
		in: in, mach: mach, comdats: map[string]groupRef{},
		wrapped: wrappings(in.Wrap), codeRank: map[mpyfile.Dest]int{},
		runs: map[string][]runMember{}, mates: map[int][]int{}, edgeSeen: map[string]bool{},
	}
	// What grows leaves copies behind, and these are the bulk of a link.
	sections, globals, definitions := bulk(in.Objects)
	r.pieces = make([]Piece, 0, sections+madePieces)
	r.globals = newNames(globals, definitions)
	for _, obj := range in.Objects {
		r.addObject(obj, errs)
	}
	r.checkFirmware()
	r.wantOptions()
	r.extract(errs)
	r.constructors(errs)
	if in.GCSections {
		r.dropDead()
	}
	r.nameRuns(errs)
	r.arrange()
	r.findEntry(errs)
	r.dropOverridden()
	r.placeCommons()
	r.jump = r.addPiece(code, Piece{Name: "entry", Align: 1})
	r.got = r.addPiece(constant, Piece{Name: "GOT", Align: uint64(in.Arch.Word)})
	r.addQStrTables()
	r.defineEdges()
	return r
}

// madePieces is how many pieces a usual link has beyond the sections of its
// objects: entry jump, GOT, some veneers and common symbols.
const madePieces = 16

// bulk counts the sections that may become pieces, the global symbols and those
// of them that are definitions.
func bulk(objects []*elfload.Object) (sections, globals, definitions int) {
	for _, obj := range objects {
		for i := range obj.Sections {
			if obj.Sections[i].Flags&elf.SHF_ALLOC != 0 {
				sections++
			}
		}
		for i := range obj.Symbols {
			s := &obj.Symbols[i]
			if s.Local() {
				continue
			}
			globals++
			if s.Where != elfload.Undefined {
				definitions++
			}
		}
	}
	return sections, globals, definitions
}

// addObject takes an object into the link: its sections, its definitions and
// the names it wants.
func (r *resolved) addObject(obj *elfload.Object, errs *diag.List) {
	oi := len(r.objs)
	r.objs = append(r.objs, obj)
	r.checkABI(obj, errs)
	of := r.keepSections(obj, errs)
	r.pieceOf = append(r.pieceOf, of)
	names := r.globals.numberNames(obj, r.wrapped)
	r.nameOf = append(r.nameOf, names)
	var needless map[int]bool
	if len(r.in.Archives) > 0 {
		needless = r.onlyDropped(obj, of)
	}
	for si := range obj.Symbols {
		s := &obj.Symbols[si]
		switch {
		case s.Local():
		case s.Where == elfload.Undefined:
			if !needless[si] {
				r.want(obj, s, &r.globals.list[names[si]])
			}
		case s.Where != elfload.InSection || of[s.Sect] != discarded:
			r.define(newDef(oi, si), errs)
		}
	}
}

// want notes an undefined symbol.
func (r *resolved) want(obj *elfload.Object, s *elfload.Symbol, n *named) {
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
	r.wantEdge(n.name)
	if !s.Weak() || evenWeak[n.name] { // a weak reference is content with nothing
		r.wish(n, obj.Name)
	}
}

// wish is a name that archive members are pulled for, by its number, and who
// asks first, by index in resolved.askers. Links have many, though few come true.
type wish struct{ name, by int32 }

// wantName notes a name that archive members are pulled for, and who asks.
func (r *resolved) wantName(name, who string) {
	r.wish(&r.globals.list[r.globals.number(name)], who)
}

func (r *resolved) wish(n *named, who string) {
	name := n.name
	if n.defined {
		return
	}
	if len(r.in.Archives) == 0 && r.in.Support == nil {
		return
	}
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
func (r *resolved) extract(errs *diag.List) {
	for ; r.asked < len(r.wanted); r.asked++ {
		w := r.wanted[r.asked]
		if r.globals.list[w.name].defined {
			continue
		}
		name := r.globals.list[w.name].name
		obj, err := r.member(name)
		errs.Join(err)
		if obj != nil {
			r.extracted = append(r.extracted, Extraction{r.askers[w.by], obj.Name, name})
			r.addObject(obj, errs)
		}
	}
}

// groupRef is a section group of an object.
type groupRef struct{ obj, group int }

// kept returns the piece that stands for a discarded section: that of its name
// and size in the group that was taken. Unwind tables refer to functions by
// section, so also to those of discarded groups.
func (r *resolved) kept(obj *elfload.Object, sect int32) int {
	s := &obj.Sections[sect]
	if s.Group < 0 {
		return noPiece
	}
	g, ok := r.comdats[obj.Groups[s.Group].Signature]
	if !ok {
		return noPiece
	}
	for _, m := range r.objs[g.obj].Groups[g.group].Members {
		if t := &r.objs[g.obj].Sections[m]; t.Name == s.Name && t.Size == s.Size {
			return r.pieceOf[g.obj][m]
		}
	}
	return noPiece
}

// discarded marks a section of a COMDAT group that an earlier object has too.
const discarded = -2

// keepSections makes a piece of every section of obj that is part of the
// module, and returns where each section went.
func (r *resolved) keepSections(obj *elfload.Object, errs *diag.List) []int {
	of := make([]int, len(obj.Sections))
	twice := make([]bool, len(obj.Groups))
	for i, g := range obj.Groups {
		if !g.COMDAT {
			continue
		}
		if _, twice[i] = r.comdats[g.Signature]; !twice[i] {
			r.comdats[g.Signature] = groupRef{len(r.objs) - 1, i}
		}
	}
	for i := range obj.Sections {
		s := &obj.Sections[i]
		of[i] = noPiece
		if s.Group >= 0 && twice[s.Group] {
			of[i] = discarded
			continue
		}
		h, why := classify(s, r.mach, r.in.KeepUnwind)
		if h == refused {
			e := errs.Add(obj.Name+":("+s.Name+")", "%d bytes of %s", s.Size, why.what)
			e.Notes = append(r.contents(obj, i), why.remedy)
		}
		if h == dropped {
			continue
		}
		p := Piece{Object: obj.Name, Name: s.Name, Region: h.region(r.in.Arch), Size: s.Size, Align: s.Align, Data: s.Data, Literal: h == literal}
		if s.Size == 0 {
			p.Align = 1 // only an address, must not cost padding
		}
		of[i] = r.addPiece(h, p)
		if run := r.runOf(s); run != "" && s.Size > 0 {
			r.runs[run] = append(r.runs[run], runMember{of[i], len(r.objs) - 1, i})
		}
	}
	return of
}

// addPiece appends p with its home and returns its index.
func (r *resolved) addPiece(h home, p Piece) int {
	r.pieces = append(r.pieces, p)
	r.homes = append(r.homes, h)
	return len(r.pieces) - 1
}

// contents names the first variables in a section, for an error about it.
func (r *resolved) contents(obj *elfload.Object, section int) []string {
	var notes []string
	for i := range obj.Symbols {
		s := &obj.Symbols[i]
		if s.Where != elfload.InSection || int(s.Sect) != section || s.Type() == elf.STT_SECTION || s.Name == "" {
			continue
		}
		if len(notes) == 3 {
			return append(notes, "and more")
		}
		notes = append(notes, fmt.Sprintf("it contains %s", s.Name))
	}
	return notes
}

// define enters d into the global table, by the rules of binding strength.
func (r *resolved) define(d def, errs *diag.List) {
	s, n := r.symbol(d), r.name(d)
	if !n.defined {
		n.def, n.defined = d, true
		return
	}
	prev := r.symbol(n.def)
	switch a, b := strength(s), strength(prev); {
	case a == 3 && b == 3 && !r.in.AllowMultiple:
		errs.Add(r.where(d), "duplicate symbol %s", s.Name).
			Note("first defined at %s", r.where(n.def)).
			Note("rename one, make one static, or mark one __attribute__((weak))")
	case a > b, a == 2 && b == 2 && s.Size > prev.Size: // the largest common wins
		n.def = d
	}
}

// isas returns the instruction sets that objects name, each once.
func (r *resolved) isas() []string {
	var list []string
	for _, obj := range r.objs {
		if obj.ISA != "" && !slices.Contains(list, obj.ISA) {
			list = append(list, obj.ISA)
		}
	}
	return list
}

func (r *resolved) symbol(d def) *elfload.Symbol { return &r.objs[d.obj].Symbols[d.sym] }

// name returns what is known of the name that d defines.
func (r *resolved) name(d def) *named { return &r.globals.list[r.nameOf[d.obj][d.sym]] }

// where returns the coordinates of a definition.
func (r *resolved) where(d def) string {
	obj, s := r.objs[d.obj], r.symbol(d)
	switch s.Where {
	case elfload.InSection:
		return at(obj.Name, obj.Sections[s.Sect].Name, s.Value)
	case elfload.Common:
		return obj.Name + ":(COMMON)"
	}
	return obj.Name
}

// at formats the coordinates of a byte in an input section.
func at(object, section string, off uint64) string {
	return fmt.Sprintf("%s:(%s+0x%x)", object, section, off)
}

// placeCommons gives the winning common symbols a piece of bss each, in the
// order the objects name them.
func (r *resolved) placeCommons() {
	for oi, obj := range r.objs {
		for si := range obj.Symbols {
			s := &obj.Symbols[si]
			if s.Where != elfload.Common || s.Local() {
				continue // before the name is looked up: almost no symbol is common
			}
			d := &r.name(newDef(oi, si)).def
			if int(d.obj) != oi || int(d.sym) != si || r.overridden(s.Name) {
				continue
			}
			d.common = int32(r.addPiece(zeroed, Piece{Object: obj.Name, Name: "COMMON " + s.Name, Region: mpyfile.BSS, Size: s.Size, Align: s.Value}))
		}
	}
}
