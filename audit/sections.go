package audit

import (
	"cmp"
	"debug/elf"
	"strings"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
)

// The map names an object and a section, and several of either may have one
// name. Contents tell them apart: the map has the very bytes of the file that the
// object has. What has no bytes is told apart by its number in the object.
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
			if sec := &f.Sections[s]; sec.Flags&elf.SHF_ALLOC != 0 && tableOf(sec.Name) != "" {
				a.tables = append(a.tables, place{int32(i), int32(s)})
			}
		}
	}
	a.from = make([]place, len(a.m.Sections))
	m := matcher{audit: a, states: make([]matching, len(a.files))}
	for i := range a.files {
		m.states[i].steps = 8*len(a.files[i].Sections) + 64
	}
	for i := range a.m.Sections {
		a.from[i] = place{none, none}
		switch p := &a.m.Sections[i]; {
		case p.Kind == linkmap.Common:
			a.commonIn = append(a.commonIn, int32(i))
		case p.Kind == linkmap.Input:
			m.match(int32(i), p)
			if tableOf(p.Name) != "" {
				a.tablesIn = append(a.tablesIn, int32(i))
			} else if p.Name == ".init" && p.Instructions && p.Size > 0 {
				a.piecesIn = append(a.piecesIn, int32(i))
			}
		}
	}
}

// matcher matches sections in the map's order, which is mostly that of the files.
type matcher struct {
	*audit
	file   int32              // where the last one was found
	states []matching         // by file
	called map[string][]int32 // files by name; nil: nobody asked yet
}

// matching is how far a file's sections are matched.
type matching struct {
	next  int32 // behind the last with contents that was found
	steps int   // what may still be spent on looking at one after the other
	index map[sectionKey][]int32
}

func (m *matcher) match(i int32, p *linkmap.Section) {
	n, s := m.file, int32(none)
	if m.files[n].Name == p.Object {
		s = m.find(n, p)
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
	m.file = n
	f := &m.files[n]
	f.at[s] = i
	m.from[i] = place{n, s}
	m.whole(p, &f.Sections[s])
	if f.gone != nil && f.gone[s] {
		kept := m.groups[f.Groups[f.Sections[s].Group].Signature]
		m.bad(title(p), "the map has this section of group %s, by the rules of groups it is left out: %s has one", f.Groups[f.Sections[s].Group].Signature, m.files[kept.file].Name)
	}
}

// find looks for a section of the map in a file. It goes through them from where it was
// last, and when that has taken too long, by an index.
func (m *matcher) find(n int32, p *linkmap.Section) int32 {
	f, st := &m.files[n], &m.states[n]
	switch {
	case p.Size == 0:
		return m.inTurn(n, 0, p)
	case len(p.Data) > 0:
	case p.Number >= 0 && int(p.Number) < len(f.Sections) && f.matches(p.Number, p):
		return p.Number
	default:
		return none
	}
	s := m.inTurn(n, st.next, p)
	if s >= 0 {
		st.next = s + 1
	}
	return s
}

// inTurn looks for a section in a file, from one on and then before that.
func (m *matcher) inTurn(n, first int32, p *linkmap.Section) int32 {
	f, st := &m.files[n], &m.states[n]
	count := int32(len(f.Sections))
	for k := range count {
		if st.steps == 0 {
			return m.indexed(n, p)
		}
		st.steps--
		s := first + k
		if s >= count {
			s -= count
		}
		if f.matches(s, p) {
			return s
		}
	}
	return none
}

// indexed looks for a section in a file by what it is.
func (m *matcher) indexed(n int32, p *linkmap.Section) int32 {
	f, st := &m.files[n], &m.states[n]
	if st.index == nil {
		st.index = make(map[sectionKey][]int32, len(f.Sections))
		for s := range f.Sections {
			if sec := &f.Sections[s]; f.at[s] < 0 && sec.Flags&elf.SHF_ALLOC != 0 {
				key := keyOf(sec.Name, sec.Data, sec.Size)
				st.index[key] = append(st.index[key], int32(s))
			}
		}
	}
	key := keyOf(p.Name, p.Data, p.Size)
	list := st.index[key]
	if len(list) == 0 {
		return none
	}
	st.index[key] = list[1:] // who asks matches it
	return list[0]
}

// matches reports whether a section of a file may be one of the map.
func (f *file) matches(s int32, p *linkmap.Section) bool {
	sec := &f.Sections[s]
	return f.at[s] < 0 && sec.Flags&elf.SHF_ALLOC != 0 && alike(sec, p) && sec.Name == p.Name
}

// sectionKey is what sections that are alike have in common.
type sectionKey struct {
	data *byte
	name string
	size uint64
}

func keyOf(name string, data []byte, size uint64) sectionKey {
	if len(data) > 0 {
		return sectionKey{data: &data[0], name: name}
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
		if s := m.find(n, p); s >= 0 {
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
	case p.Size > 0 && (sec.Flags&shfExclude != 0 || sec.Type == elf.SHT_NOTE):
		m.bad(title(p), "the map has this section, by its type and flags it is left out of links")
	case p.Size > 0 && p.Class != linkmap.Literal && p.Instructions != m.isCode(sec):
		m.bad(title(p), "the map and the object differ in whether there are instructions in it")
	}
}

// isCode reports whether there are instructions in a section: not where it has no bytes, and not in tables of
// functions or for unwinders, whatever their flags say.
func (a *audit) isCode(sec *elfload.Section) bool {
	return sec.Flags&elf.SHF_EXECINSTR != 0 && sec.Type != elf.SHT_NOBITS && tableOf(sec.Name) == "" && !a.unwinds(sec.Name)
}

// loadable reports whether a section of a file may be part of a module. The others are
// not loaded, marked to be left out (SHF_EXCLUDE), notes, another file's
// group, or for unwinders or functions that run at the end of a program.
func (a *audit) loadable(f *file, s int) bool {
	sec := &f.Sections[s]
	switch {
	case sec.Flags&elf.SHF_ALLOC == 0, sec.Flags&shfExclude != 0, sec.Size == 0, sec.Type == elf.SHT_NOTE, f.gone != nil && f.gone[s],
		sec.Type == elf.SHT_FINI_ARRAY, named(sec.Name, ".fini_array"), named(sec.Name, ".dtors"), sec.Name == ".fini":
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
func (a *audit) where(p place, off uint64) diag.Place {
	f := &a.files[p.file]
	return linkmap.At(f.Name, cmp.Or(f.Sections[p.section].Name, "?"), off)
}

// title names a section of the map.
func title(p *linkmap.Section) string { return cmp.Or(p.Object, "mpyld") + ":(" + p.Name + ")" }
