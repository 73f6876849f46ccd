package link

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

// gotName is the linker-defined symbol at the start of the GOT.
const gotName = "_GLOBAL_OFFSET_TABLE_"

// resolved is the result of the resolve pass.
type program struct {
	in      Input
	machine *relocs.Machine

	objects   []*elfload.Object // the input objects, then the archive members they need
	sections  []linkmap.Section // kept sections in link order, common symbols, entry jump, GOT; no addresses yet
	sectionOf [][]int           // by object and section: index into pieces, noPiece or discarded

	globals *names
	nameOf  [][]int32           // by object and symbol: number in globals, or notGlobal
	comdats map[string]groupRef // by signature, the groups that are in
	entry   def                 // mpy_init, or what calls it
	start   *def                // the support library's function that calls constructors, or nil

	runs       map[string][]runMember // by name
	together   map[int][]int          // by piece: what must share its region
	boundaries []linkmap.Boundary

	agreed map[uint64]agreed // by tag of a build attribute, what objects agree on

	fragments []runMember // sections of code that only crt0.o would run

	boundaryNames []string // linker-defined symbols that are referred to, in order
	boundarySeen  map[string]bool
	boundaryOf    map[string]int // the pieces of those that nobody else defines

	support    *elfload.Archive              // opened when first needed
	archivesOf map[string][]*elfload.Archive // see archivesWith
	notes      []string

	// wanted lists the names that objects leave undefined, in the order they
	// first do, and who named each first. It is what archive members are pulled
	// for.
	wanted  []wish
	askers  []string
	asked   int               // how many of them have been looked for
	wrapped map[string]string // what a reference to a name means (--wrap)

	script      *ldscript.Symbols      // what sets symbols, until it is evaluated
	aliases     map[string]alias       // what it set to other symbols
	noValue     map[string]*diag.Error // why the values of PROVIDE that it could not tell are unknown
	valueWanted map[string]bool        // names whose values have asked for what they are made from
	extracted   []Extraction

	unused    []linkmap.Unused
	overrides []linkmap.Override
	warnings  diag.List

	jump, got int // the pieces the linker makes: the entry jump and the GOT

	// Tables that the loader stores qstrs in, or noPiece: of numbers and of
	// objects.
	qstrNumbers, qstrObjects int

	// codeRank orders the functions the firmware supplies by where the objects
	// first name them.
	codeRank map[mpyfile.Dest]int
}

const noSection = -1

// def is a definition of a global symbol.
type def struct {
	obj, sym int32 // indexes into Input.Objects and Object.Symbols
	common   int32 // piece of a common symbol, or noPiece
}

func newDef(obj, sym int) def { return def{int32(obj), int32(sym), noSection} }

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

func resolve(in Input, mach *relocs.Machine, errs *diag.List) *program {
	r := &program{
		in: in, machine: mach, comdats: map[string]groupRef{},
		wrapped: wrappings(in.Wrap), codeRank: map[mpyfile.Dest]int{},
		runs: map[string][]runMember{}, together: map[int][]int{}, boundarySeen: map[string]bool{}, valueWanted: map[string]bool{}, agreed: map[uint64]agreed{},
	}
	r.joinScripts()
	// What grows leaves copies behind, and these are the bulk of a link.
	sections, globals, definitions := bulk(in.Objects)
	r.sections = make([]linkmap.Section, 0, sections+madeSections)
	r.globals = newNames(globals, definitions)
	for _, obj := range in.Objects {
		r.addObject(obj, errs)
	}
	r.checkFirmware()
	r.wantOptions()
	r.extract(errs)
	r.constructors(errs)
	r.checkInitCode(errs)
	r.evaluateScript(errs)
	if in.GCSections || len(r.objects) > len(in.Objects) {
		r.dropDead()
	}
	r.checkHeap(errs)
	r.nameRuns(errs)
	r.arrange()
	r.findEntry(errs)
	r.dropOverridden()
	r.addCommons()
	r.jump = r.addSection(linkmap.Section{Kind: linkmap.EntryJump, Class: linkmap.Code, Name: "entry", Align: 1})
	r.got = r.addSection(linkmap.Section{Kind: linkmap.GOT, Class: linkmap.Constant, Name: "GOT", Align: uint64(in.Arch.Word)})
	r.addQStrTables()
	r.defineBoundaries()
	return r
}

// madePieces is how many pieces a usual link has beyond the sections of its
// objects: entry jump, GOT, some veneers and common symbols.
const madeSections = 16

// bulk counts the sections that may become pieces, the global symbols and those
// of them that are definitions.
func bulk(objects []*elfload.Object) (sections, globals, definitions int) {
	for _, obj := range objects {
		for i := range obj.Sections {
			if obj.Sections[i].Flags&elf.SHF_ALLOC != 0 {
				sections++
			}
		}
		globals += len(obj.Symbols) - obj.Locals
		definitions += obj.Defined
	}
	return sections, globals, definitions
}

// addObject takes an object into the link: its sections, its definitions and
// the names it wants.
func (r *program) addObject(obj *elfload.Object, errs *diag.List) {
	oi := len(r.objects)
	r.objects = append(r.objects, obj)
	r.checkABI(obj, errs)
	r.checkAgreement(obj, errs)
	of := r.keepSections(obj, errs)
	r.sectionOf = append(r.sectionOf, of)
	names := r.globals.numberNames(obj, r.wrapped)
	r.nameOf = append(r.nameOf, names)
	var needless map[int]bool
	if len(r.in.Archives) > 0 {
		needless = r.onlyDropped(obj, of)
	}
	for si := obj.Locals; si < len(obj.Symbols); si++ {
		s := &obj.Symbols[si]
		switch {
		case s.Local():
		case s.Where == elfload.Undefined:
			if !needless[si] {
				r.want(obj, s, &r.globals.list[names[si]])
			}
		case s.Where != elfload.InSection || of[s.Sect] != discarded:
			r.define(newDef(oi, si), errs)
			if s.Where == elfload.Common {
				r.wantDefinition(&r.globals.list[names[si]], obj.Name)
			}
		}
	}
}

// define enters d into the global table, by the rules of binding strength.
func (r *program) define(d def, errs *diag.List) {
	s, n := r.symbol(d), r.name(d)
	if s.Where == elfload.Common {
		n.align = max(n.align, uint8(bits.TrailingZeros64(s.Value)))
	}
	if !n.defined {
		n.def, n.defined = d, true
		return
	}
	prev := r.symbol(n.def)
	switch a, b := strength(s), strength(prev); {
	case a > commonStrength && b > commonStrength && !r.in.AllowMultiple:
		errs.Add(r.where(d), "duplicate symbol %s", s.Name).
			Note("first defined at %s", r.where(n.def)).
			Note("rename one, make one static, or mark one __attribute__((weak))")
	case a > b, a == b && s.Where == elfload.Common && prev.Where == elfload.Common && s.Size > prev.Size: // the largest common wins
		n.def = d
	}
}

// archFlags returns the extensions that the module needs.
func (r *program) archFlags() uint64 {
	flags := r.in.ArchFlags
	for _, obj := range r.objects {
		if r.in.OwnFlags {
			flags |= r.in.Arch.FlagsOf(obj.ISA)
		}
	}
	return flags
}

func (r *program) symbol(d def) *elfload.Symbol { return &r.objects[d.obj].Symbols[d.sym] }

// name returns what is known of the name that d defines.
func (r *program) name(d def) *named { return &r.globals.list[r.nameOf[d.obj][d.sym]] }

// where returns the coordinates of a definition.
func (r *program) where(d def) string {
	obj, s := r.objects[d.obj], r.symbol(d)
	switch s.Where {
	case elfload.InSection:
		return linkmap.At(obj.Name, obj.Sections[s.Sect].Name, s.Value)
	case elfload.Common:
		return obj.Name + ":(COMMON)"
	}
	return obj.Name
}

// together reports whether two regions keep their distance wherever the
// firmware puts them.
func (r *program) sameBlock(a, b mpyfile.Region) bool {
	return a == b || a != mpyfile.Text && b != mpyfile.Text && !r.in.ABI.SeparateRAM
}

// marksOnly: the relocation has no value. Of padding, elfload has cut what is
// too much.
func marksOnly(h *relocs.Howto) bool {
	return h != nil && (h.Kind == relocs.Nothing || h.Kind == relocs.Align)
}
