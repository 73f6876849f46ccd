// Package elfload turns an ELF relocatable into sections, symbols and
// relocations with explicit addends.
//
// It stands apart because it reads what strangers wrote: everything here runs
// behind a recover fence, every index and size is checked once, and what leaves
// the package can be used without looking again. It must never
// decide what a section is for or whom a symbol binds to: that is link.
package elfload

import (
	"debug/elf"
	"strings"

	"mpyld/edit"
	"mpyld/relocs"
)

// Object is one relocatable file, or one archive member.
type Object struct {
	Name     string    // as messages show it: "a.o", "lib.a(m.o)"
	Sections []Section // by ELF section index; entry 0 is the null section
	Symbols  []Symbol  // by ELF symbol index; entry 0 is the null symbol
	Groups   []Group
	ISA      string       // name of the instruction set, where build attributes have one
	Facts    relocs.Facts // what it was compiled for
	Records  [][]byte     // what config headers left in it (qstrlink.RecordSection)

	// OtherISA is the first code of an instruction set the machine does not have:
	// section and byte offset in it. Section 0: there is none.
	OtherISA struct {
		Sect int32
		Off  uint64
	}

	// Of the symbols: how many of the first ones are local, how many others are
	// definitions, and how many of these are common symbols.
	Locals, Defined, Commons int

	Marks int // how many of the first, local ones are mapping symbols, which no relocation names

	file   []byte       // all of it: what Data refers to
	tables []relocTable // of all sections

	functions   []Function // see FunctionsOf
	functionsAt []int32    // by section: the number of the first that is in it or behind it; and how many there are

	mach   *relocs.Machine
	edited bool // some section has edits
	cuts   Cuts // those beyond what loading makes
}

// Section is one section of an Object. Objects have many: it is kept at 96 bytes.
type Section struct {
	Name  string
	Type  elf.SectionType
	Flags elf.SectionFlag
	Size  uint64 // bytes
	Data  []byte // the file's own bytes, not a copy, but for Edits; nil for NOBITS
	Align uint32 // a power of two, at least 1
	Group int32  // index into Object.Groups, or -1

	// Follows is the section that this one describes and is ordered like, if
	// there is one (SHF_LINK_ORDER), or 0.
	Follows int32

	firstTable int32 // number of its first relocation table, in Object.tables, plus one

	Shape *Shape // of code; nil: it is all instructions, as far as is known

	Edits *edit.List // how Data differs from the file; nil: it does not
	obj   *Object
}

// Where says in which section, if any, a symbol is defined.
type Where uint8

const (
	Undefined Where = iota
	InSection
	Absolute // SHN_ABS: Value is a constant
	Common   // SHN_COMMON: Value is the alignment of Size bytes of bss
)

// Symbol is one entry of the symbol table. Objects have many: it is kept small.
type Symbol struct {
	Name  string // a section symbol has its section's name
	Value uint64 // InSection: byte offset, without the instruction-set bits
	Size  uint64
	Sect  int32 // InSection: index into Object.Sections
	Where Where
	Mode  uint8 // instruction-set bits of a function's value (relocs.Machine.ModeBits)
	info  byte  // st_info
}

// Bind returns the symbol's binding.
func (s *Symbol) Bind() elf.SymBind { return elf.ST_BIND(s.info) }

// Type returns what kind of thing the symbol names.
func (s *Symbol) Type() elf.SymType { return elf.ST_TYPE(s.info) }

// Local reports whether the symbol is visible in its own object only.
func (s *Symbol) Local() bool { return s.Bind() == elf.STB_LOCAL }

// Mapping reports whether the symbol says no more than what the bytes behind it are: AAELF32
// "Mapping symbols", RISC-V ELF psABI "Mapping Symbol". A function may have such a name too.
func (s *Symbol) Mapping() bool {
	return s.Local() && s.Type() == elf.STT_NOTYPE && strings.HasPrefix(s.Name, "$")
}

// Weak reports whether the symbol gives way to a strong one of its name.
// GNU_UNIQUE definitions are one per name in a program; like weak ones the
// first is taken.
func (s *Symbol) Weak() bool { return s.Bind() == elf.STB_WEAK || s.Bind() == stbGNUUnique }

// stbGNUUnique is STB_GNU_UNIQUE; debug/elf only knows the range (STB_LOOS).
const stbGNUUnique = elf.SymBind(10)

// Group is a section group.
type Group struct {
	Signature string
	COMDAT    bool // of all groups with this signature, one is kept
	Members   []int
}

// Reloc is one relocation. The addend is explicit whether the file kept it in
// the table (RELA) or in the bytes of the place (REL).
type Reloc struct {
	Off   uint32 // byte offset in Section.Data; inside it
	Type  uint32
	Sym   uint32        // index into Object.Symbols; valid
	Howto *relocs.Howto // nil: the machine defines no such type
	A     int64
}
