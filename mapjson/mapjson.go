// Package mapjson is the map of a link for programs: a JSON document that --map-json
// writes, and that size and why read again. docs/JSON.md describes it.
//
// It stands apart from linkmap, which is the linker's own and changes with it: this
// is a schema that stays. It must never leave out a byte: whoever reads a map may
// rely on it that all parts are there.
//
// For example, of a module with one object of 8 bytes at 4:
//
//	made:     entry at 0 of text, 4 bytes
//	sections: .text at 4 of text, 8 bytes; a root, because it has mpy_init
package mapjson

import "mpyld/size"

// Schema is raised when a field changes its meaning or goes away.
const Schema = 1

// Map is the document.
type Map struct {
	Schema   int       `json:"schema"`
	Module   string    `json:"module"` // the name that tracebacks show
	Arch     string    `json:"arch"`
	ABI      string    `json:"abi"`
	MadeWith string    `json:"made_with"` // mpyld's version
	File     size.File `json:"file"`
	RAM      size.RAM  `json:"ram"`

	Inputs   []Input   `json:"inputs"`
	Sections []Section `json:"sections"`
	Made     []Made    `json:"made"`
	Roots    []Root    `json:"roots"`
	Removed  []Removed `json:"removed"`
	Saved    []Saved   `json:"saved,omitempty"`
}

// Input is an object or archive member.
type Input struct {
	ID      int    `json:"id"` // its place in the list
	Path    string `json:"path"`
	Archive string `json:"archive,omitempty"`
	Why     *Why   `json:"why,omitempty"` // of archive members
}

// Why is what an archive member came in for.
type Why struct {
	Symbol string `json:"symbol"`
	For    string `json:"for"` // the object that names it, or the option
}

// Section is one of an object, or a common symbol.
type Section struct {
	ID      int      `json:"id"`
	Input   int      `json:"input"`
	Name    string   `json:"name"`
	Class   string   `json:"class"`             // code, constants, zeros, data, literal, common
	Segment string   `json:"segment,omitempty"` // "": its words are in a table of literals
	Offset  int      `json:"offset"`            // in the segment, in bytes
	Size    int      `json:"size"`              // 0: it has no place
	Align   int      `json:"align"`
	InText  string   `json:"in_text_because,omitempty"`
	Refs    []Ref    `json:"refs,omitempty"`
	Symbols []Symbol `json:"symbols,omitempty"`
}

// Ref is a reference, the first of those to the same place.
type Ref struct {
	To     int    `json:"to"` // ID of a section or of what was made
	Symbol string `json:"symbol,omitempty"`
	In     string `json:"in,omitempty"`   // the symbol whose code or data refers, if one is known
	At     int    `json:"at"`             // in the object's section, in bytes
	File   string `json:"file,omitempty"` // the line that refers, if one is known
	Line   int    `json:"line,omitempty"`
	Type   string `json:"type"`          // the relocation's; "group", "describes" or "ends": there is none
	Via    string `json:"via,omitempty"` // how the instruction was made to work, if it could not stay
}

// Symbol is a definition in a section.
type Symbol struct {
	Name      string `json:"name"`
	Demangled string `json:"demangled,omitempty"` // where that is another
	Offset    int    `json:"offset"`              // in the section, in bytes
	Size      int    `json:"size"`
	Type      string `json:"type"`           // func, object, tls, notype
	Bind      string `json:"bind"`           // local, global, weak
	File      string `json:"file,omitempty"` // where it is declared, if that is known
	Line      int    `json:"line,omitempty"`
}

// Made is what the linker made, and the gaps between sections.
type Made struct {
	ID      int    `json:"id"` // -1: of padding
	Kind    string `json:"kind"`
	Name    string `json:"name,omitempty"`
	Segment string `json:"segment"`
	Offset  int    `json:"offset"`
	Size    int    `json:"size"`
	Refs    []Ref  `json:"refs,omitempty"`
}

// Root is a section that is in the module whatever refers to it.
type Root struct {
	Section int    `json:"section"`
	Why     string `json:"why"`
	Symbol  string `json:"symbol,omitempty"`
}

// Removed is a section that is not in the module.
type Removed struct {
	Input   int      `json:"input"`
	Name    string   `json:"name"`
	Size    int      `json:"size"`
	Reason  string   `json:"reason"`
	Symbols []string `json:"symbols,omitempty"`
}

// Saved is what a relaxation (-O) did in one place.
type Saved struct {
	By      string `json:"by"`                // as --no-relax spells it
	Section *int   `json:"section,omitempty"` // ID of a section or of what was made, if it is one that is there
	At      int    `json:"at,omitempty"`      // in the object's section, in bytes
	Bytes   int    `json:"bytes"`             // fewer than without; below zero where padding grew
	OfFile  bool   `json:"of_file,omitempty"` // of the file alone: as much memory as without
	Why     string `json:"why"`
}

// The segments of a module.
const (
	Text   = "text"
	Rodata = "rodata"
	BSS    = "bss"
)

// segments are their sizes.
func (m *Map) segments() map[string]int {
	return map[string]int{Text: m.RAM.Text, Rodata: m.RAM.Rodata, BSS: m.RAM.BSS}
}

// Kind of what lies between others.
const padding = "padding"

// noID is that of what nothing refers to.
const noID = -1

// A part is a section or what was made.
type part struct {
	id           int
	segment      string
	offset, size int
	refs         []Ref
}

// parts are all that may refer or be referred to, and all that takes room.
func (m *Map) parts(yield func(part) bool) {
	for i := range m.Sections {
		s := &m.Sections[i]
		if !yield(part{s.ID, s.Segment, s.Offset, s.Size, s.Refs}) {
			return
		}
	}
	for i := range m.Made {
		p := &m.Made[i]
		if !yield(part{p.ID, p.Segment, p.Offset, p.Size, p.Refs}) {
			return
		}
	}
}
