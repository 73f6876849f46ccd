package dump

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"mpyld/disasm"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// span is a part of machine code that is shown in one way.
type span struct {
	from, to int
	word     *mpytree.Loaded // a word that the loader relocates
	data     bool            // known to hold no instructions
	title    string          // of the section that starts here
	lines    []disasm.Line
}

// disassemble cuts the machine code of all there is into spans, and has those
// with instructions disassembled, if somebody can.
func (t *textWriter) disassemble() {
	t.texts = map[*mpytree.Code]*machineText{}
	var parts []disasm.Part
	var takes []*span // what becomes of each
	var sections []*linkmap.PlacedSection
	if t.opts.Map != nil {
		sections = textSections(t.opts.Map.Sections)
	}
	for _, c := range t.f.Codes() {
		size := t.machineSize(c)
		if size == 0 {
			continue
		}
		m := &machineText{t: t, c: c, words: map[int]*mpytree.Loaded{}, targets: map[int]bool{}}
		if c.ScopeFlags != 0 {
			m.parts = sections
		}
		m.list = m.spans(0, size)
		t.texts[c] = m
		for i := range m.list {
			if s := &m.list[i]; s.word == nil && !s.data {
				parts, takes = append(parts, disasm.Part{Code: c.Body, From: s.from, To: s.to}), append(takes, s)
			}
		}
	}
	if t.opts.Machine == nil || len(parts) == 0 {
		return
	}
	for i, lines := range t.opts.Machine(parts) {
		takes[i].lines = lines
	}
}

// machineSize is how many bytes of machine code a code starts with.
func (t *textWriter) machineSize(c *mpytree.Code) int {
	switch c.Kind {
	case mpytree.NativePy:
		p, _ := c.Prelude(t.f.Version) // Parse has read it
		return p.Off
	case mpytree.Viper, mpytree.Asm:
		return len(c.Body)
	}
	return 0
}

// machine shows the machine code of c, as instructions if somebody could tell,
// with the words in it that the loader relocates as what they are.
func (t *textWriter) machine(c *mpytree.Code) {
	m := t.texts[c]
	if m == nil {
		return
	}
	t.line("  machine code:")
	for i := range m.list {
		for _, l := range m.list[i].lines {
			if l.Target >= 0 {
				m.targets[l.Target] = true
			}
		}
	}
	for i := range m.list {
		m.show(&m.list[i])
	}
}

// machineText shows parts of code, with marks where its jumps lead.
type machineText struct {
	t       *textWriter
	c       *mpytree.Code
	words   map[int]*mpytree.Loaded // by where they are
	targets map[int]bool
	parts   []*linkmap.PlacedSection // of text, by address
	list    []span
}

// textSections returns the sections of text by address, without those that lie in
// others.
func textSections(all []linkmap.PlacedSection) (list []*linkmap.PlacedSection) {
	list = make([]*linkmap.PlacedSection, 0, len(all))
	for i := range all {
		if all[i].Region == mpyfile.Text {
			list = append(list, &all[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *linkmap.PlacedSection) int { return cmp.Compare(a.Addr, b.Addr) })
	end := uint64(0)
	return slices.DeleteFunc(list, func(s *linkmap.PlacedSection) bool {
		inside := s.Addr+s.Size <= end
		end = max(end, s.Addr+s.Size)
		return inside
	})
}

// isData reports whether a section holds no instructions.
func isData(s *linkmap.PlacedSection) bool {
	return s.Class != linkmap.Code || s.Kind == linkmap.QStrNumbers || s.Kind == linkmap.QStrObjects
}

// spans cuts code at relocated words and at the bounds of sections.
func (m *machineText) spans(from, to int) []span {
	size := m.t.f.Word()
	words := slices.DeleteFunc(m.t.f.Loaded(m.c), func(w mpytree.Loaded) bool { return w.Region != mpyfile.Text })
	slices.SortFunc(words, func(a, b mpytree.Loaded) int { return cmp.Compare(a.Off, b.Off) })
	var list []span
	at := from
	for i := range words {
		off := int(words[i].Off)
		if off < at || off+size > to {
			continue // relocated twice, or a part of it is none of ours
		}
		m.words[off] = &words[i]
		list = append(list, m.sections(at, off)...)
		word := span{from: off, to: off + size, word: &words[i]}
		if parts := m.sections(off, off+size); len(parts) > 0 {
			word.title = parts[0].title
		}
		list = append(list, word)
		at = off + size
	}
	return append(list, m.sections(at, to)...)
}

// sections cuts a part of code at the bounds of sections.
func (m *machineText) sections(from, to int) []span {
	if from == to {
		return nil // between words side by side; an objdump would print nothing of it
	}
	var list []span
	first := sort.Search(len(m.parts), func(i int) bool { return int(m.parts[i].Addr+m.parts[i].Size) > from })
	for i := range m.parts[first:] {
		p := m.parts[first+i]
		start, end := int(p.Addr), int(p.Addr+p.Size)
		if start >= to {
			break
		}
		if start > from {
			list = append(list, span{from: from, to: start, data: true}) // a gap
			from = start
		}
		s := span{from: from, to: min(end, to), data: isData(p)}
		if start == from {
			s.title = p.Title()
		}
		list = append(list, s)
		from = s.to
	}
	if from < to {
		list = append(list, span{from: from, to: to, data: len(list) > 0})
	}
	return list
}

// show shows a span.
func (m *machineText) show(s *span) {
	if s.title != "" {
		m.t.line("    %s:", s.title)
	}
	switch {
	case s.word != nil:
		m.label(s.from)
		m.t.line("    %08x  %-20s  .word %s", s.from, spaced(m.c.Body[s.from:s.to]), Destination(m.t.f, s.word, m.t.symbol))
		return
	case s.lines == nil:
		m.t.hex(m.c.Body[s.from:s.to], s.from)
		return
	}
	for _, l := range s.lines {
		m.label(l.Off)
		m.source(l.Off)
		mark := " "
		if m.targets[l.Off] {
			mark = ">"
		}
		m.t.line("  %s %08x  %-20s  %s%s", mark, l.Off, spaced(m.c.Body[l.Off:l.Off+l.Size]), l.Text, m.refers(l.Text, l.Refers))
	}
}

func (m *machineText) label(off int) {
	symbol := m.t.symbol
	if d := m.debug(); symbol == nil && d != nil {
		symbol = d.Symbol
	}
	if symbol == nil {
		return
	}
	if name := symbol(mpyfile.Text, uint64(off)); name != "" {
		m.t.line("    %s:", name)
	}
}

// debug is what debug information says of this code; nil: nothing.
func (m *machineText) debug() *Debug {
	if d := m.t.opts.Debug; d != nil && d.Code == m.c {
		return d
	}
	return nil
}

// source shows the lines of sources that the instruction at off begins.
func (m *machineText) source(off int) {
	if d := m.debug(); d != nil {
		for _, line := range d.Source(uint64(off)) {
			m.t.line("    %s", line)
		}
	}
}

// refers says what is at a place that an instruction with a text refers to.
func (m *machineText) refers(text string, off int) string {
	if off < 0 {
		return ""
	}
	if w := m.words[off]; w != nil {
		return fmt.Sprintf("  ; 0x%x: %s", off, Destination(m.t.f, w, m.t.symbol))
	}
	if place := fmt.Sprintf("0x%x", off); !strings.Contains(text, place) {
		return "  ; " + place
	}
	return ""
}
