// Package bind finds what each relocation refers to: a place in a section,
// something that the firmware supplies, a number.
//
// It stands apart because after it names do not matter. It must never know where
// anything is going to be.
package bind

import (
	"cmp"
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Later passes look for relocations by place, and take those of one place together, so
// each section's are sorted by it. Objects may have them in any order, and mpy_ld.py
// makes slots in that of the file, so where it is another one it is kept too.
//
//	the file: R1 at 8, R2 at 0, R3 at 8    by place: R2, R1, R3    FileOrder: 1, 0, 2

// Bindings is the result of the bind pass: what each relocation refers to. Nothing
// says yet where that is.
type Bindings struct {
	Targets []linkmap.Target  // what symbols mean; shared by many relocations
	Relocs  [][]linkmap.Reloc // by section, in the order of their places

	// FileOrder has the numbers of a section's relocations in the order of the file,
	// of sections where that is not the order of their places.
	FileOrder map[int][]int32

	Addresses int // how many relocations may be of words that hold an address

	// Incomplete has the sections without some of their relocations: there is an
	// error about those.
	Incomplete map[int]bool
}

// binder carries the state of the pass.
type binder struct {
	prog *resolve.Program
	errs *diag.List
	Bindings

	targetOf [][]int32 // by object and symbol: index into targets, or one of the below
	gots     []uint32  // the targets that are the GOT
	other    []bool    // by target: a branch to it may change the instruction set
	plain    bool      // nothing but objects defines names that they define
	named    []int32   // by number of a name that is defined: as targetOf has it
	undef    map[string]*undefined
	twins    map[int32]bool // targets in the copy of a group that stands for one which is left out

	recordsChecked map[int]bool     // by object
	beyond         map[string]bool  // symbols reported to be beyond a word
	aliasTarget    map[string]int32 // symbols that --defsym sets: index into targets
	noValue        map[string]bool  // symbols without a value that are reported
}

// Relocs finds what each relocation refers to.
func Relocs(prog *resolve.Program, errs *diag.List) *Bindings {
	s := &binder{
		prog: prog, errs: errs, undef: map[string]*undefined{}, twins: map[int32]bool{}, beyond: map[string]bool{},
		aliasTarget: map[string]int32{}, recordsChecked: map[int]bool{}, noValue: map[string]bool{},
	}
	s.Relocs = make([][]linkmap.Reloc, len(prog.Sections))
	s.Incomplete, s.FileOrder = map[int]bool{}, map[int][]int32{}
	symbols := 0
	for _, obj := range prog.Objects {
		symbols += obj.Locals - obj.Marks + obj.Defined
		s.targetOf = append(s.targetOf, allUnbound(len(obj.Symbols)))
	}
	// Most symbols that something defines get a Target, and to make room while targets grow is to copy them.
	s.Targets = make([]linkmap.Target, 0, symbols)
	s.other = make([]bool, 0, symbols)
	s.plain = len(prog.Aliases)+len(prog.NoValue)+len(prog.In.Externs) == 0
	s.named = allUnbound(len(prog.Globals.List))
	s.checkAliases()
	s.eachSection(func(oi int, sec *elfload.Section, section int) {
		if prog.Sections[section].Class == linkmap.Literal {
			s.bindSection(oi, sec, section)
		}
	})
	s.bindSections()
	s.reportUndefined()
	s.sortRelocs()
	s.checkStaticBase()
	return &s.Bindings
}

// allUnbound is a list of symbols that are not bound yet.
func allUnbound(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = unbound
	}
	return list
}

// sortRelocs puts the relocations of each section in the order of their places,
// which nearly always is that of the file.
func (s *binder) sortRelocs() {
	for section, list := range s.Relocs {
		if inOrder(list) {
			continue
		}
		order := make([]int32, len(list)) // by place
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(list[a].Off, list[b].Off) })
		sorted, fileOrder := make([]linkmap.Reloc, len(list)), make([]int32, len(list))
		for place, i := range order {
			sorted[place], fileOrder[i] = list[i], int32(place)
		}
		s.Relocs[section], s.FileOrder[section] = sorted, fileOrder
	}
}

// inOrder reports whether relocations are in the order of their places.
func inOrder(list []linkmap.Reloc) bool {
	for i := 1; i < len(list); i++ {
		if list[i].Off < list[i-1].Off {
			return false
		}
	}
	return true
}

// eachSection calls f for every section of an object that is in the link, in order.
func (s *binder) eachSection(f func(oi int, sec *elfload.Section, section int)) {
	for oi, obj := range s.prog.Objects {
		for si := range obj.Sections {
			if section := int(s.prog.SectionOf[oi][si]); section >= 0 {
				f(oi, &obj.Sections[si], section)
			}
		}
	}
}

// bindSection binds one section's relocations.
func (s *binder) bindSection(oi int, sec *elfload.Section, section int) {
	n := sec.NumRelocs()
	if n == 0 {
		return
	}
	p, inCode := &s.prog.Sections[section], s.prog.Sections[section].Class == linkmap.Code
	list := make([]linkmap.Reloc, 0, n)
	var r elfload.Reloc
	var in elfload.RelocReader
	for in.Start(sec); in.Next(&r) && !s.errs.Full(); {
		if resolve.MarksOnly(r.Howto) {
			continue
		}
		ref := s.bound(oi, p, &r, inCode)
		if ref == unusable {
			s.Incomplete[section] = true
			continue
		}
		list = appendReloc(list, &r, ref)
		if r.Howto.Formula == relocs.Abs {
			s.Addresses++
		}
	}
	s.Relocs[section] = list
}

// appendReloc adds what an object's relocation is to a list that has room for it. It is put together there: to
// do so elsewhere, and to copy it, takes as long as all else about one.
func appendReloc(list []linkmap.Reloc, r *elfload.Reloc, target int32) []linkmap.Reloc {
	list = list[:len(list)+1]
	b := &list[len(list)-1]
	b.Off, b.S, b.Howto, b.A = r.Off, uint32(target), r.Howto, r.A
	return list
}

// bound returns the Target of a relocation, or unusable after it has reported why there is none: at once, or with
// all others to an undefined symbol.
func (s *binder) bound(oi int, p *linkmap.Origin, r *elfload.Reloc, inCode bool) int32 {
	h := r.Howto
	if h == nil || s.refuses(h, p, r.Off, inCode) {
		s.cannotBe(oi, p, r, inCode)
		return unusable
	}
	ref := s.bind(oi, int(r.Sym), p, uint64(r.Off), h)
	if ref >= 0 && s.isBeyondTable(&s.Targets[ref], r) {
		s.beyondTable(&s.Targets[ref], p, r)
		return unusable
	}
	return ref
}

// cannotBe reports a relocation that no symbol makes good.
func (s *binder) cannotBe(oi int, p *linkmap.Origin, r *elfload.Reloc, inCode bool) {
	h, name := r.Howto, s.prog.Objects[oi].Symbols[r.Sym].Name
	fail := func(format string, args ...any) *diag.Error {
		return s.errs.Add(p.At(uint64(r.Off)), format, args...)
	}
	switch {
	case h == nil:
		fail("unknown relocation type %d for %s", r.Type, s.prog.Machine.Name).
			Note("the object is corrupt, or its compiler is newer than this linker")
	case h.Formula == relocs.Refused:
		fail("%s against %s cannot be linked", h.Name, name).Note("%s", h.Why)
	case inCode && r.Off > 0 && h.NotAfter.Refuses(p.Data[r.Off-1]) != "":
		fail("%s against %s cannot be linked", h.Name, name).Note("%s", h.NotAfter.Refuses(p.Data[r.Off-1]))
	default:
		fail("%s against %s does not fit the bytes there", h.Name, name).
			Note("the object is corrupt, or its assembly source uses the relocation on another instruction")
	}
}
