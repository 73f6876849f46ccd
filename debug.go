package mpyld

import (
	"bytes"
	"crypto/sha256"
	"io/fs"

	"mpyld/debugelf"
	"mpyld/diag"
	"mpyld/gdbscript"
	"mpyld/internal/inputs"
	"mpyld/mpytree"
)

// DebugELF is the companion of the module for debuggers: an ELF file with the symbols and
// the debug information of its objects. It is of a link with Options.Debug. Warnings are about objects whose
// debug information is left out. The error is a *diag.Error about an object.
func (m *Module) DebugELF() (companion []byte, warnings diag.List, err error) {
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

// IsCompanion reports whether a companion is that of a .mpy, or of a module in it.
func IsCompanion(c *Companion, mpy []byte) bool {
	f, err := mpytree.Parse(mpy)
	return err == nil && moduleOf(f, mpy, c) != nil
}

// moduleOf returns the module in a file that a companion is of, or nil. Of a file that something was merged into, code and
// constants say so: no other link makes the same, but one of sources that differ in nothing that matters.
func moduleOf(f *mpytree.File, mpy []byte, c *Companion) *mpytree.Code {
	if f.Linked(f.Code) {
		if sum := sha256.Sum256(mpy); bytes.Equal(sum[:], c.SHA256) {
			return f.Code
		}
		return nil
	}
	for _, code := range f.Codes() {
		if f.Linked(code) && bytes.Equal(code.Body, c.Content(".text")) && bytes.Equal(code.Rodata, c.Content(".rodata")) {
			return code
		}
	}
	return nil
}

// What tells gdb where a module is. Loaded is where that is on a device, FunctionObject what a device says
// of one of its functions, Firmware the ELF file of what it runs in.
type (
	Loaded         = gdbscript.Loaded
	FunctionObject = gdbscript.Object
	Firmware       = gdbscript.Firmware
)

// OpenFirmware reads the ELF file of a firmware.
func OpenFirmware(fsys fs.FS, name string) (*Firmware, error) {
	data, err := inputs.Dir{FS: fsys}.Read(name)
	if err != nil {
		return nil, err
	}
	return gdbscript.OpenFirmware(name, data)
}

// GDBScript returns the script that makes gdb read a companion, which is at a path for gdb. at is nil if gdb
// is to find out where the module is, which it can if the firmware has symbols; fw is nil if it is not known.
func GDBScript(file string, c *Companion, at *Loaded, fw *Firmware) (string, error) {
	if err := fw.Check(c.Machine, at == nil); err != nil {
		return "", err
	}
	return gdbscript.New(file, c, at, fw)
}

// LoadedAt is where a module is whose text, and whose RAM unless ram is nil, is at an address.
func LoadedAt(c *Companion, text uint64, ram *uint64) *Loaded { return gdbscript.At(c, text, ram) }

// LocateModule returns where a module is by one of its function objects.
func LocateModule(c *Companion, o *FunctionObject) (*Loaded, error) { return gdbscript.Locate(c, o) }

// AskDevice returns what to paste on a device, which prints what LocateModule takes.
func AskDevice(c *Companion) string { return gdbscript.REPL(c) }

// DebugRAMBase is where the memory beside text is in a companion, DebugRodataBase where rodata is that is a
// block of its own.
const (
	DebugRAMBase    = debugelf.RAMBase
	DebugRodataBase = debugelf.RodataBase
)
