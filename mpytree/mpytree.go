// Package mpytree is any .mpy file as a tree of Go values: bytecode, native,
// viper and assembler code with their nesting, of mpy version 5 and 6, made for
// MicroPython or CircuitPython.
//
// It stands apart from mpyfile, which is the one shape a linker makes, because
// what compilers make has many more. Parse keeps whatever decides about bytes,
// so that mpywriter.WriteTree gives the same file back, and refuses what it
// could not give back. It must never write a file, never print, and never guess:
// what the bytes do not say is not in the tree.
package mpytree

import (
	"mpyld/mpyfile"
)

// The makers of .mpy files, by byte 0 of the header.
const (
	MicroPython   = mpyfile.Magic
	CircuitPython = mpyfile.MagicCircuit
)

// Bits of byte 2 of the header in version 5 (py/persistentcode.h@v1.17,
// MPY_FEATURE_FLAGS). Version 6 has the sub-version in their place.
const (
	FeatureMapCache = 1 // bytecode has room for the cache of map lookups; until 1.17
	FeatureUnicode  = 2 // strings are UTF-8
)

// File is a .mpy file.
type File struct {
	Maker        byte // MicroPython or CircuitPython
	Version      byte // 5 or 6
	Feature      byte // byte 2 as it stands: architecture, sub-version or flags
	SmallIntBits byte // bits of a small int that the code needs
	ArchFlags    uint64
	Window       uint64   // only version 5: qstrs the reader has to remember
	QStrs        []QStr   // only version 6
	Objects      []Object // only version 6
	Code         *Code
}

// Header is what the file starts with.
func (f *File) Header() mpyfile.Header {
	return mpyfile.Header{Magic: f.Maker, Version: f.Version, Feature: f.Feature, SmallIntBits: f.SmallIntBits, ArchFlags: f.ArchFlags}
}

// ArchCode is the architecture field of the header; 0 is none.
func (f *File) ArchCode() byte { return f.Header().ArchCode() }

// ArchName names the architecture.
func (f *File) ArchName() string { return f.Header().ArchName() }

// CacheBytes says that name lookups in bytecode have a byte behind them in
// which the firmware caches where it found the name.
func (f *File) CacheBytes() bool { return f.Version == 5 && f.Feature&FeatureMapCache != 0 }

// Word is the size of a machine word in bytes; 0 when the header names no
// architecture that is known.
func (f *File) Word() int {
	if a := f.Header().Arch(); a != nil {
		return a.Word
	}
	return 0
}

// Codes returns all raw codes, parents before their children.
func (f *File) Codes() []*Code {
	var list []*Code
	var walk func(*Code)
	walk = func(c *Code) {
		list = append(list, c)
		for _, child := range c.Children {
			walk(child)
		}
	}
	walk(f.Code)
	return list
}

// Scope is the scope flags of viper code.
func (f *File) Scope() mpyfile.Scope { return mpyfile.ScopeOf(f.Maker) }

// ABI is the row of native code like this file's; nil if the header names no
// architecture, or no such code is known.
func (f *File) ABI() *mpyfile.ABI { return f.Header().ABI() }

// Form is how a qstr is stored.
type Form uint8

const (
	Written  Form = iota // its text
	Numbered             // as the number of a static qstr
	Recent               // only version 5: as its place among the last ones
)

// QStr is an interned string.
type QStr struct {
	Text string
	Form Form
}

// ObjectType is the type of a constant object. The values are those of version
// 6 (py/persistentcode.h, MP_PERSISTENT_OBJ_*).
type ObjectType uint8

const (
	ObjFunTable ObjectType = iota // &mp_fun_table, for native code; only version 6
	ObjNone                       // these three only in version 6
	ObjFalse
	ObjTrue
	ObjEllipsis
	ObjStr
	ObjBytes
	ObjInt // numbers are stored as decimal text
	ObjFloat
	ObjComplex
	ObjTuple // only version 6
)

func (t ObjectType) String() string {
	return [...]string{
		"mp_fun_table", "None", "False", "True", "Ellipsis", "str", "bytes", "int", "float", "complex", "tuple",
	}[t]
}

// Object is a constant object.
type Object struct {
	Type  ObjectType
	Text  string   // of str, bytes, int, float and complex
	Items []Object // of a tuple
}

// Kind is the kind of a raw code (MP_CODE_* of py/emitglue.h).
type Kind uint8

const (
	Bytecode Kind = iota
	NativePy      // @micropython.native
	Viper         // @micropython.viper, and what linkers make
	Asm           // @micropython.asm_*
)

func (k Kind) String() string { return [...]string{"bytecode", "native", "viper", "asm"}[k] }

// Code is one raw code: a function, a class body, a module, or a linked module.
type Code struct {
	Kind Kind

	// Body is the code as it is in memory before the firmware changes it. Where
	// version 5 stores qstrs among bytecode, it has two zero bytes for each.
	Body []byte

	// Only version 5: qstrs that the firmware stores into Body, in file order. Of
	// bytecode those in opcodes, not those of the prelude.
	Links []Link

	// Only version 5, bytecode and native: what the prelude's first four bytes are.
	Name, Source QStr

	// Only version 5, bytecode and native: names of the arguments.
	ArgNames []QStr

	PreludeOff uint64 // only native: where in Body the prelude is

	ScopeFlags uint64 // only viper and asm
	PosArgs    uint64 // only asm
	TypeSig    uint64 // only asm

	Rodata []byte // only viper, if ScopeFlags say so
	BSS    uint64 // only viper, if ScopeFlags say so: bytes

	Objects  []Object // only version 5
	Children []*Code

	Relocs []Reloc // only viper, if ScopeFlags say so
}

// LinkKind is how version 5 stores a qstr into code (py/persistentcode.c@v1.17,
// load_raw_code).
type LinkKind uint8

const (
	Link16      LinkKind = iota // its number, two bytes
	LinkInsn                    // its number, into an instruction
	LinkInsnObj                 // the object, into instructions
	LinkObj                     // the object, a word
)

func (k LinkKind) String() string {
	return [...]string{"number", "number in an instruction", "object in instructions", "object"}[k]
}

// Link is a place in code that a qstr is stored into.
type Link struct {
	Off  uint64 // byte in Body
	Kind LinkKind
	QStr QStr
}

// Reloc is a relocation record: the firmware adds the run-time address of Dest
// to Count words from Index on.
type Reloc struct {
	Region mpyfile.Region // Text or Rodata
	Index  uint64         // word in Region
	Dest   mpyfile.Dest
	Count  uint64

	// How it is written: Placed says that the place is, else the record goes on
	// behind the one before; Counted that the count is, as only records for text,
	// rodata and bss can.
	Placed, Counted bool
}

// Text returns what a qstr index of version 6 stands for.
func (f *File) Text(index uint64) string {
	if index < uint64(len(f.QStrs)) {
		return f.QStrs[index].Text
	}
	return ""
}
