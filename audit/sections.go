package audit

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"mpyld/elfload"
	"mpyld/linkmap"
)

// The map names an object and a section, and several of either may have one
// name. Contents tell them apart: the map has the very bytes of the file that the
// object has. What has no bytes is matched in order.
//
// For example
//
//	map                        lib.a(m.o), .text: 24 bytes at 0x1f40 of the file
//	a member m.o               .text: 24 bytes at 0x0810
//	another one of that name   .text: 24 bytes at 0x1f40: this is it

// match finds the file and section of each section of the map.
func (a *audit) match() {
	for i := range a.files {
		f := &a.files[i]
		f.at = make([]int32, len(f.Sections))
		for s := range f.at {
			f.at[s] = none
		}
	}
	a.from = make([]place, len(a.m.Sections))
	m := matcher{audit: a}
	for i := range a.m.Sections {
		a.from[i] = place{none, none}
		if p := &a.m.Sections[i]; p.Kind == linkmap.Input {
			m.match(int32(i), p)
		}
	}
}

// matcher matches sections in the map's order, which is mostly that of the files.
type matcher struct {
	*audit
	file, next int32
	called     map[string][]int32 // files by name
	index      map[*file]map[sectionKey][]int32
}

func (m *matcher) match(i int32, p *linkmap.Section) {
	s := int32(none)
	n := m.file
	if f := &m.files[n]; f.Name == p.Object {
		if s = m.find(f, m.next, p); s < 0 {
			s = m.find(f, 0, p)
		}
	}
	if s < 0 {
		n, s = m.search(p)
	}
	if s < 0 {
		if p.Size > 0 {
			m.bad(title(p), "the map has a section of %d bytes, which the inputs do not have", p.Size)
		}
		return // it is left out
	}
	m.file, m.next = n, s+1
	f := &m.files[n]
	f.at[s] = i
	m.from[i] = place{n, s}
	m.whole(p, &f.Sections[s])
	if f.gone != nil && f.gone[s] {
		kept := m.groups[f.Groups[f.Sections[s].Group].Signature]
		m.bad(title(p), "the map has this section of group %s, by the rules of groups it is left out: %s has one", f.Groups[f.Sections[s].Group].Signature, m.files[kept.file].Name)
	}
}

// find looks for a section in a file, from one on.
func (m *matcher) find(f *file, from int32, p *linkmap.Section) int32 {
	if m.index == nil {
		m.index = map[*file]map[sectionKey][]int32{}
	}
	index := m.index[f]
	if index == nil {
		index = make(map[sectionKey][]int32, len(f.Sections))
		for s := range f.Sections {
			sec := &f.Sections[s]
			key := keyOf(sec.Name, sec.Data, sec.Size)
			index[key] = append(index[key], int32(s))
		}
		m.index[f] = index
	}
	list := index[keyOf(p.Name, p.Data, p.Size)]
	first, _ := slices.BinarySearch(list, from)
	for _, s := range list[first:] {
		if sec := &f.Sections[s]; f.at[s] < 0 && sec.Name == p.Name && sec.Flags&elf.SHF_ALLOC != 0 && alike(sec, p) {
			return s
		}
	}
	return none
}

// sectionKey is what sections that are alike have in common.
type sectionKey struct {
	data *byte
	name string
	size uint64
}

func keyOf(name string, data []byte, size uint64) sectionKey {
	if len(data) > 0 {
		return sectionKey{data: &data[0]}
	}
	return sectionKey{name: name, size: size}
}

// search looks in all files of the name.
func (m *matcher) search(p *linkmap.Section) (n, s int32) {
	if m.called == nil {
		m.called = make(map[string][]int32, len(m.files))
		for i := range m.files {
			m.called[m.files[i].Name] = append(m.called[m.files[i].Name], int32(i))
		}
	}
	for _, n := range m.called[p.Object] {
		if s := m.find(&m.files[n], 0, p); s >= 0 {
			return n, s
		}
	}
	return none, none
}

// alike reports whether a section of a file is one of the map: by its bytes, or where there are
// none by its size.
func alike(sec *elfload.Section, p *linkmap.Section) bool {
	if len(sec.Data) > 0 && len(p.Data) > 0 {
		return &sec.Data[0] == &p.Data[0]
	}
	return len(sec.Data) == len(p.Data) && sec.Size == p.Size
}

// whole compares what a section of the map is with what the file has.
func (m *matcher) whole(p *linkmap.Section, sec *elfload.Section) {
	switch {
	case p.Size != sec.Size || len(p.Data) != len(sec.Data):
		m.bad(title(p), "the map has %d bytes, the object has %d", p.Size, sec.Size)
	case p.Align < uint64(sec.Align) && p.Size > 0:
		m.bad(title(p), "the map has it aligned to %d bytes, the object asks for %d", p.Align, sec.Align)
	case p.Class != linkmap.Literal && p.Instructions != (sec.Flags&elf.SHF_EXECINSTR != 0):
		m.bad(title(p), "the map and the object differ in whether there are instructions in it")
	}
}

// loadable reports whether a section of a file may be part of a module. The others are
// not loaded, marked to be left out (SHF_EXCLUDE), notes, another file's
// group, or for unwinders or functions that run at the end of a program.
func (a *audit) loadable(f *file, s int) bool {
	sec := &f.Sections[s]
	switch {
	case sec.Flags&elf.SHF_ALLOC == 0, sec.Flags&shfExclude != 0, sec.Size == 0, sec.Type == elf.SHT_NOTE, f.gone != nil && f.gone[s],
		sec.Type == elf.SHT_FINI_ARRAY, named(sec.Name, ".fini_array"), named(sec.Name, ".dtors"), sec.Name == ".fini", strings.HasPrefix(sec.Name, ".note"):
		return false
	}
	return a.in.KeepUnwind || !a.unwinds(sec.Name)
}

const shfExclude = elf.SectionFlag(0x80000000) // SHF_EXCLUDE

// unwinds reports whether a section is for unwinders.
func (a *audit) unwinds(name string) bool {
	for _, prefix := range a.in.Machine.Unwind {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// named reports whether a section has a name, or that name and a suffix.
func named(section, name string) bool {
	rest, ok := strings.CutPrefix(section, name)
	return ok && (rest == "" || rest[0] == '.')
}

// where names a place in a section of a file.
func (a *audit) where(p place, off uint64) string {
	f := &a.files[p.file]
	return linkmap.At(f.Name, cmp.Or(f.Sections[p.section].Name, "?"), off)
}

// title names a section of the map.
func title(p *linkmap.Section) string { return cmp.Or(p.Object, "mpyld") + ":(" + p.Name + ")" }
