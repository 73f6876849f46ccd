package linkmap

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"mpyld/diag"
	"mpyld/mpyfile"
)

// Listing is what people want to know of a link, in the order and form in which
// they are told: numbers of a Map are names here.
type Listing struct {
	QStrs     []string
	Firmware  []Firmware // without Facts
	Addresses []Address  // the fixed ones that the module uses
	Overrides []Override
	Members   []Extraction // archive members, in the order they came in
	Unused    []Unused
	Saved     []NamedSaved    // what relaxations did
	Sections  []PlacedSection // those that take room, by region and address
	Symbols   []NamedSymbol   // by region and address
	Relocs    []SectionRelocs

	GOT   uint64 // byte offset in text
	Slots []Slot // the words of the GOT that the loader relocates

	Arch                 string // of ELF: "EM_ARM"
	Floats               string // how floats are passed, where that is not the architecture's way
	TextSize, RodataSize int    // bytes
	BSSSize              uint64 // bytes
	GOTEntries           int
}

// PlacedSection is a section and where it is.
type PlacedSection struct {
	Kind   Kind
	Class  Class
	Region mpyfile.Region
	Object string // "" when the linker made it
	Name   string
	Addr   uint64 // byte offset in Region
	Size   uint64 // bytes
	Align  uint64
	Why    string // of a variable in text: what fixes its distance to the code
}

// Title names the section for people: "a.o:(.text)", "mpyld:(GOT)".
func (s *PlacedSection) Title() string { return or(s.Object, made) + ":(" + s.Name + ")" }

// Address is a fixed address that the module uses.
type Address struct {
	Value  uint64
	Symbol string
	From   string // the firmware or the options that give it
}

// NamedSymbol is a symbol and where it is.
type NamedSymbol struct {
	Region mpyfile.Region
	Addr   uint64 // byte offset in Region
	Size   uint64 // bytes
	Name   string
	Bind   Bind
	Type   SymbolType
}

// SectionRelocs are the relocations of a section.
type SectionRelocs struct {
	Section string // "a.o:(.text)"
	Relocs  []NamedReloc
}

// NamedReloc is a relocation with names for what it refers to.
type NamedReloc struct {
	Off    uint32
	Type   string
	Symbol string
	A      int64
	To     string // what the symbol stands for
}

// Slot is a word of the GOT, and what it points at.
type Slot struct {
	Off  uint64 // in the GOT
	Name string // of a symbol that is reached through it; "" if none is known
	To   string // "text+00000010", "mp_fun_table[5]"
}

// List tells of a link by its map and its result: what Text shows at a verbosity. All
// that there is of a big link takes more time and memory than the link.
func List(m *Map, f *mpyfile.File, verbosity int) *Listing {
	l := &Listing{Arch: m.Machine.ELF.String(), TextSize: len(f.Text), RodataSize: len(f.Rodata), BSSSize: f.BSSSize}
	if floats := m.Machine.ABI.Floats; floats != f.Arch.ABI.Floats {
		l.Floats = floats
	}
	got := uint64(0)
	if i := m.Find(GOT); i >= 0 {
		got = m.Sections[i].Size
	}
	l.GOTEntries = int(got) / f.Arch.Word
	if verbosity >= 1 {
		l.places(m, f, got)
	}
	if verbosity >= 2 {
		for _, i := range m.placed() {
			if s := &m.Sections[i]; len(s.Relocs) > 0 {
				l.Relocs = append(l.Relocs, m.named(s))
			}
		}
	}
	return l
}

// places tells what lies where.
func (l *Listing) places(m *Map, f *mpyfile.File, got uint64) {
	l.QStrs, l.Members, l.Unused, l.GOT = m.QStrs, m.Members, m.Unused, m.GOT
	for _, fw := range m.Firmware {
		l.Firmware = append(l.Firmware, Firmware{File: fw.File, BuildID: fw.BuildID})
	}
	for _, o := range m.Overrides {
		l.Overrides = append(l.Overrides, Override{o.Symbol, o.Where, diag.Plain(o.Keeps)})
	}
	l.Addresses, l.Saved = m.addresses(), m.saved()
	placed := m.placed()
	l.Sections = make([]PlacedSection, len(placed))
	for k, i := range placed {
		s := &m.Sections[i]
		l.Sections[k] = PlacedSection{
			Kind: s.Kind, Class: s.Class, Region: s.Region, Object: s.Object, Name: s.Name,
			Addr: s.Addr, Size: s.Size, Align: s.Align, Why: diag.Plain(m.InText[int(i)]),
		}
	}
	l.Symbols = m.placedSymbols()
	l.Slots = m.slots(f, got)
}

// placed returns the sections that take room, by region and address.
func (m *Map) placed() []int32 {
	list := make([]int32, 0, len(m.Sections))
	for i := range m.Sections {
		if s := &m.Sections[i]; s.Size > 0 && s.Class != Literal {
			list = append(list, int32(i))
		}
	}
	slices.SortStableFunc(list, func(a, b int32) int {
		p, q := &m.Sections[a], &m.Sections[b]
		return cmp.Or(cmp.Compare(p.Region, q.Region), cmp.Compare(p.Addr, q.Addr))
	})
	return list
}

// addresses returns the fixed addresses that the module uses.
func (m *Map) addresses() (list []Address) {
	seen := map[string]bool{}
	for i := range m.Targets {
		r := &m.Targets[i]
		if e, ok := m.Externs[r.Name]; ok && r.Kind == Absolute && !seen[r.Name] {
			seen[r.Name] = true
			list = append(list, Address{e.Value, r.Name, diag.Plain(cmp.Or(e.From, "--externs or --defsym"))})
		}
	}
	return list
}

// placedSymbols returns the symbols of sections that are in the module.
func (m *Map) placedSymbols() []NamedSymbol {
	list := make([]NamedSymbol, 0, len(m.Symbols))
	for i := range m.Symbols {
		s := &m.Symbols[i]
		in := &m.Sections[s.Section]
		if in.Class != Literal {
			list = append(list, NamedSymbol{in.Region, in.Addr + s.Off, s.Size, s.Name, s.Bind, s.Type})
		}
	}
	slices.SortStableFunc(list, func(a, b NamedSymbol) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Addr, b.Addr))
	})
	return list
}

func (m *Map) named(s *Section) SectionRelocs {
	list := SectionRelocs{Section: s.Object + ":(" + s.Name + ")", Relocs: make([]NamedReloc, 0, len(s.Relocs))}
	for i := range s.Relocs {
		r := &s.Relocs[i]
		to := &m.Targets[r.S]
		list.Relocs = append(list.Relocs, NamedReloc{r.Off, r.Way(), to.Name, r.A, m.meaning(to)})
	}
	return list
}

// meaning says what a symbol stands for.
func (m *Map) meaning(t *Target) string {
	switch t.Kind {
	case InSection:
		s := &m.Sections[t.Section]
		return destination(mpyfile.RegionDest(s.Region), s.Addr+t.Off|uint64(t.Mode))
	case Supplied:
		return destination(t.Dest, 0)
	case Absolute:
		return fmt.Sprintf("%08x", t.Off)
	}
	return "0 (weak, not defined)"
}

// destination is a place as the GOT's lines in mpy_ld.py -v show it.
func destination(d mpyfile.Dest, addend uint64) string {
	name := [...]string{
		mpyfile.ToText: "text", mpyfile.ToRodata: "rodata", mpyfile.ToBSS: "bss",
		mpyfile.ToQStrTable: "qstr_table", mpyfile.ToObjTable: "obj_table",
		mpyfile.ToFunTable: "mp_fun_table", mpyfile.ToFunEntry: "mp_fun_table",
	}[d.Kind]
	if d.Kind == mpyfile.ToFunEntry {
		return fmt.Sprintf("%s[%d]", name, d.Entry)
	}
	return fmt.Sprintf("%s+%08x", name, addend)
}

// slots lists the words of the GOT, of a size in bytes, as the file has them:
// where each will point.
func (m *Map) slots(f *mpyfile.File, size uint64) (list []Slot) {
	names := m.slotNames()
	for _, w := range f.Words {
		if w.Region != mpyfile.Text || w.Off < m.GOT || w.Off >= m.GOT+size {
			continue
		}
		var word [8]byte
		copy(word[:], f.Text[w.Off:w.Off+uint64(f.Arch.Word)])
		to := destination(w.Dest, binary.LittleEndian.Uint64(word[:]))
		list = append(list, Slot{w.Off - m.GOT, names[to], to})
	}
	return list
}

// slotNames maps what a slot points at to the first symbol that means it and is
// reached through the GOT.
func (m *Map) slotNames() map[string]string {
	names := map[string]string{}
	for i := range m.Sections {
		for _, r := range m.Sections[i].Relocs {
			if t := &m.Targets[r.S]; r.Howto.Formula.NeedsSlot() && names[m.meaning(t)] == "" {
				names[m.meaning(t)] = t.Name
			}
		}
	}
	return names
}

// Names returns a function that names a place in memory: after a symbol that is
// reached through a slot of the GOT that points there, or starts there; "" if there
// is none.
func (l *Listing) Names() func(region mpyfile.Region, off uint64) string {
	names := map[string]string{}
	for i := range l.Slots {
		if s := &l.Slots[i]; s.Name != "" {
			names[s.To] = s.Name
		}
	}
	for i := range l.Symbols {
		s := &l.Symbols[i]
		at := destination(mpyfile.RegionDest(s.Region), s.Addr)
		if _, ok := names[at]; !ok {
			names[at] = s.Name
		}
	}
	return func(region mpyfile.Region, off uint64) string {
		return names[destination(mpyfile.RegionDest(region), off)]
	}
}
