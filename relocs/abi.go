package relocs

import (
	"fmt"
	"slices"
)

// An object says what it was compiled for: in flags of the ELF header, in build
// attributes, in notes, and with mapping symbols in front of its code. Linking
// code that the device cannot run, or that passes arguments elsewhere, gives a
// module that loads and then crashes. What is fit for a machine is a row too.

// Facts is what an object says about itself. What it does not say is zero.
type Facts struct {
	Flags        uint32 // e_flags of the ELF header
	Attributes   []Attribute
	Note         string // text of the note that ABI.NoteSection holds
	HasEntryInsn bool   // no such note, and a function starts with ABI.EntryInsn
}

// Attribute is a build attribute for the whole file. It is a number or a text.
type Attribute struct {
	Tag    uint64
	Number uint64
	Text   string
}

// Number returns the attribute with a tag as a number, 0 if there is none.
func (f *Facts) Number(tag uint64) uint64 { return f.attribute(tag).Number }

// Text returns the attribute with a tag as a text.
func (f *Facts) Text(tag uint64) string { return f.attribute(tag).Text }

func (f *Facts) attribute(tag uint64) Attribute {
	for _, a := range f.Attributes {
		if a.Tag == tag {
			return a
		}
	}
	return Attribute{}
}

// ABI is what a machine runs, and how to find out what an object needs.
type ABI struct {
	// Compile is the compiler's flags for the machine, as py/dynruntime.mk has
	// them: the remedy for most that is wrong.
	Compile string

	// BigEndian says why compilers for the machine make big-endian code, and what
	// to do about it; "" if they make none.
	BigEndian string

	// Vendor of the build attributes that count; "" if the machine has none.
	// Shape says what follows a tag: a number (ULEB128), a text, or both.
	Vendor string
	Shape  func(tag uint64) (number, text bool)

	// ISATag is the tag of the instruction set's name; 0 if it has none.
	ISATag uint64

	// NoteSection is a section with one note whose text says the calling
	// convention; "" on machines without.
	NoteSection string

	// EntryInsn is the instruction that functions of one calling convention start
	// with, by its first two bytes.
	EntryInsn *EntryInsn

	// OtherISA is the name of mapping symbols in front of code of an instruction
	// set that the machine does not have; "" if it has all there are.
	OtherISA    string
	OtherISAWhy string

	// Agree is what all objects of a module must have the same of.
	Agree []Agreement

	// Floats is how functions get and return floats, as compilers call it
	// (-mfloat-abi), and OtherFloats what the machine runs where the firmware is
	// built with another one, if its core can; "" and nil where all do the same.
	Floats      string
	OtherFloats func(floats string) *ABI

	// Incompatible returns what in an object the machine cannot run, in words that
	// follow "is compiled ", or nothing. extensions are those beyond the base
	// that a module can be marked to need.
	Incompatible func(f *Facts, extensions []string) []string

	// Calls returns only what is in the way of calling functions that were
	// compiled elsewhere, which run if they are called rightly.
	Calls func(f *Facts) []string
}

// WithFloats returns the machine for firmware that is built with a float ABI, or
// nil if there is none. "" is the machine's own.
func (m *Machine) WithFloats(floats string) *Machine {
	if floats == "" || floats == m.ABI.Floats {
		return m
	}
	if m.ABI.OtherFloats == nil {
		return nil
	}
	abi := m.ABI.OtherFloats(floats)
	if abi == nil {
		return nil
	}
	other := *m
	other.ABI = *abi
	return &other
}

// FloatABIs are the names of float ABIs, those first that firmware is built with.
var FloatABIs = []string{"hard", "softfp", "soft"}

// Rule is one thing that makes an object unfit.
type Rule struct {
	When  func(f *Facts) bool
	What  string
	Calls bool // it is about how functions are called
}

// Failing returns what the rules that an object fails say, in order.
func Failing(rules []Rule, f *Facts) []string {
	var list []string
	for _, r := range rules {
		if r.When(f) {
			list = append(list, r.What)
		}
	}
	return list
}

// CallRules returns the rules about how functions are called.
func CallRules(rules []Rule) []Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return !r.Calls })
}

// Agreement is a build attribute that says how data lies in memory or what a
// register is for: two objects that share such data misunderstand each other if
// they differ in it.
type Agreement struct {
	Tag      uint64
	What     string             // it is about, where Settings have no words
	Free     []uint64           // values that go with all others; so does 0
	Settings map[uint64]Setting // by value
}

// Setting is a value of an Agreement: what the compiler does, in words that follow
// "is compiled for ", and the flag that makes it do so.
type Setting struct{ What, Flag string }

func (s Setting) String() string {
	if s.Flag == "" {
		return s.What
	}
	return s.What + " (" + s.Flag + ")"
}

// Setting returns what a value means, or false if it goes with all others.
func (a *Agreement) Setting(value uint64) (Setting, bool) {
	if value == 0 || slices.Contains(a.Free, value) {
		return Setting{}, false
	}
	if s, ok := a.Settings[value]; ok {
		return s, true
	}
	return Setting{What: fmt.Sprintf("%s %d", a.What, value)}, true
}

// EntryInsn is an instruction by its first two bytes.
type EntryInsn struct{ Mask, Match [2]byte }

// Matches reports whether code starts with the instruction.
func (o *EntryInsn) Matches(code []byte) bool {
	return len(code) >= 2 && code[0]&o.Mask[0] == o.Match[0] && code[1]&o.Mask[1] == o.Match[1]
}

// NotBigEndian starts the BigEndian of machines where a flag asks for it.
const NotBigEndian = "compile without -mbig-endian (-EB, armeb, riscvbe): with "

// ByParity is the rule of ABIs that later ones follow: odd tags have texts.
func ByParity(tag uint64) (number, text bool) { return tag%2 == 0, tag%2 != 0 }
