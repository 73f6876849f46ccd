package mpyld

import "mpyld/debugelf"

// DebugELF is the companion of the module for debuggers: an ELF file with the symbols and
// the debug information of its objects. It is of a link with Options.Debug. The error is a
// *diag.Error about an object.
func (m *Module) DebugELF() ([]byte, error) {
	return debugelf.Make(&debugelf.Input{Map: m.Map, File: m.File, Sources: m.Sources, Module: m.Bytes, Name: m.SourceName})
}
