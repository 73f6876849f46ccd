package link

import (
	"mpyld/elfload"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Map is what a link decided, complete enough to check the result without
// the linker: where every input section lies, and what each of its
// relocations refers to.
type Map struct {
	Machine *relocs.Machine
	ABI     *mpyfile.ABI
	Entry   uint64  // byte offset in text of the function that runs on import, without the instruction-set bit
	GOT     uint64  // byte offset of the global offset table in text
	Pieces  []Piece // sections in link order, then what the linker made
	Refs    []Ref   // what the symbols of all relocations mean; shared by many
	Edges   []Edge  // the linker-defined symbols

	// What the module calls its qstrs, and those it wants as objects, in the
	// order of their numbers. Of ABIs with mpyfile.NameLinks, the loader stores
	// them in these two Pieces, in entries of equal size.
	QStrs, QStrObjs        []string
	QStrVals, QStrObjTable int

	Firmware  []Firmware        // the programs that fixed addresses are from
	Unused    []Unused          // sections that are left out
	Overrides []Override        // definitions that fixed addresses replaced
	Externs   map[string]Extern // the fixed addresses there were to use
}

// Piece is one contiguous part of the output: an input section or something
// the linker made (entry jump, veneers, GOT).
type Piece struct {
	Object string // "" when the linker made it
	Name   string // section name, or "entry", "GOT", "veneer memset", ...
	Region mpyfile.Region
	Addr   uint64 // byte offset in Region
	Size   uint64
	Align  uint64

	// Literal: a section of literals, which does not go out as it is. Its words
	// are in the linker's tables, where the instructions load them.
	Literal bool

	Code   bool           // instructions
	Shape  *elfload.Shape // of code, what its object says
	Why    string         // of a variable in text: what fixes its distance to the code
	Data   []byte         // as the object file holds it; nil for bss and linker-made pieces
	Relocs []Bound        // in file order
}

// Bound is one ELF relocation of a Piece, with its symbol resolved. Links
// have many: it is kept at 24 bytes.
type Bound struct {
	Off   uint32 // byte offset in the Piece: P = Addr + Off
	S     uint32 // the symbol: index into Map.Refs
	Howto *relocs.Howto
	A     int64
}

// RefKind says where a symbol's value comes from.
type RefKind uint8

const (
	RefPiece RefKind = iota // an address in Pieces[Piece]
	RefDest                 // supplied by the firmware
	RefAbs                  // a constant
	RefZero                 // undefined weak: the null address
)

// Ref is a resolved symbol: its name and where its value S comes from. Links
// have many: it is kept at 48 bytes.
type Ref struct {
	Name  string       // symbol, or the section's name for a section symbol
	Off   uint64       // RefPiece: byte offset in the piece; RefAbs: the value
	Dest  mpyfile.Dest // RefDest
	Piece int32        // RefPiece: index into Map.Pieces
	Kind  RefKind
	Code  bool  // RefDest: a function, so a branch to it may go through a veneer
	Mode  uint8 // instruction-set bit T of a function symbol
	local bool  // the symbol is of one object only
}
