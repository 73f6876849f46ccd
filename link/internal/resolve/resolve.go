// Package resolve decides what is in a link: which objects and archive members,
// which of their sections, and which definition each global name means.
//
// It stands apart because all later passes take what it decides as given: no pass
// writes to its Program. It must never look at what relocations compute, only at
// what they refer to.
package resolve

import (
	"debug/elf"
	"math/bits"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/ldscript"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// entryName is the function a module's text starts with.
const entryName = "mpy_init"

// GotName is the linker-defined symbol at the start of the GOT.
const GotName = "_GLOBAL_OFFSET_TABLE_"

// Program is the result of the resolve pass.
type Program struct {
	In      Input
	Machine *relocs.Machine

	Objects   []*elfload.Object // the input objects, then the archive members they need
	Sections  []linkmap.Origin  // kept sections in link order, common symbols, entry jump, GOT; no addresses yet
	SectionOf [][]int32         // by object and section: index into sections, NoSection or discarded

	Globals *names
	NameOf  [][]int32           // by object and symbol: number in globals, or notGlobal
	comdats map[string]groupRef // by signature, the groups that are in
	Entry   Def                 // mpy_init, or what calls it
	start   *Def                // the support library's function that calls constructors, or nil

	outputs    map[string][]inputSection // output sections by name
	Together   map[int][]int             // by section: what must share its region
	Boundaries []linkmap.Boundary

	agreed map[uint64]agreed // by tag of a build attribute, what objects agree on

	fragments []inputSection // sections of code that only crt0.o would run

	boundaryNames []string // linker-defined symbols that are referred to, in order
	boundarySeen  map[string]bool
	madeOf        map[string]bool // names that values of scripts are made from
	BoundaryOf    map[string]int  // the sections of those that nobody else defines

	support    *elfload.Archive              // opened when first needed
	archivesOf map[string][]*elfload.Archive // see archivesWith
	Notes      []string

	// wanted lists the names that objects leave undefined, in the order they
	// first do, and who named each first. It is what archive members are pulled
	// for.
	wanted     []pendingRef
	requesters []string
	next       int               // the first one in wanted that has not been looked for
	wrapped    map[string]string // what a reference to a name means (--wrap)

	script      *ldscript.Symbols      // what sets symbols, until it is evaluated
	Aliases     map[string]alias       // what it set to other symbols
	NoValue     map[string]*diag.Error // why the values of PROVIDE that it could not tell are unknown
	valueWanted map[string]bool        // names whose values have asked for what they are made from
	Extracted   []linkmap.Extraction

	Unused    []linkmap.Unused
	replaced  map[[2]int]bool // sections, by object and number, that went with what fixed addresses replace
	Overrides []linkmap.Override
	Warnings  diag.List

	Jump, Got int // the sections the linker makes: the entry jump and the GOT

	// Tables that the loader stores qstrs in, or NoSection: of numbers and of
	// objects.
	QstrNumbers, QstrObjects int

	// CodeRank orders the functions the firmware supplies by where the objects
	// first name them.
	CodeRank map[mpyfile.Dest]int
}

const NoSection = -1

// Def is a definition of a global symbol.
type Def struct {
	Obj, Sym int32 // indexes into Input.Objects and Object.Symbols
	Common   int32 // section of a common symbol, or NoSection
}

func NewDef(obj, sym int) Def { return Def{int32(obj), int32(sym), NoSection} }

// strength orders definitions of one name: the strongest wins, two strong
// ones are an error (gABI chapter 4, "Symbol Binding").
func strength(s *elfload.Symbol) int {
	switch {
	case s.Where == elfload.Undefined:
		return 0
	case s.Weak():
		return 1
	case s.Where == elfload.Common:
		return commonStrength
	}
	return commonStrength + 1
}

// commonStrength is that of common symbols.
const commonStrength = 2

// Symbols decides which objects, archive members and sections are in, and what
// each global name means. Errors go to errs; the Program is there in any case.
func Symbols(in Input, mach *relocs.Machine, errs *diag.List) *Program {
	r := &Program{
		In: in, Machine: mach, comdats: map[string]groupRef{},
		wrapped: wrappings(in.Wrap), CodeRank: map[mpyfile.Dest]int{},
		outputs: map[string][]inputSection{}, Together: map[int][]int{}, boundarySeen: map[string]bool{}, madeOf: map[string]bool{}, valueWanted: map[string]bool{}, agreed: map[uint64]agreed{},
	}
	r.joinScripts()
	// What grows leaves copies behind, and these are the bulk of a link.
	r.Sections = make([]linkmap.Origin, 0, bulk(in.Objects)+madeSections)
	r.Globals = newNames(&in)
	for _, obj := range in.Objects {
		r.addObject(obj, errs)
	}
	r.checkFirmware()
	r.wantOptions()
	r.extract(errs)
	r.destructors()
	r.checkInitCode(errs)
	r.constructors(errs)
	r.evaluateScript(errs)
	if in.GCSections || len(r.Objects) > len(in.Objects) {
		r.dropDead()
	}
	r.checkHeap(errs)
	r.makeNamedOutputs(errs)
	r.arrange()
	r.findEntry(errs)
	r.dropOverridden()
	r.addCommons()
	r.Jump = r.addSection(linkmap.Origin{Kind: linkmap.EntryJump, Class: linkmap.Code, Name: "entry", Align: 1})
	r.Got = r.addSection(linkmap.Origin{Kind: linkmap.GOT, Class: linkmap.Constant, Name: "GOT", Align: uint64(in.Arch.Word)})
	r.addQStrTables()
	r.defineBoundaries()
	return r
}

// madeSections is how many sections a usual link has beyond the sections of its
// objects: entry jump, GOT, some veneers and common symbols.
const madeSections = 16

// bulk counts the sections that may be part of the module, one for each common
// symbol too.
func bulk(objects []*elfload.Object) (sections int) {
	for _, obj := range objects {
		for i := range obj.Sections {
			if obj.Sections[i].Flags&elf.SHF_ALLOC != 0 {
				sections++
			}
		}
		sections += obj.Commons
	}
	return sections
}

// addObject takes an object into the link: its sections, its definitions and
// the names it wants.
func (r *Program) addObject(obj *elfload.Object, errs *diag.List) {
	oi := len(r.Objects)
	r.Objects = append(r.Objects, obj)
	r.checkABI(obj, errs)
	r.checkAgreement(obj, errs)
	of := r.keepSections(obj, errs)
	r.SectionOf = append(r.SectionOf, of)
	names := r.Globals.numberNames(obj, of, r.wrapped)
	r.NameOf = append(r.NameOf, names)
	var needless map[int]bool
	if len(r.In.Archives) > 0 {
		needless = r.onlyDropped(obj, of)
	}
	for si := obj.Locals; si < len(obj.Symbols); si++ {
		s := &obj.Symbols[si]
		switch {
		case s.Local():
		case s.Where == elfload.Undefined, r.wrapped[s.Name] != "" && refers(s, of):
			if !needless[si] {
				r.want(obj, s, &r.Globals.List[names[si]])
			}
		case s.Where != elfload.InSection || of[s.Sect] != Discarded:
			r.define(NewDef(oi, si), errs)
			if s.Where == elfload.Common {
				r.wantDefinition(&r.Globals.List[names[si]], obj.Name)
			}
		}
	}
}

// define enters d into the global table, by the rules of binding strength.
func (r *Program) define(d Def, errs *diag.List) {
	s, n := r.Symbol(d), r.name(d)
	if s.Where == elfload.Common {
		n.align = max(n.align, uint8(bits.TrailingZeros64(s.Value)))
	}
	if !n.Defined {
		n.Def, n.Defined = d, true
		return
	}
	prev := r.Symbol(n.Def)
	switch a, b := strength(s), strength(prev); {
	case a > commonStrength && b > commonStrength && !r.In.AllowMultiple:
		errs.Add(r.Where(d), "duplicate symbol %s", s.Name).
			Note("first defined at %s", r.Where(n.Def)).
			Note("rename one, make one static, or mark one __attribute__((weak))")
	case a > b, a == b && s.Where == elfload.Common && prev.Where == elfload.Common && s.Size > prev.Size: // the largest common wins
		n.Def = d
	}
}

// ArchFlags returns the extensions that the module needs.
func (r *Program) ArchFlags() uint64 {
	flags := r.In.ArchFlags
	for _, obj := range r.Objects {
		if r.In.OwnFlags {
			flags |= r.In.Arch.FlagsOf(obj.ISA)
		}
	}
	return flags
}

func (r *Program) Symbol(d Def) *elfload.Symbol { return &r.Objects[d.Obj].Symbols[d.Sym] }

// name returns what is known of the name that d defines.
func (r *Program) name(d Def) *named { return &r.Globals.List[r.NameOf[d.Obj][d.Sym]] }

// Where returns the coordinates of a definition.
func (r *Program) Where(d Def) diag.Place {
	obj, s := r.Objects[d.Obj], r.Symbol(d)
	switch s.Where {
	case elfload.InSection:
		at := linkmap.At(obj.Name, obj.Sections[s.Sect].Name, obj.Sections[s.Sect].Edits.In(s.Value))
		at.Symbol = s.Name
		return at
	case elfload.Common:
		return diag.Place{Object: obj.Name, Section: "COMMON", Whole: true, Symbol: s.Name}
	}
	return diag.Place{Object: obj.Name, Whole: true, Symbol: s.Name}
}

// SameBlock reports whether two regions keep their distance wherever the
// firmware puts them.
func (r *Program) SameBlock(a, b mpyfile.Region) bool {
	return a == b || a != mpyfile.Text && b != mpyfile.Text && !r.In.ABI.SeparateRAM
}

// MarksOnly: the relocation has no value. Of padding, elfload has cut what is
// too much.
func MarksOnly(h *relocs.Howto) bool {
	return h.MarksOnly() || h != nil && h.Formula == relocs.Align
}
