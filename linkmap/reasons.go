package linkmap

// Reasons say why sections are in a module, or are not, and of which files. What
// refers to what is in the Map already; a section is in it because it is a Root, or
// because one in the Map refers to it or is tied to it.
//
//	mpy_init (a root) refers to f, whose section is in a group with .rodata.f: all three are in
type Reasons struct {
	Files    []File
	FileOf   []int32 // by section: index into Files, or -1
	Roots    []Root
	Ties     []Tie
	Removed  []Removed
	Mentions []Mention
}

// File is an object or an archive member of a link.
type File struct {
	Name    string // as messages show it: "lib.a(m.o)"
	Archive string // "" for objects
	For     string // of members: the object that named Symbol first, or the option
	Symbol  string // of members: what they came in for
}

// Root is a section that is in the module whatever refers to it.
type Root struct {
	Section int32
	Why     RootReason
	Symbol  string // by whose name it is one; "" without
}

// RootReason is why a section is a Root.
type RootReason uint8

const (
	IsEntry     RootReason = iota // it has the function that runs on import
	IsUndefined                   // -u names it
	IsAlias                       // a script or --defsym gives it another name
	IsKept                        // a table of constructors, or marked SHF_GNU_RETAIN
	IsUnwind                      // --keep-unwind
	IsObject                      // it is of an object, and there is no --gc-sections
)

func (r RootReason) String() string {
	return [...]string{IsEntry: "entry", IsUndefined: "undefined", IsAlias: "alias", IsKept: "kept", IsUnwind: "unwind", IsObject: "object"}[r]
}

// Tie is what has a section in the module beside another one, without a relocation.
type Tie struct {
	From, To int32 // sections
	Why      TieReason
}

// TieReason is why.
type TieReason uint8

const (
	InGroup   TieReason = iota // they are of one group
	Describes                  // To describes From (SHF_LINK_ORDER)
	EndsOf                     // From is an end of sections, of which To is one
)

func (t TieReason) String() string {
	return [...]string{InGroup: "group", Describes: "describes", EndsOf: "ends"}[t]
}

// Removed is a section that is not in the module.
type Removed struct {
	File int32 // index into Files
	Name string
	Size uint64 // bytes
	Why  RemovedReason

	// Symbols are the names of what it defines.
	Symbols []string
}

// RemovedReason is why.
type RemovedReason uint8

const (
	IsGarbage     RemovedReason = iota // of an object: nothing refers to it (--gc-sections)
	IsUnreachable                      // the same of an archive member
	IsCOMDAT                           // an earlier object has the same group
	IsOverridden                       // a fixed address replaces what it defines, or what refers to it went so
	IsDiscarded                        // nothing needs it at run time: notes, tables for unwinders
)

func (r RemovedReason) String() string {
	return [...]string{IsGarbage: "gc", IsUnreachable: "unreachable", IsCOMDAT: "comdat", IsOverridden: "overridden", IsDiscarded: "discarded"}[r]
}

// Mention is a global symbol and the files that name it, as in GNU ld's table: those that
// define it, then those with a common symbol of that name, then the others; of each the last
// first.
type Mention struct {
	Symbol string
	Files  []int32 // indices into Reasons.Files
}
