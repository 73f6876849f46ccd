// Package mpyfile is the native .mpy file as Go values: what a linker makes,
// what a loader reads, and the facts both need about ABIs and releases, as rows
// of data. From those it says which loader takes what. What an architecture is
// to the format is in the machine's own row (relocs.Machine).
//
// It stands apart so that the writer (mpywriter) and the checker (simload)
// share the meaning of a file but no code that produces or consumes one.
// It must never read ELF.
package mpyfile

import (
	"mpyld/relocs"
)

// Region is one of the three memory blocks a loaded module consists of.
type Region uint8

const (
	Text   Region = iota // machine code and everything reached from it PC-relative
	Rodata               // initialised RAM: a block, or the tail of the one with bss (ABI.SeparateRAM)
	BSS                  // zeroed RAM
)

func (r Region) String() string { return [...]string{"text", "rodata", "bss"}[r] }

// DestKind says what a load-time relocation adds to a word. Wire numbers are
// known only to mpytree and mpywriter.
type DestKind uint8

const (
	ToText      DestKind = iota // run-time address of text
	ToRodata                    // run-time address of rodata
	ToBSS                       // run-time address of bss
	ToQStrTable                 // address of the module's qstr table
	ToObjTable                  // address of the module's object table
	ToFunTable                  // address of mp_fun_table
	ToFunEntry                  // the VALUE stored in mp_fun_table[Entry]
)

// Dest is the destination of a load-time relocation.
type Dest struct {
	Kind  DestKind
	Entry int32 // index into mp_fun_table; only for ToFunEntry
}

// RegionDest returns the destination that is the start of region r.
func RegionDest(r Region) Dest { return Dest{Kind: ToText + DestKind(r)} }

// Word is one word the firmware relocates at load time: it adds the run-time
// address of Dest to the little-endian word at Off, where the file holds the
// addend.
type Word struct {
	Region Region // Text or Rodata
	Off    uint64 // bytes from the start of Region; a multiple of the word size
	Dest   Dest
}

// QStrLink is a place in text where the loader stores a qstr: its number in
// two bytes, or the object that it is in a word.
type QStrLink struct {
	Off    uint64 // bytes from the start of text
	QStr   string
	Object bool
}

// Size is how many bytes of text the loader stores to.
func (l *QStrLink) Size(a *relocs.Machine) uint64 {
	if l.Object {
		return uint64(a.Word)
	}
	return 2
}

// File is a native .mpy: one viper raw code with its tables.
type File struct {
	ABI       *ABI
	Arch      *relocs.Machine
	ArchFlags uint64     // 0: no flags field in the file
	QStrs     []string   // qstr table; entry 0 is the source file name. Of ABIs with NameTable
	Objects   []string   // table of constant strings. Of ABIs with Objects
	Links     []QStrLink // in file order. Of ABIs with NameLinks
	Text      []byte
	Rodata    []byte
	BSSSize   uint64
	Words     []Word // in file order

	// Terse: a relocation record whose words are behind those of the one before is without
	// a position. What mpy_ld.py writes has one in each record.
	Terse bool
}
