package linkmap

import (
	"slices"
	"strconv"
	"strings"

	"mpyld/diag"
)

// A map as text is for people, and for what reads it back. It has a line for
// each thing, which starts with a word, or in a list with two spaces. What is
// not the linker's own is a word that cannot be taken for anything else: as it
// is, or quoted as in Go.
//
//	sections:
//	  00000004 .text size=488 align=4 text code hello.o
//	  00000130 "veneer memset" size=8 align=4 text veneer mpyld
//	           in text because of R_ARM_REL32 at hello.o:(.text+0x8)
//
// Lines about sections start as mpy_ld.py's do, which scripts read.

// Text writes a listing: sizes, as mpy_ld.py prints them; from verbosity 1 on what
// lies where, from 2 on relocations.
func (l *Listing) Text(verbosity int) string { return string(l.Bytes(verbosity)) }

// Bytes is Text for who writes it out: that of a big link is not made twice.
func (l *Listing) Bytes(verbosity int) []byte {
	var b textWriter
	b.Grow(l.roughSize(verbosity))
	if verbosity >= 1 {
		b.Add("qstr vals: %s", strings.Join(words(l.QStrs), ", "))
		b.fixed(l)
		for _, e := range l.Members {
			b.Add("member: %s defines %s for %s", word(e.Member), word(e.Symbol), word(e.For))
		}
		for _, u := range l.Unused {
			b.Add("unused: %s size=%d %s", word(u.Section), u.Size, word(u.Object))
		}
		b.saved(l.Saved)
		b.sections(l.Sections)
		b.symbols(l.Symbols)
	}
	if verbosity >= 2 {
		b.relocs(l.Relocs)
	}
	if verbosity >= 1 {
		b.Add("GOT: %08x", l.GOT)
		for _, s := range l.Slots {
			name := noName
			if s.Name != "" {
				name = word(s.Name)
			}
			b.Add("  %08x %s -> %s", s.Off, name, s.To)
		}
	}
	b.sizes(l)
	return b.Bytes()
}

// roughSize returns about how long a text is: one that grows leaves copies behind.
func (l *Listing) roughSize(verbosity int) int {
	const line = 48 // of numbers and words, generously
	size := 16 * line
	if verbosity >= 1 {
		for i := range l.Unused {
			size += len(l.Unused[i].Object) + len(l.Unused[i].Section) + line/2
		}
		for i := range l.Saved {
			size += len(l.Saved[i].Where) + len(l.Saved[i].Why) + line/2
		}
		for i := range l.Sections {
			size += len(l.Sections[i].Object) + len(l.Sections[i].Name) + len(l.Sections[i].Why) + line
		}
		for i := range l.Symbols {
			size += len(l.Symbols[i].Name) + line
		}
	}
	if verbosity >= 2 {
		for _, s := range l.Relocs {
			size += len(s.Section) + line
			for i := range s.Relocs {
				size += len(s.Relocs[i].Type) + len(s.Relocs[i].Symbol) + len(s.Relocs[i].To) + line/2
			}
		}
	}
	return size
}

// What stands for nothing in a map.
const (
	made    = "mpyld"  // the object of what the linker made
	noName  = "(none)" // the name of a slot that none is known for
	noBuild = "none"
)

// textWriter writes the lines.
type textWriter struct{ diag.Lines }

func (b *textWriter) sizes(l *Listing) {
	b.Add("arch:         %s", l.Arch)
	if l.Floats != "" {
		b.Add("float ABI:    %s", l.Floats)
	}
	b.Add("text size:    %d", l.TextSize)
	if l.RodataSize > 0 {
		b.Add("rodata size:  %d", l.RodataSize)
	}
	b.Add("bss size:     %d", l.BSSSize)
	b.Add("GOT entries:  %d", l.GOTEntries)
}

// fixed lists the programs that fixed addresses are from, with the build IDs that
// tell whether a device runs them, the addresses that the module uses, and what
// those replaced.
func (b *textWriter) fixed(l *Listing) {
	for _, fw := range l.Firmware {
		b.Add("firmware: %s build-id %s", word(fw.File), or(fw.BuildID, noBuild))
	}
	for _, a := range l.Addresses {
		b.Add("address: %08x %s from %s", a.Value, word(a.Symbol), a.From)
	}
	for _, o := range l.Overrides {
		if o.Keeps == "" {
			b.Add("overridden: %s at %s is left out", word(o.Symbol), word(o.Where))
		} else {
			b.Add("overridden: %s at %s stays: its section also holds %s", word(o.Symbol), word(o.Where), o.Keeps)
		}
	}
}

func (b *textWriter) sections(list []PlacedSection) {
	b.Add("sections:")
	for i := range list {
		s := &list[i]
		object := made
		if !s.Kind.Made() {
			object = word(s.Object)
		}
		b.Add("  %08x %s size=%d align=%d %s %s %s", s.Addr, word(s.Name), s.Size, s.Align, s.Region, whatIs(s.Kind, s.Class), object)
		if s.Why != "" {
			b.Add("           in text because of %s", s.Why)
		}
	}
}

// kinds and classes are the words for what a section is.
var (
	kinds = [...]string{
		Common: "common", EntryJump: "entry", GOT: "got", Literals: "literals", Veneer: "veneer", Thunk: "thunk", Island: "island",
		QStrNumbers: "qstr-numbers", QStrObjects: "qstr-objects", BoundaryOf: "boundary",
	}
	classes = [...]string{Dropped: "dropped", Code: "code", Constant: "constants", Zeroed: "zeros", Data: "data", Literal: "literal", Refused: "refused"}
)

// String is the word for what the linker made.
func (k Kind) String() string { return kinds[k] }

// What is the word for a section: its kind, or of an object's, its class.
func (o *Origin) What() string { return whatIs(o.Kind, o.Class) }

// kindClasses are the classes of what the linker makes, and of common symbols.
var kindClasses = [...]Class{
	Common: Zeroed, EntryJump: Code, GOT: Constant, Literals: Constant, Veneer: Code, Thunk: Code, Island: Code,
	QStrNumbers: Code, QStrObjects: Code, BoundaryOf: Constant,
}

// whatIs is the word for a section: its kind, or of an object's, its class.
func whatIs(k Kind, c Class) string {
	if k == Input {
		return classes[c]
	}
	return kinds[k]
}

func (b *textWriter) symbols(list []NamedSymbol) {
	if len(list) == 0 {
		return
	}
	b.Add("symbols:")
	for i := range list {
		s := &list[i]
		b.Add("  %08x %s size=%d %s %s %s", s.Addr, word(s.Name), s.Size, s.Region, s.Bind, s.Type)
	}
}

func (b *textWriter) relocs(list []SectionRelocs) {
	for _, s := range list {
		b.Add("relocations of %s:", word(s.Section))
		for _, r := range s.Relocs {
			b.Add("  %08x %s %s%+d -> %s", r.Off, word(r.Type), word(r.Symbol), r.A, r.To)
		}
	}
}

// word is a name as a map has it: as it is, or quoted where it is not one word.
func word(name string) string {
	plain := name != "" && name[0] != '"' && !strings.Contains(name, " ") && diag.Plain(name) == name && name != noName
	if plain {
		return name
	}
	return strconv.Quote(name)
}

func words(names []string) []string {
	list := slices.Clone(names)
	for i := range list {
		list[i] = word(list[i])
	}
	return list
}

func or(name, other string) string {
	if name == "" {
		return other
	}
	return name
}
