package resolve

import (
	"mpyld/elfload"
	"mpyld/ldscript"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/qstrlink"
	"mpyld/relocs"
)

// Input is everything a link depends on: the same Input always gives the same
// Result.
type Input struct {
	Objects  []*elfload.Object  // in command-line order
	Names    *elfload.Names     // the numbers of their names, for those who need them after the link; nil: nobody does
	Archives []*elfload.Archive // searched in this order for what the objects leave undefined

	// Support opens the linker's own library, which is searched last. It is
	// called at most once; nil: there is none.
	Support func(*relocs.Machine) (*elfload.Archive, error)

	ABI       *mpyfile.ABI
	Arch      *relocs.Machine
	ArchFlags uint64 // extensions of the architecture that the module needs
	OwnFlags  bool   // it needs those too that objects say they were compiled for

	// NoExtensions refuses objects that are compiled for extensions: firmware
	// that cannot read the flags would run them on devices without.
	NoExtensions bool

	QStrs      []string         // the module's qstrs, as in its config header
	QStrObjs   []string         // those it wants as objects, of ABIs that have tables for that
	Config     string           // the config header's file; "": there is none
	Layout     *qstrlink.Layout // of config headers for the module; only with Config
	SourceName string           // entry 0 of the qstr table

	EntryStyle relocs.EntryStyle // how the text is to start

	// NoWritableText refuses variables in text, for firmware that copies code
	// to memory it cannot write.
	NoWritableText bool

	Externs  map[string]linkmap.Extern // by symbol; asked before the archives
	Firmware []linkmap.Firmware        // where some of them are from; only for the Map

	// Scripts give symbols values, one after the other; --defsym is the last. They
	// go before Externs.
	Scripts []*ldscript.Script

	Wrap          []string        // symbols whose references mean __wrap_SYM
	Undefined     []string        // symbols wanted from the archives although no object asks
	Trace         map[string]bool // symbols to tell everything about
	AllowMultiple bool            // of strong definitions of one name, the first counts

	// FloatABI is that of the firmware, where it is not the architecture's
	// (relocs.Machine.WithFloats); "": it is.
	FloatABI string

	// AllowABIMismatch makes warnings of the errors about objects that are
	// compiled for something else.
	AllowABIMismatch bool

	// GCSections leaves out the sections of objects that cannot be reached. Those
	// of archive members are left out anyway.
	GCSections bool

	// Relax has what may be done to make the module smaller than mpy_ld.py would.
	Relax relocs.RelaxSet

	// Symbols has the Map list all symbols, not only what relocations refer to.
	Symbols bool

	// Reasons has the Map say why sections are in it.
	Reasons bool

	// Sources has the Result say where everything of the objects is.
	Sources bool

	// KeepUnwind keeps the tables for stack unwinders, which nothing in the
	// firmware reads.
	KeepUnwind bool
}
