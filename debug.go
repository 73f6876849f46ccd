package mpyld

import (
	"io/fs"

	"mpyld/debugelf"
	"mpyld/internal/inputs"
)

// DebugELF is the companion of the module for debuggers: an ELF file with the symbols and
// the debug information of its objects. It is of a link with Options.Debug. The error is a
// *diag.Error about an object.
func (m *Module) DebugELF() ([]byte, error) {
	return debugelf.Make(&debugelf.Input{Map: m.Map, File: m.File, Sources: m.Sources, Module: m.Bytes, Name: m.SourceName})
}

// OpenDebugELF reads the companion of a module, which says of addresses what is there.
func OpenDebugELF(fsys fs.FS, name string) (*debugelf.Companion, error) {
	data, err := inputs.Dir{FS: fsys}.Read(name)
	if err != nil {
		return nil, err
	}
	return debugelf.Open(name, data)
}

// Companion is the companion of a module, read.
type Companion = debugelf.Companion

// DebugRAMBase is where the memory beside text is in a companion.
const DebugRAMBase = debugelf.RAMBase
