package layout

import (
	"cmp"
	"slices"

	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Slots are words in text that the firmware relocates, one table of them for most
// modules: the GOT. Where instructions reach words over a short distance only, and those
// in front of them (Xtensa), a large text needs several tables, each in front of the
// code that loads from it. A slot that code of two tables loads is in both.
//
//	reach 256 KiB    table 0: x, y    200 KiB of code, loads x and y
//	                 table 1: x       100 KiB of code, loads x

// Table is a contiguous array of slots in text. Most modules have one, the GOT. Where
// instructions reach literals over a short distance only, large texts have
// several, each in front of the code that uses it.
type Table struct {
	section int   // index into Map.Sections
	Slots   []int // indexes into Layout.Slots, in table order

	// The inverse of slots: a list for a table with all slots there are, and a map
	// for one of several, as lists would be as long for each.
	pos   []int32
	posOf map[int]int
}

func newTable(section int, slots []int, only bool) Table {
	t := Table{section: section, Slots: slots}
	if only {
		t.pos = make([]int32, len(slots))
		for pos, i := range slots {
			t.pos[i] = int32(pos)
		}
		return t
	}
	t.posOf = make(map[int]int, len(slots))
	for pos, i := range slots {
		t.posOf[i] = pos
	}
	return t
}

// Position returns where in the table a slot is, in words.
func (t *Table) Position(slot int) int {
	if t.pos != nil {
		return int(t.pos[slot])
	}
	return t.posOf[slot]
}

// slotClass orders a table like mpy_ld.py, so that words with one destination
// are adjacent and share a relocation record: the firmware's, then by class,
// then plain numbers.
func (l *Layout) slotClass(i int) int {
	s := &l.Slots[i]
	if s.Literal {
		return int(linkmap.Refused)
	}
	switch r := &l.Targets[s.Target]; {
	case r.Kind == linkmap.InSection:
		return int(l.Sections[r.Section].Class)
	}
	return 0
}

// sortSlots puts slots, which are in order of first use, into table order.
func (l *Layout) sortSlots(slots []int) []int {
	slices.SortStableFunc(slots, func(a, b int) int { return cmp.Compare(l.slotClass(a), l.slotClass(b)) })
	return slots
}

// makeTables decides which slots are in which table and makes the sections of
// all but the first.
func (l *Layout) makeTables(r *resolve.Program, room int) {
	l.Tables, l.TableOf = nil, map[int]int{}
	groups := [][]int{nil}
	if r.Machine.Literal != "" {
		groups = l.groupByReach(r, room)
	}
	for g, slots := range groups {
		section := r.Got
		if g == 0 && len(groups) == 1 {
			slots = make([]int, len(l.Slots))
			for i := range slots {
				slots[i] = i
			}
		}
		if g > 0 {
			section = len(l.Sections)
			l.addLiterals(len(slots))
		}
		l.Sections[section].Size = uint64(len(slots) * l.Word)
		l.Tables = append(l.Tables, newTable(section, l.sortSlots(slots), len(groups) == 1))
	}
}

// addLiterals adds the section of a table of slots.
func (l *Layout) addLiterals(slots int) {
	l.Sections = append(l.Sections, linkmap.Section{
		Origin: &linkmap.Origin{Kind: linkmap.Literals, Class: linkmap.Constant, Name: "literals", Align: uint64(l.Word)},
		Region: mpyfile.Text, Size: uint64(slots * l.Word),
	})
}

// groupByReach splits the code into groups, each of which reaches the table in front of it,
// and returns the slots of each table. The first table also has what no
// instruction loads. Room is for what comes between sections later; where there must be some,
// code without literals gets a table behind it too.
func (l *Layout) groupByReach(r *resolve.Program, room int) [][]int {
	reach := uint64(r.Machine.LiteralReach - room)
	groups := [][]int{nil}
	in := map[int]bool{} // slots of the group being filled
	loaded := make([]bool, len(l.Slots))
	used := uint64(maxEntryJump) // bytes from the start of the group's table
	for i := range r.Jump {
		p := &l.Sections[i]
		if p.Region != mpyfile.Text || l.Sections[i].Class == linkmap.Literal {
			continue
		}
		var uses []int
		fresh := 0
		for k := range p.Relocs {
			if s := l.LiteralSlot(&p.Relocs[k]); s >= 0 {
				uses = append(uses, s)
				if !in[s] {
					fresh++
				}
			}
		}
		need := p.Size + p.Align + uint64(fresh*l.Word)
		if len(uses) > 0 && used+need > reach && (len(in) > 0 || room > 0 && used > maxEntryJump) {
			groups = append(groups, nil)
			clear(in)
			used = 0
		}
		used += need
		for _, s := range uses {
			loaded[s] = true
			if !in[s] {
				in[s] = true
				groups[len(groups)-1] = append(groups[len(groups)-1], s)
			}
		}
		l.TableOf[i] = len(groups) - 1
	}
	for s, yes := range loaded {
		if !yes {
			groups[0] = append(groups[0], s)
		}
	}
	return groups
}

// literalsFar reports whether an instruction does not reach its literal, though another
// table might be nearer.
func (l *Layout) literalsFar() bool {
	if l.Machine.Literal == "" || l.Sizes[mpyfile.Text] <= uint64(l.Machine.LiteralReach) {
		return false
	}
	far := false
	for i := range l.Sections {
		p := &l.Sections[i]
		for k := range p.Relocs {
			b := &p.Relocs[k]
			slot := l.LiteralSlot(b)
			if slot < 0 {
				continue
			}
			field := b.Howto.At(p.Data[b.Off:])
			v := l.SlotAddr(&l.Tables[l.TableOf[i]], slot) - field.PC(int64(p.Addr)+int64(b.Off))
			switch {
			case v >= field.Min:
			case int64(b.Off) > -field.Min: // nor a table in front of its section
				return false
			default:
				far = true
			}
		}
	}
	return far
}

// maxEntryJump bounds the padded entry jump in front of the first table.
const maxEntryJump = 64

// LiteralSlot returns the slot that a relocation loads a literal from, or -1.
func (l *Layout) LiteralSlot(b *linkmap.Reloc) int {
	if b.Howto.Formula != relocs.PCRel || l.Machine.Literal == "" {
		return -1
	}
	ref := &l.Targets[b.S]
	if ref.Kind != linkmap.InSection || l.Sections[ref.Section].Class != linkmap.Literal {
		return -1
	}
	return int(l.Demand.Literals[int(ref.Section)][(int64(ref.Off)+b.A)/int64(l.Word)])
}

// SlotAddr returns the address of a slot in a table.
func (l *Layout) SlotAddr(t *Table, slot int) int64 {
	return int64(l.Sections[t.section].Addr) + int64(t.Position(slot)*l.Word)
}
