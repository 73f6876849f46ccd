package mpyld

import (
	"io/fs"
	"strings"

	"mpyld/diag"
	"mpyld/relocs"
	"mpyld/target"
)

// Options are what a link depends on. The zero value of each field but FS, Files
// and QStrs is the usual choice.
//
// Names of files are given to FS as they are here, but for libraries that are
// looked for in LibDirs. An fs.FS of Go's own library takes names like
// "build/a.o" alone; the FS of the command takes any path of the system.
type Options struct {
	FS fs.FS // where all files are

	Files      []string // objects, in the order of the link
	Libs       []string // archives: paths, or NAME for libNAME.a in one of LibDirs
	LibDirs    []string
	QStrs      string // the config header that Preprocess made
	SourceName string // what tracebacks call the module: "hello.mpy"

	Target target.Options // whom the module is for

	// Symbols from elsewhere, and what to do about them, as in GNU ld.
	Externs       []string // linker scripts that give symbols addresses
	JustSymbols   []string // linked firmware (ELF), for its symbols
	Defsyms       []string // "SYM=EXPR"
	Wrap          []string
	Undefined     []string
	Trace         []string // symbols about which Module.Trace is to tell
	AllowMultiple bool     // of several definitions, the first counts

	FunTable         string   // header or list with what the firmware adds to mp_fun_table
	NoWritableText   bool     // refuse variables in text
	AllowABIMismatch bool     // only warn of objects that are compiled for something else
	GCSections       bool     // leave out what nothing in the objects refers to
	Optimise         bool     // make the module smaller than mpy_ld.py would
	NoRelax          []string // but not by these relaxations: names of relocs.Relaxations
	KeepUnwind       bool     // keep the tables for stack unwinders
	Symbols          bool     // list all symbols in the Map
	Reasons          bool     // have the Map say why what is in the module is in it
	Debug            bool     // keep what Module.DebugELF needs
	NoVerify         bool     // do not load the result as the firmware would
}

// Check returns what is wrong with the options themselves, before any file is
// read.
func (o *Options) Check() error {
	var errs diag.List
	_, err := o.target()
	errs.Join(err)
	_, err = o.relax()
	errs.Join(err)
	return errs.Err()
}

// Relaxations are the names that NoRelax may have.
func Relaxations() []string { return relocs.RelaxationNames() }

// relax returns what may be done to make the module smaller.
func (o *Options) relax() (relocs.RelaxSet, error) {
	set := relocs.RelaxSet(0)
	if o.Optimise {
		set = relocs.EveryRelaxation
	}
	var errs diag.List
	for _, name := range o.NoRelax {
		row, ok := relocs.RelaxationOf(name)
		if !ok {
			names := relocs.RelaxationNames()
			e := errs.Add("", "--no-relax=%s: there is no such relaxation", name)
			if like := diag.Closest(name, names); like != "" {
				e.Note("did you mean %s?", like)
			}
			e.Note("there are: %s", strings.Join(names, ", "))
		}
		set = set.Without(row)
	}
	return set, errs.Err()
}

func (o *Options) target() (target.Target, error) {
	if o.FS == nil {
		return target.Target{}, diag.New("", "Options.FS is nil: there is no place to read files from")
	}
	to, err := o.Target.FindArch()
	if err == nil {
		err = to.CheckFloats()
	}
	return to, err
}
