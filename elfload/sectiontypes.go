package elfload

import (
	"debug/elf"
	"slices"

	"mpyld/diag"
	"mpyld/internal/lazy"
)

// A section of a type that nobody knows may change what all others mean, as
// relocations in a new form do. So types are allowed by a list. Of the others
// those are passed over, as by GNU ld, that are not loaded and that their ranges
// say an ignorant linker may pass over: what applications define for themselves,
// and what systems define without SHF_OS_NONCONFORMING (gABI chapter 4, "Sections";
// binutils, bfd/elf.c: bfd_section_from_shdr). GNU ld stops there; here one of these
// must not be about another section either, as relocations are.

const (
	shtRELR        = 19
	shtAndroidREL  = 0x60000001
	shtAndroidRELA = 0x60000002
	shtAndroidRELR = 0x6fffff00
	shtSFrame      = 0x6ffffff4 // SHT_GNU_SFRAME

	shfGNUMbind  = 0x01000000 // memory of some kind: there is only one
	shfGNURetain = 0x00200000
)

// knownTypes are the types that objects for any machine have; Machine.SectionTypes
// are those of one. What LLVM has of its own for tools and linkers (0x6fff4c00 and
// up: address significance, call graphs, options, bitcode) is not loaded, and
// passed over.
var knownTypes = []elf.SectionType{
	elf.SHT_NULL, elf.SHT_PROGBITS, elf.SHT_SYMTAB, elf.SHT_STRTAB, elf.SHT_RELA, elf.SHT_NOTE, elf.SHT_NOBITS, elf.SHT_REL, shtCREL,
	elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, elf.SHT_PREINIT_ARRAY, elf.SHT_SYMTAB_SHNDX, elf.SHT_GROUP,
	shtSFrame,
}

// loaderRelocs names relocations in forms that linkers make for loaders.
var loaderRelocs = lazy.Value[map[elf.SectionType]string]{Make: func() map[elf.SectionType]string {
	return map[elf.SectionType]string{
		shtRELR: "SHT_RELR", shtAndroidREL: "SHT_ANDROID_REL", shtAndroidRELA: "SHT_ANDROID_RELA", shtAndroidRELR: "SHT_ANDROID_RELR",
	}
}}

// checkType refuses sections whose type means something that this package does
// not know.
func (l *loader) checkType(i int, s *sectionHeader) error {
	name := l.headers.name(s)
	if form := loaderRelocs.Get()[s.typ]; form != "" {
		return diag.New(l.name, "section %d (%s) has relocations in the form %s, which is for loaders of linked programs", i, name, form).
			Note("pass the object as its compiler made it")
	}
	osOwn := s.flags & elf.SHF_MASKOS &^ (shfGNUMbind | shfGNURetain)
	switch {
	case s.flags&elf.SHF_OS_NONCONFORMING != 0 && osOwn != 0:
	case slices.Contains(knownTypes, s.typ), slices.Contains(l.mach.SectionTypes, s.typ):
		return nil
	case s.flags&elf.SHF_ALLOC != 0, l.aboutAnother(s):
	case s.typ >= elf.SHT_LOUSER && s.typ <= elf.SHT_HIUSER, s.typ >= elf.SHT_LOOS && s.typ <= elf.SHT_HIOS && s.flags&elf.SHF_OS_NONCONFORMING == 0:
		return nil
	}
	return diag.New(l.name, "section %d (%s) is of a kind that this linker does not know (type 0x%x, flags 0x%x)", i, name, uint32(s.typ), uint64(s.flags)).
		Note("compile without the option that makes such sections, or take it out if the code works without it: objcopy --remove-section=%s", name)
}

// aboutAnother reports whether a section says that its content belongs to another
// one, like a table of relocations: by a flag, or as old assemblers have it, by a
// symbol table and the number of that section.
func (l *loader) aboutAnother(s *sectionHeader) bool {
	linked := s.info != 0 && uint64(s.link) < uint64(l.headers.count) && l.headers.at(int(s.link)).typ == elf.SHT_SYMTAB
	return s.flags&elf.SHF_INFO_LINK != 0 || linked
}
