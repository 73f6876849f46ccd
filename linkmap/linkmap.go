// Package linkmap is what a link decided, complete enough to check the result
// without the linker: where every section lies and what it is, what each
// relocation refers to, and where symbols are.
//
// It stands apart because the linker writes it and everybody else reads it: the
// check of the result, the text that -Map writes, what names machine code. It
// must never know how a link decides. Who asks what something is asks its Kind
// or Class, not its name.
package linkmap

import (
	"slices"

	"mpyld/diag"
	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Map is what a link decided.
type Map struct {
	Machine    *relocs.Machine
	ABI        *mpyfile.ABI
	Entry      uint64         // byte offset in text of the function that runs on import, without the instruction-set bit
	GOT        uint64         // byte offset of the global offset table in text
	Sections   []Section      // those of objects in link order, then what the linker made
	InText     map[int]string // by section, of variables that are in text: what fixes their distance to the code
	Symbols    []Symbol       // all definitions in them, of those who ask for it
	Targets    []Target       // what the symbols of all relocations mean; shared by many
	Boundaries []Boundary     // the linker-defined symbols

	// What the module calls its qstrs, and those it wants as objects, in the
	// order of their numbers. Of ABIs with mpyfile.NameLinks, the loader stores
	// them in the Sections of Kind QStrNumbers and QStrObjects, in entries of equal
	// size.
	QStrs, QStrObjs []string

	Firmware  []Firmware        // the programs that fixed addresses are from
	Unused    []Unused          // sections that are left out
	Saved     []Saved           // what relaxations did
	Overrides []Override        // definitions that fixed addresses replaced
	Members   []Extraction      // archive members, in the order they came in
	Reasons   *Reasons          // of those who ask for them; else nil
	Externs   map[string]Extern // the fixed addresses there were to use
}

// Kind says where a section of the output comes from.
type Kind uint8

const (
	Input       Kind = iota // a section of an object
	Common                  // a common symbol
	EntryJump               // the jump to Map.Entry at the start of text
	GOT                     // the global offset table
	Literals                // a table of words that instructions load, as the GOT is one
	Veneer                  // code that jumps to a function out of the module, or to any place: Section.Target
	Thunk                   // code that makes an address for an instruction that cannot, or instructions that are moved: Section.Site
	QStrNumbers             // the table that the loader stores the numbers of qstrs in
	QStrObjects             // the same, of qstrs as objects
	Island                  // a jump on the way of branches that do not reach: Section.Target
	BoundaryOf              // the place of a linker-defined symbol, of no size
)

// Made reports whether the linker made the section.
func (k Kind) Made() bool { return k > Common }

// Class is what is in a section, as far as that decides where it goes.
type Class uint8

const (
	Dropped  Class = iota // not part of a running module
	Code                  // instructions
	Constant              // what nobody writes
	Zeroed                // variables that are zero at first
	Data                  // variables that are not
	Literal               // words that do not go out as they are: they are in the linker's tables, where the instructions load them
	Refused               // what no module can have
)

// Origin is what a section is and where it comes from: all that is known of it
// before it has a place. Passes and the map share it, and nobody changes it.
type Origin struct {
	Kind         Kind
	Class        Class
	UsualRegion  mpyfile.Region // that of its class
	Instructions bool           // that an object has; of Class Code is also what must lie beside some
	Number       int32          // of an object's: its index there, for several may have one name

	Object string // the object file; "" when the linker made it
	Name   string // the section's, or a word for what the linker made
	Size   uint64 // of an object's, in bytes
	Align  uint64

	Data  []byte         // as the object file holds it, but for Edits; nil for zeros and what the linker made
	Edits *edit.List     // how that differs from the object; nil: it does not
	Shape *elfload.Shape // of instructions, what the object says of them

	Moved *Range // Kind Thunk, where it is not code that makes an address: the bytes of Section.Site's section that are there instead
}

// Range is some bytes of a section.
type Range = elfload.Range

// Section is one contiguous part of the output: an input section or something
// the linker made. Links have many: it is kept at 64 bytes.
type Section struct {
	*Origin
	Region mpyfile.Region
	Target uint32  // Kinds Veneer and Island: where it leads, an index into Map.Targets
	Addr   uint64  // byte offset in Region
	Size   uint64  // in the output, in bytes
	Relocs []Reloc // in the order of their places
	Site   RelocID // Kind Thunk: the relocation that leads to it
}

// Find returns the number of the first section of a kind, or -1.
func (m *Map) Find(k Kind) int {
	return slices.IndexFunc(m.Sections, func(s Section) bool { return s.Kind == k })
}

// At returns the coordinates of a byte of a section, as messages give them: where
// it is in the object, which people can look at.
func (s *Origin) At(off uint64) diag.Place { return At(s.Object, s.Name, s.Edits.In(off)) }

// At is Origin.At of an object's section that need not be in a module. What
// the linker made has no object.
func At(object, section string, off uint64) diag.Place {
	return diag.Place{Object: object, Section: section, Off: off}
}

// Reloc is one ELF relocation of a Section, with its symbol resolved. Links
// have many: it is kept at 32 bytes.
type Reloc struct {
	Off   uint32          // byte offset in the Section: P = Addr + Off
	S     uint32          // the symbol: index into Map.Targets
	Howto *relocs.Howto   // what the object says
	By    *relocs.Rewrite // how its instruction was made to work, if it could not stay; else nil
	A     int64
}

// Way names what was done for the relocation: the psABI's name of it, or that of the
// rewriting.
func (r *Reloc) Way() string {
	if r.By != nil {
		return r.By.Name
	}
	return r.Howto.Name
}

// Edit returns the edit that the rewriting of an instruction is, if it is one: other
// bytes in the place of as many of data, the section's.
func (r *Reloc) Edit(data []byte) (e edit.Edit, ok bool) {
	if r.By == nil || r.By.Replacement == nil {
		return e, false
	}
	size := r.By.Replacement.Size
	e = edit.Edit{Off: r.Off, Del: uint32(size), Ins: make([]byte, size), For: r.Howto}
	r.By.Replacement.Replace(e.Ins, data[r.Off:])
	return e, true
}

// RelocID names one relocation: Sections[Section].Relocs[K].
type RelocID struct{ Section, K int32 }

// TargetKind says where a symbol's value comes from.
type TargetKind uint8

const (
	InSection TargetKind = iota // an address in Sections[Section]
	Supplied                    // by the firmware
	Absolute                    // a constant
	Null                        // undefined and weak: the null address
)

// Target is a resolved symbol: its name and where its value S comes from. Links
// have many: it is kept at 40 bytes.
type Target struct {
	Name    string       // symbol, or the section's name for a section symbol
	Off     uint64       // InSection: byte offset in the section; Absolute: the value
	Dest    mpyfile.Dest // Supplied
	Section int32        // InSection: index into Map.Sections
	Kind    TargetKind
	Code    bool  // Supplied: a function, so a branch to it may go through a veneer
	Mode    uint8 // instruction-set bit T of a function symbol
	Local   bool  // the symbol is of one object only
}

// Symbol is a definition in a section, whether or not anything refers to it.
type Symbol struct {
	Name    string
	Section int32 // index into Map.Sections
	Bind    Bind
	Type    SymbolType
	Mode    uint8  // instruction-set bit T of a function symbol
	Off     uint64 // in the section, in bytes
	Size    uint64 // bytes, as the object says; 0: it does not
}

// Bind is who may refer to a symbol (gABI, "Symbol Binding").
type Bind uint8

const (
	Local Bind = iota
	Global
	Weak
)

func (b Bind) String() string { return bindings[b] }

// SymbolType is what a symbol is of (gABI, "Symbol Types").
type SymbolType uint8

const (
	NoType SymbolType = iota
	Object
	Function
	Thread // a thread-local variable
)

func (t SymbolType) String() string { return symbolTypes[t] }

var (
	bindings    = [...]string{Local: "local", Global: "global", Weak: "weak"}
	symbolTypes = [...]string{NoType: "notype", Object: "object", Function: "func", Thread: "tls"}
)

// Boundary is a linker-defined symbol: an end of a region, or of sections that lie
// side by side, and the Section of no size that lies there.
type Boundary struct {
	Section int
	Region  mpyfile.Region
	Of      []int // the sections whose end it is; nil: the whole Region
	End     bool  // where they end, not where they start
}

// Extern is a symbol at a fixed address: in a ROM, or in a known firmware.
type Extern struct {
	Value   uint64
	Provide bool // only if no object defines the symbol

	Place    string // where it is given: "rom.ld:3", "--defsym f=0x100"
	From     string // file of the firmware; "" for a linker script, which is written for the purpose
	Function bool   // From: typed as a function
}

// Firmware is a linked program whose symbols are fixed addresses.
type Firmware struct {
	File    string
	BuildID string // in hexadecimal, as readelf -n prints it; "" if it has none
	Facts   relocs.Facts
}

// Extraction says why an archive member is in the link.
type Extraction struct {
	For    string // the object that named the symbol first, or the option
	Member string // "lib.a(m.o)"
	Symbol string
}

// Unused is a section that is left out because nothing refers to it.
type Unused struct {
	Object, Section string
	Size            uint64
}

// Override is a definition in an object that gave way to a fixed address.
type Override struct {
	Symbol string
	Where  string // coordinates of the definition
	Keeps  string // what else its section holds that the module needs, so that it stays; "" if it left
}
