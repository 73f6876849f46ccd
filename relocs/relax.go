package relocs

import "slices"

// A module may have less in it than its objects ask for: a slot that no instruction loads,
// padding that another order does not need. What may be done about it is a list of rows, each
// of which people can switch off by its name: -O allows all of them, --no-relax=NAME takes one
// away. What one machine alone has is a row too, which the rows of its relocations name.
//
//	mpyld -O --no-relax=slots    all but the first

// Relaxation is one way to make a module smaller: an index into Relaxations.
type Relaxation uint8

const (
	DeadSlots Relaxation = iota
	TerseRecords
	ShortCalls
	SectionOrder
	EntryFirst
	NearSlots
	DirectLoads
	ShortForms
)

// Relaxations are the rows.
var Relaxations = [...]struct {
	Name     string // as --no-relax spells it
	Sentence string // for people: what is done
	File     bool   // what it saves are bytes of the file alone, none of memory
}{
	DeadSlots:    {Name: "slots", Sentence: "words of the GOT that nothing loads are left out"},
	TerseRecords: {Name: "records", Sentence: "relocation records are in the order of their places, and one that goes on behind another says no place", File: true},
	ShortCalls:   {Name: "calls", Sentence: "calls of what is near are shorter, in code that is compiled for it (-mrelax)"},
	SectionOrder: {Name: "order", Sentence: "sections lie in the order that leaves the smallest gaps"},
	EntryFirst:   {Name: "entry", Sentence: "the code of `mpy_init` is the first, so that no jump leads to it"},
	NearSlots:    {Name: "near", Sentence: "addresses in text are computed, not loaded from the GOT"},
	DirectLoads:  {Name: "direct", Sentence: "code that goes by way of the GOT, or of distances, loads addresses directly"},
	ShortForms:   {Name: "narrow", Sentence: "instructions are no longer than they need be, and no padding is in front of what branches lead to (Xtensa)"},
}

// String is the name of the row.
func (r Relaxation) String() string { return Relaxations[r].Name }

// RelaxationOf returns the row of a name.
func RelaxationOf(name string) (r Relaxation, ok bool) {
	i := slices.Index(RelaxationNames(), name)
	return Relaxation(max(i, 0)), i >= 0
}

// RelaxationNames are the names of all rows, in their order.
func RelaxationNames() []string {
	names := make([]string, len(Relaxations))
	for i := range Relaxations {
		names[i] = Relaxations[i].Name
	}
	return names
}

// RelaxSet says which relaxations a link may use. The zero value is none.
type RelaxSet uint64

// EveryRelaxation is the set of all rows.
const EveryRelaxation = RelaxSet(1)<<len(Relaxations) - 1

// Has reports whether a relaxation is in the set.
func (s RelaxSet) Has(r Relaxation) bool { return s>>r&1 != 0 }

// Without returns the set without one.
func (s RelaxSet) Without(r Relaxation) RelaxSet { return s &^ (1 << r) }
