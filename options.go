package mpyld

import (
	"io/fs"

	"mpyld/diag"
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

	FunTable         string // header or list with what the firmware adds to mp_fun_table
	NoWritableText   bool   // refuse variables in text
	AllowABIMismatch bool   // only warn of objects that are compiled for something else
	GCSections       bool   // leave out what nothing in the objects refers to
	KeepUnwind       bool   // keep the tables for stack unwinders
	Symbols          bool   // list all symbols in the Map
	Reasons          bool   // have the Map say why what is in the module is in it
	Debug            bool   // keep what Module.DebugELF needs
	NoVerify         bool   // do not load the result as the firmware would
}

// Check returns what is wrong with the options themselves, before any file is
// read.
func (o *Options) Check() error {
	_, err := o.target()
	return err
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
