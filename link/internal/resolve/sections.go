package resolve

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// What is in a section decides where it goes and how code reaches it, but ELF has only
// a type and flags. A section gets one class from those: code, constants, zeroed or
// other variables, literals, or none, if it is not part of a module. Names count only
// where ELF has no flag for the difference.
//
//	.rodata.str1.1 PROGBITS A    constants        .bss NOBITS WA       zeroed
//	.data.rel.ro PROGBITS WA     constants        .eh_frame, .debug    dropped

// refusal says why a section cannot be linked, and the remedy.
type refusal struct{ what, remedy string }

var isTLS = &refusal{"thread-local variables", "MicroPython has no threads for native code: remove __thread or _Thread_local, or use a C library built for microcontrollers"}

// ShfExclude marks sections that a final link leaves out (SHF_EXCLUDE).
const ShfExclude = 0x80000000

// WhyDropped is the remedy for a reference to a section that is not in the module.
func (r *Program) WhyDropped(obj *elfload.Object, s *elfload.Section) string {
	switch kept := r.groupFor(obj, s); {
	case kept != nil && kept != obj:
		return fmt.Sprintf("%s has group %s too, the first copy of a group is in a module, and what is outside of it may only refer to its global symbols: pass %s in front of %s",
			kept.Name, obj.Groups[s.Group].Signature, obj.Name, kept.Name)
	case s.Flags&ShfExclude != 0:
		return "the section is marked to be left out of links (SHF_EXCLUDE): take the flag e out of its .section directive"
	case isUnwind(s, r.Machine):
		return "it is a table for stack unwinders: --keep-unwind keeps these, -fno-exceptions makes none"
	}
	return "notes and debug information stay out of modules: remove what refers to them, or give the section another name"
}

// classify decides a section's class by its type and flags. Names only matter
// where ELF has no flag for the distinction.
func classify(s *elfload.Section, m *relocs.Machine, keepUnwind bool) (linkmap.Class, *refusal) {
	switch unwind := isUnwind(s, m); {
	case s.Flags&elf.SHF_ALLOC == 0, s.Flags&ShfExclude != 0, s.Type == elf.SHT_NOTE, unwind && !keepUnwind:
		return linkmap.Dropped, nil
	case unwind:
		return linkmap.Constant, nil
	case s.Flags&elf.SHF_TLS != 0 && s.Size > 0 && !m.StaticTLS:
		return linkmap.Refused, isTLS
	case functionTable(s) != "":
		return linkmap.Constant, nil // whatever its type and flags say: they are parts of one table
	case s.Type == elf.SHT_NOBITS:
		return linkmap.Zeroed, nil
	case m.Literal != "" && strings.HasPrefix(s.Name, m.Literal):
		return linkmap.Literal, nil
	case s.Flags&elf.SHF_EXECINSTR != 0:
		return linkmap.Code, nil
	case s.Flags&elf.SHF_WRITE == 0, isRelRo(s.Name):
		return linkmap.Constant, nil
	case s.Size == 0:
		return linkmap.Dropped, nil // compilers emit an empty .data into every object
	}
	return linkmap.Data, nil
}

// isRelRo: constants with addresses in them are writable until relocated, and
// never again. The firmware relocates wherever they are.
func isRelRo(name string) bool { return strings.HasPrefix(name, ".data.rel.ro") }

// isUnwind: machine-specific section types of allocated sections are unwind
// tables, on every machine there is.
func isUnwind(s *elfload.Section, m *relocs.Machine) bool {
	if s.Type >= elf.SHT_LOPROC && s.Type <= elf.SHT_HIPROC {
		return true
	}
	return HasPrefix(s.Name, m.Unwind)
}

func HasPrefix(name string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// regionOf returns the memory block of a class of sections, unless code insists on another
// one (see package assign). Where text is readable as data, constants live in it and
// are reached PC-relative. Variables live in RAM: bss if zero, else in the
// rodata region, which firmware allocates as ordinary RAM on every release.
func regionOf(c linkmap.Class, a *relocs.Machine) mpyfile.Region {
	switch {
	case c == linkmap.Zeroed:
		return mpyfile.BSS
	case c == linkmap.Data, c == linkmap.Constant && a.SeparateRodata:
		return mpyfile.Rodata
	}
	return mpyfile.Text
}
