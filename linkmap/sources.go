package linkmap

import (
	"mpyld/elfload"
	"mpyld/relocs"
)

// Sources are the objects of a link, and where in the module what they have is. They
// are for what is made of the objects beside the module, such as debug information.
type Sources struct {
	Objects  []*elfload.Object // in link order
	Sections [][]int32         // by object and section: index into Map.Sections, Nowhere or Again
	Symbols  [][]Place         // by object and symbol: what the name means in that object

	// Held is where registers hold something else than in the code that the object has, by address.
	Held map[SourceSection][]Held
}

// SourceSection is a section of an object of Sources, by numbers.
type SourceSection struct{ Object, Section int }

// Held says of registers that they hold something else than in the object's code in front of each
// instruction from one offset to another, as the object counts.
type Held struct {
	From, To  uint32
	Registers relocs.Registers
}

// What Sources.Sections has of sections that are not in the module.
const (
	Nowhere = -1
	Again   = -2 // part of a group that another object has too, or removed
)

// Place is a place in a section of the map, or Nowhere.
type Place struct {
	Section int32 // index into Map.Sections, or Nowhere
	Off     uint64
	Mode    uint8 // instruction-set bit T of a function symbol
}
