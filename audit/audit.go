// Package audit is a second look at a link: from the inputs themselves it derives
// which definition each reference means, what comes out of archives, how big
// variables are, what has to be there and in which order it runs, and compares
// that with what the map says.
//
// It stands apart because simload takes all that from the map: a link that binds a
// name to the wrong function is in good order for it. The rules here are written
// after the specifications (gABI, the psABIs, GNU ld's manual), so it must never
// use anything of link, nor be told how link decides; it shares the readers of
// inputs with it and no more.
package audit

import (
	"sync"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/ldscript"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Input is what a link was made of, and its options.
type Input struct {
	Objects  []*elfload.Object  // in the order of the command line
	Archives []*elfload.Archive // in the order in which they are searched
	Support  *elfload.Archive   // the linker's own library; nil: it was not asked
	Names    *elfload.Names     // the numbers of their names, if somebody has them; nil: nobody has

	Machine *relocs.Machine
	ABI     *mpyfile.ABI

	// Scripts give symbols values, one after the other. Externs are those of linked
	// firmware, and scripts go before them.
	Scripts []*ldscript.Script
	Externs map[string]linkmap.Extern

	Wrap, Undefined []string
	AllowMultiple   bool // of several strong definitions, the first counts
	GCSections      bool
	KeepUnwind      bool
	NoWritableText  bool

	AllowABIMismatch bool   // objects need not fit the machine or each other
	FloatABI         string // of the firmware, where it is not the machine's
	NoExtensions     bool   // objects must not be compiled for extensions

	ArchFlags uint64 // extensions that the module needs in any case
	OwnFlags  bool   // and those that its objects are compiled for

	SourceName string // the module's, for tracebacks
	Config     []byte // the config header; nil: there is none
}

// Extraction is what a link says of an archive member that it took.
type Extraction struct{ Member, Symbol string }

// Output is what a link says that it made.
type Output struct {
	Map     *linkmap.Map
	File    *mpyfile.File
	Members []Extraction // in the order in which they came in

	// Shrunk has the objects of which code is shorter than in the file, with what they are
	// then.
	Shrunk map[*elfload.Object]*elfload.Object

	// Direct has the objects whose code loads addresses that goes a long way for them in the file, with
	// what they are then.
	Direct map[*elfload.Object]*elfload.Object
}

// Check returns where a link is not what its inputs ask for. The error is a
// diag.List, and a bug of the linker, not of its user.
func Check(in *Input, out Output) error {
	a := &audit{in: in, m: out.Map, file: out.File}
	a.runsThemItself = sync.OnceValue(a.refersToTable)
	if a.take(out.Members); len(a.errs) > 0 {
		return a.errs.Err() // of other files all is different
	}
	if a.shrink(out.Shrunk); len(a.errs) > 0 {
		return a.errs.Err()
	}
	if a.direct(out.Direct); len(a.errs) > 0 {
		return a.errs.Err()
	}
	a.redefine()
	a.define()
	a.fix()
	if a.match(); len(a.errs) > 0 {
		return a.errs.Err() // what follows goes by sections
	}
	if a.passes(); len(a.errs) > 0 {
		return a.errs.Err()
	}
	a.commons()
	a.sections()
	a.counted()
	a.countedInCode()
	a.entry()
	a.kept()
	a.runs()
	a.flags()
	a.fit()
	a.process()
	a.names()
	return a.errs.Err()
}

// audit is the state of one Check.
type audit struct {
	in   *Input
	m    *linkmap.Map
	file *mpyfile.File
	errs diag.List

	files   []file
	table   *elfload.Names // the numbers of names
	globals []global       // by number
	seen    []sure         // by number: see there
	shared  []shared       // the variables that common symbols are
	twice   []twice        // names with two strong definitions
	wrapped map[string]string
	groups  map[string]*group // the kept ones, by signature
	script  *ldscript.Symbols
	fixed   map[string]*setting // what scripts set

	// What is nil until somebody asks.
	held           map[string][]*elfload.Archive // archives by symbol
	called         map[string][]int32            // sections of the map by the run that they are in
	bounds         map[int32]*linkmap.Boundary   // by section of the map
	runsThemItself func() bool                   // the answer of refersToTable
	uses           []bool                        // by number of a name: a section refers to it
	demanded       map[int32]bool                // numbers of names that options or scripts want

	from []place // by section of the map: what it is in a file

	otherCode []*recoded        // of which there are others in the place
	shorter   bool              // code of some file is shorter than in it
	recoded   []*elfload.Object // by file: what it was, if some of its code has other instructions; else nil; or nil: no file has

	// Of sections that are few among many, the numbers in the map.
	commonIn []int32 // of common symbols
	tablesIn []int32 // parts of tables of functions
	piecesIn []int32 // of code that runs in pieces

	tables []place // parts of tables of functions in files
}

// file is an object, or an archive member that came in.
type file struct {
	*elfload.Object
	support bool // of the linker's own library

	names []int32 // by global symbol: the number of its name
	seen  []sure  // by local symbol: see there; nil: nobody asked yet
	at    []int32 // by section: its number in the map, or none
	gone  []bool  // by section: its group is another file's; nil: none is

	replaced []bool // by section: it went with what fixed addresses replace; nil: not asked yet
}

// sections checks the sections of the map one by one.
func (a *audit) sections() {
	r, s, b := newReferrer(a), newSettler(a), newBaser(a)
	for i := range a.m.Sections {
		p, at := &a.m.Sections[i], a.from[i]
		s.place(p, at)
		if at.section >= 0 {
			r.compare(p, at)
			b.staticBase(p, at)
		}
	}
}

// place is a section of a file.
type place struct{ file, section int32 }

const none = -1

// bad reports a difference: what the map has, and what it is by the rules.
func (a *audit) bad(where any, format string, args ...any) {
	if len(a.errs) < maxErrors {
		a.errs.Add(where, format, args...)
	}
}

// maxErrors stops a check that finds everything wrong.
const maxErrors = 100
