package linkmap

import (
	"mpyld/diag"
	"mpyld/relocs"
)

// Saved is what a relaxation did in one place. It is for people: no check believes it. Links may
// have many, so a Why that is the same for all is better than one that is made for each.
type Saved struct {
	By      relocs.Relaxation
	Section int32  // an index into Map.Sections; negative: it is about the whole module
	Off     uint32 // in the section, in bytes, as Reloc.Off counts them: before anything went
	Bytes   int32  // how many fewer there are of memory, or of the file, as the row of By says
	Why     string // what made it possible: "nothing loads x from it"
}

// NamedSaved is the same with names.
type NamedSaved struct {
	By    string // the relaxation's name
	Where string // "a.o:(.text+0x4)", "(GOT+0x8)"
	Bytes int64
	Why   string
}

// wholeModule is where something is that is of no section.
const wholeModule = "the module"

// saved names what relaxations did.
func (m *Map) saved() (list []NamedSaved) {
	for i := range m.Saved {
		s := &m.Saved[i]
		where := wholeModule
		if s.Section >= 0 {
			where = m.Sections[s.Section].At(uint64(s.Off)).String()
		}
		list = append(list, NamedSaved{s.By.String(), where, int64(s.Bytes), diag.Plain(s.Why)})
	}
	return list
}

// saved writes "saved: 4 by slots at (GOT+0x8) because nothing loads x from it".
func (b *textWriter) saved(list []NamedSaved) {
	for i := range list {
		s := &list[i]
		b.Add("saved: %d by %s at %s because %s", s.Bytes, word(s.By), word(s.Where), s.Why)
	}
}

// saved reads what follows "saved: ".
func (p *parser) saved() {
	s := NamedSaved{Bytes: p.signed()}
	p.want("by ")
	s.By = p.word(" ")
	p.want("at ")
	s.Where = p.word(" ")
	p.want("because ")
	s.Why = p.rest
	p.l.Saved = append(grown(p.l.Saved), s)
}
