package audit

import "slices"

// Of all COMDAT groups with one signature, the first in link order is kept and
// the others are left out as a whole, with all sections they list (gABI chapter 4,
// "Section Groups"). What such a copy defines is then what the kept one defines.
//
// For example two files that both use an inline function have
//
//	group f:  .text.f, .rodata.f       a.o's is kept
//	group f:  .text.f, .rodata.f       b.o's is not: its f means a.o's

// discard marks the sections of a file whose groups an earlier file has.
func (a *audit) discard(n int) {
	f := &a.files[n]
	for i := range f.Groups {
		g := &f.Groups[i]
		if !g.COMDAT {
			continue
		}
		if _, dup := a.groups[g.Signature]; !dup {
			a.groups[g.Signature] = &group{file: int32(n), number: int32(i)}
			continue
		}
		if f.gone == nil {
			f.gone = make([]bool, len(f.Sections))
		}
		for _, m := range g.Members {
			f.gone[m] = true
		}
	}
}

// group is one of a file.
type group struct {
	file, number int32
	members      map[string]int32 // by name, of several the first; nil: nobody asked yet
}

// twin returns the section of the kept group that a section of a discarded one is
// a copy of: that with its name. GNU ld takes it where something outside refers to
// the copy itself (bfd/elflink.c: _bfd_elf_check_kept_section).
func (a *audit) twin(n, section int32) (place, bool) {
	f := &a.files[n]
	sec := &f.Sections[section]
	if sec.Group < 0 {
		return place{}, false
	}
	kept, ok := a.groups[f.Groups[sec.Group].Signature]
	if !ok {
		return place{}, false
	}
	other := &a.files[kept.file]
	if kept.members == nil {
		kept.members = map[string]int32{}
		for _, m := range slices.Backward(other.Groups[kept.number].Members) {
			kept.members[other.Sections[m].Name] = int32(m)
		}
	}
	m, ok := kept.members[sec.Name]
	return place{kept.file, m}, ok
}

// groupsWhole checks that of each group that has a section in the map, all are.
func (a *audit) groupsWhole() {
	for n := range a.files {
		f := &a.files[n]
		for i := range f.Groups {
			have, lacks := false, none
			for _, m := range f.Groups[i].Members {
				switch {
				case f.Sections[m].Size == 0: // whether it is there, nothing shows
				case f.at[m] >= 0:
					have = true
				case a.loadable(f, m) && !a.mayGo(int32(n), int32(m)):
					lacks = m
				}
			}
			if have && lacks >= 0 {
				a.bad(a.where(place{int32(n), int32(lacks)}, 0), "the map does not have this section, by the rules of groups it stays: others of group %s do", f.Groups[i].Signature)
			}
		}
	}
}
