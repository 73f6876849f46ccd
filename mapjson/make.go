package mapjson

import (
	"cmp"
	"slices"

	"mpyld/diag"
	"mpyld/internal/readable"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/size"
)

// Link is a link that a map is about.
type Link struct {
	*linkmap.Map // with Symbols and Reasons
	File         *mpyfile.File
	Data         []byte // the module
	SourceName   string
	Tool         string // version of mpyld

	// Declared returns the line where what a symbol means is declared, Source that which a byte of a section is from, as
	// the object has it. nil: nobody knows.
	Declared, Source func(section int32, off uint64) diag.Source
}

// Make makes the map of a link. An error is a mistake of the linker's: it has counted
// wrong.
func Make(l *Link) (*Map, error) {
	sizes, err := size.Of(l.Data)
	if err != nil {
		return nil, err
	}
	m := &Map{
		Schema: Schema, Module: l.SourceName, Arch: l.File.Arch.Name, ABI: l.ABI.Name, MadeWith: l.Tool, File: sizes.File, RAM: sizes.RAM,
		Inputs: []Input{}, Sections: []Section{}, Made: []Made{}, Roots: []Root{}, Removed: []Removed{},
	}
	k := &maker{Link: l, to: m, shown: make([]bool, len(l.Sections)), ties: map[int32][]linkmap.Tie{}, symbols: map[int32][]Symbol{}}
	k.reasons()
	k.choose()
	k.definitions()
	k.sections()
	k.saved()
	if err := k.gaps(); err != nil {
		return nil, err
	}
	return m, m.check()
}

// maker makes a map.
type maker struct {
	*Link
	to      *Map
	shown   []bool // by section of the link: it is in the map
	ties    map[int32][]linkmap.Tie
	symbols map[int32][]Symbol // by section
}

// reasons tells of the files, and where everything starts from.
func (k *maker) reasons() {
	r := k.Reasons
	for i, f := range r.Files {
		in := Input{ID: i, Path: f.Name, Archive: f.Archive}
		if f.Symbol != "" {
			in.Why = &Why{f.Symbol, f.For}
		}
		k.to.Inputs = append(k.to.Inputs, in)
	}
	for _, t := range r.Ties {
		k.ties[t.From] = append(k.ties[t.From], t)
	}
	for _, root := range r.Roots {
		k.shown[root.Section] = true
		k.to.Roots = append(k.to.Roots, Root{int(root.Section), root.Why.String(), root.Symbol})
	}
	for _, gone := range r.Removed {
		k.to.Removed = append(k.to.Removed, Removed{int(gone.File), gone.Name, int(gone.Size), gone.Why.String(), gone.Symbols})
	}
}

// choose finds the sections that take room, and those that something refers to.
func (k *maker) choose() {
	for i := range k.Sections {
		k.shown[i] = k.shown[i] || k.Sections[i].Size > 0
	}
	for i := range k.Sections {
		for _, r := range k.Sections[i].Relocs {
			if t := &k.Targets[r.S]; t.Kind == linkmap.InSection && k.isIn(int32(i)) && k.isIn(t.Section) {
				k.shown[t.Section] = true
			}
		}
	}
	for from, ties := range k.ties {
		for _, t := range ties {
			k.shown[from], k.shown[t.To] = true, true
		}
	}
}

// isIn reports whether a section of the link is one of the module: of a removed one there is a trace
// without size.
func (k *maker) isIn(id int32) bool {
	return k.Sections[id].Kind.Made() || int(id) < len(k.Reasons.FileOf) && k.Reasons.FileOf[id] >= 0
}

// definitions puts symbols to their sections.
func (k *maker) definitions() {
	for i := range k.Symbols {
		s := &k.Symbols[i]
		sym := Symbol{Name: s.Name, Offset: int(s.Off), Size: int(s.Size), Type: s.Type.String(), Bind: s.Bind.String()}
		if name := readable.Name(s.Name); name != s.Name {
			sym.Demangled = name
		}
		if k.Declared != nil {
			if at := k.Declared(s.Section, s.Off); at.Known() {
				sym.File, sym.Line = at.File, at.Line
			}
		}
		k.symbols[s.Section] = append(k.symbols[s.Section], sym)
	}
	for _, list := range k.symbols {
		slices.SortStableFunc(list, func(a, b Symbol) int { return cmp.Compare(a.Offset, b.Offset) })
	}
}

func (k *maker) sections() {
	for i := range k.Sections {
		s, id := &k.Sections[i], int32(i)
		switch {
		case !k.shown[i]:
		case s.Kind.Made():
			k.to.Made = append(k.to.Made, Made{
				ID: i, Kind: s.Kind.String(), Name: s.Name, Segment: s.Region.String(), Offset: int(s.Addr), Size: int(s.Size), Refs: k.refs(id),
			})
		default:
			out := Section{
				ID: i, Input: int(k.Reasons.FileOf[i]), Name: s.Name, Class: s.What(), Segment: s.Region.String(), Offset: int(s.Addr), Size: int(s.Size),
				Align: int(s.Align), InText: diag.Plain(k.InText[i]), Refs: k.refs(id), Symbols: k.symbols[id],
			}
			if s.Class == linkmap.Literal {
				out.Segment, out.Offset, out.Size, out.Symbols = "", 0, 0, nil
			}
			k.to.Sections = append(k.to.Sections, out)
		}
	}
	slices.SortStableFunc(k.to.Sections, func(a, b Section) int {
		return cmp.Or(cmp.Compare(k.Sections[a.ID].Region, k.Sections[b.ID].Region), cmp.Compare(a.Offset, b.Offset))
	})
}

// saved tells what relaxations did.
func (k *maker) saved() {
	for i := range k.Map.Saved {
		s := &k.Map.Saved[i]
		out := Saved{By: s.By.String(), Bytes: int(s.Bytes), OfFile: relocs.Relaxations[s.By].File, Why: diag.Plain(s.Why)}
		if s.Section >= 0 && k.shown[s.Section] {
			id := int(s.Section)
			out.Section, out.At = &id, int(k.Sections[id].Edits.In(uint64(s.Off)))
		}
		k.to.Saved = append(k.to.Saved, out)
	}
}

// refs are the references of a section to others.
func (k *maker) refs(id int32) (list []Ref) {
	type place struct {
		to     int32
		symbol string
	}
	s := &k.Sections[id]
	seen := map[place]bool{}
	add := func(r *linkmap.Reloc, at uint64) {
		t := &k.Targets[r.S]
		if t.Kind != linkmap.InSection || t.Section == id || !k.shown[t.Section] || seen[place{t.Section, t.Name}] {
			return
		}
		seen[place{t.Section, t.Name}] = true
		ref := Ref{To: int(t.Section), Symbol: t.Name, In: within(k.symbols[id], int(r.Off)), At: int(at), Type: r.Howto.Name}
		if r.By != nil {
			ref.Via = r.By.Name
		}
		if k.Source != nil && !s.Kind.Made() {
			if from := k.Source(id, at); from.Known() {
				ref.File, ref.Line = from.File, from.Line
			}
		}
		list = append(list, ref)
	}
	for i := range s.Relocs {
		add(&s.Relocs[i], s.Edits.In(uint64(s.Relocs[i].Off)))
	}
	switch s.Kind {
	case linkmap.Thunk:
		add(&k.Sections[s.Site.Section].Relocs[s.Site.K], 0)
	case linkmap.Veneer, linkmap.Island:
		if t := &k.Targets[s.Target]; t.Kind == linkmap.InSection && k.shown[t.Section] {
			list = append(list, Ref{To: int(t.Section), Symbol: t.Name, Type: "jump"})
		}
	}
	for _, t := range k.ties[id] {
		list = append(list, Ref{To: int(t.To), Type: t.Why.String()})
	}
	return list
}

// within names the last of the symbols of a section that an offset is in; "" if it is in none.
func within(symbols []Symbol, off int) (name string) {
	for i := range symbols {
		if s := &symbols[i]; s.Offset <= off && off < s.Offset+s.Size {
			name = s.Name
		}
	}
	return name
}

// gaps makes parts of what lies between others.
func (k *maker) gaps() error {
	at := map[string]int{}
	var list []part
	for p := range k.to.parts {
		if p.size > 0 {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(a.offset, b.offset))
	})
	fill := func(segment string, to int) {
		if from := at[segment]; to > from {
			k.to.Made = append(k.to.Made, Made{ID: noID, Kind: padding, Segment: segment, Offset: from, Size: to - from})
		}
		at[segment] = to
	}
	for _, p := range list {
		if p.offset < at[p.segment] {
			return diag.New("", "the map has two parts at %s+0x%x", p.segment, p.offset)
		}
		fill(p.segment, p.offset)
		at[p.segment] += p.size
	}
	for _, segment := range []string{Text, Rodata, BSS} {
		fill(segment, k.to.segments()[segment])
	}
	slices.SortStableFunc(k.to.Made, func(a, b Made) int {
		return cmp.Or(-cmp.Compare(a.Segment, b.Segment), cmp.Compare(a.Offset, b.Offset)) // text, rodata, bss
	})
	return nil
}
