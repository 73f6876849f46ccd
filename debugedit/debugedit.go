// Package debugedit has the debug information of an object (DWARF) say of edited code what
// it said of the code as the compiler made it.
//
// It stands apart because it is about one object and what its sections have, and knows no module, no
// address and no instruction. It must never guess: what cannot be followed to the last byte is an
// error, and whoever asked does without.
package debugedit

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/relocs"
)

// Where code has moved, an address in debug information moves by its relocation. But most places are not
// said by an address: lines, ranges, frames and the places of variables count from one, in numbers that
// assemblers have worked out for good. So each such number is found, with what it counts from, and edited.
//
//	code       0: ldr  2: ldr  4: add (goes)  6: ldr                 edits: 2 bytes at 4 go
//	lines      set_address .text+0   special +2   special +4         special +2   special +2
//	function   low_pc .text+0   high_pc 8                            high_pc 6
//	location   from 4 to 6 it is in r3                               from 4 to 4: nowhere
//	frame      advance_loc 6: sp is 8 lower                          advance_loc 4
//
// What is behind an instruction that goes is where that was, so an extent may become empty. A number keeps its size where it
// can; a section in which one gets longer is laid out anew, as an edit of it: what refers to it follows by its relocations.
// (Numbers of sections: DWARF 5.)

var le = binary.LittleEndian

// Elsewhere says which registers hold something else, in any of the instructions from one offset of a section to
// another, than they do in the code of the object, of which the offsets are.
type Elsewhere func(section int, from, to uint64) relocs.Registers

// Needed reports whether debug information has to be told of edits: code has moved, and the machine has no
// relocations with which assemblers leave distances to a linker.
func Needed(o *elfload.Object) bool {
	for i := range o.Machine().Howtos() {
		if o.Machine().Howtos()[i].Formula == relocs.Sub {
			return false
		}
	}
	return slices.ContainsFunc(o.Sections, func(s elfload.Section) bool {
		return s.Edits != nil && s.Edits.Word == 0 && s.Flags&elf.SHF_EXECINSTR != 0
	})
}

// Follow returns the object as its WithDebug does, with debug information of the code that edits have made. The
// error is a *diag.Error about a file that is no object, or says what cannot be followed.
func Follow(o *elfload.Object, elsewhere Elsewhere) (with *elfload.Object, err error) {
	defer func() {
		if p := recover(); p != nil {
			with, err = nil, fmt.Errorf("it is damaged: %v", p)
		}
	}()
	raw, err := o.Raw()
	if err == nil {
		raw, err = raw.WithDebug()
	}
	if err == nil {
		with, err = o.WithDebug()
	}
	if err != nil {
		return nil, err
	}
	m := &mover{raw: raw, code: with, elsewhere: elsewhere, relocs: make([]map[uint32]elfload.Reloc, len(raw.Sections)), edits: elfload.Cuts{}, seen: map[place]place{}, anywhere: map[place]bool{}}
	steps := []struct {
		section string
		follow  func(section int)
	}{
		{".debug_info", m.info},
		{".debug_line", m.lines},
		{".debug_frame", m.frames},
		{".debug_aranges", m.aranges},
		{".debug_loclists", m.listTables},
		{".debug_rnglists", m.listTables}, // when all in them is known
	}
	for _, step := range steps {
		for si := range raw.Sections {
			if s := &raw.Sections[si]; s.Name == step.section && len(s.Data) > 0 && m.err == nil {
				step.follow(si)
			}
		}
	}
	m.addends()
	if m.err != nil {
		return nil, m.err
	}
	for si, edits := range m.edits {
		slices.SortStableFunc(edits, func(a, b edit.Edit) int { return cmp.Compare(a.Off, b.Off) })
		if !edit.New(raw.Sections[si].Data, edits, 0).Valid() {
			return nil, fmt.Errorf("%s has numbers that lie over one another", raw.Sections[si].Name)
		}
	}
	with = with.EditDebug(m.edits)
	if err := m.check(with); err != nil {
		return nil, err
	}
	return with, nil
}

// place is an offset in a section, as the object's file counts.
type place struct {
	section int // noSection: it is a number
	off     uint64
}

const noSection = -1

// mover carries the state of one Follow.
type mover struct {
	raw       *elfload.Object // as its file has it, with debug information
	code      *elfload.Object // with code as it is now
	elsewhere Elsewhere
	relocs    []map[uint32]elfload.Reloc // by section and offset, when they are asked for
	edits     elfload.Cuts
	seen      map[place]place // by entry of a list: what it counts from
	anywhere  map[place]bool  // relocations whose place does not matter
	err       error           // the first
}

// fail says why the object cannot be followed.
func (m *mover) fail(format string, args ...any) {
	if m.err == nil {
		m.err = fmt.Errorf(format, args...)
	}
}

// reloc returns the relocation at an offset of a section.
func (m *mover) reloc(section int, off uint64) (r elfload.Reloc, ok bool) {
	if m.relocs[section] == nil {
		all := map[uint32]elfload.Reloc{}
		for r := range m.raw.Sections[section].Relocs {
			if _, twice := all[r.Off]; twice {
				m.fail("%s has two relocations at 0x%x", m.raw.Sections[section].Name, r.Off)
			}
			all[r.Off] = r
		}
		m.relocs[section] = all
	}
	r, ok = m.relocs[section][uint32(off)]
	return r, ok && off <= 1<<32-1
}

// target returns what a field refers to: n, if it has no relocation.
func (m *mover) target(section int, off, n uint64) place {
	r, ok := m.reloc(section, off)
	if !ok || r.Howto == nil || r.Howto.Formula != relocs.Abs {
		return place{noSection, n}
	}
	if s := &m.raw.Symbols[r.Sym]; s.Where == elfload.InSection {
		return place{int(s.Sect), s.Value + uint64(r.A)}
	}
	return place{noSection, n}
}

// in is target of a field that refers to debug information: of an object without a relocation, in the
// section of a name.
func (m *mover) in(name string, section int, off, n uint64) (p place, ok bool) {
	p = m.target(section, off, n)
	if p.section == noSection {
		p.section = slices.IndexFunc(m.raw.Sections, func(s elfload.Section) bool { return s.Name == name })
	}
	return p, p.section >= 0 && m.raw.Sections[p.section].Name == name && p.off <= uint64(len(m.raw.Sections[p.section].Data))
}

// editsOf returns how the section of a place is edited; nil if it is not.
func (m *mover) editsOf(p place) *edit.List {
	if p.section == noSection {
		return nil
	}
	return m.code.Sections[p.section].Edits
}

// length returns how far something is from a place now that was so many bytes behind it.
func (m *mover) length(from place, n uint64) uint64 {
	l := m.editsOf(from)
	if l == nil {
		return n
	}
	if size := uint64(len(l.From)); from.off > size || n > size-from.off {
		m.fail("it tells of what is behind the end of %s", m.raw.Sections[from.section].Name)
		return n
	}
	return l.Label(from.off+n) - l.Label(from.off)
}

// put has other bytes in the place of some.
func (m *mover) put(section int, off uint64, del int, is []byte) {
	if string(m.raw.Sections[section].Data[off:off+uint64(del)]) != string(is) {
		m.edits[section] = append(m.edits[section], edit.Edit{Off: uint32(off), Del: uint32(del), Ins: is})
	}
}

// putNumber changes a number of so many bytes.
func (m *mover) putNumber(section int, off uint64, size int, was, is uint64) {
	if was == is {
		return
	}
	if r, ok := m.reloc(section, off); ok && !isDistance(r) || size < 8 && is>>(8*size) != 0 {
		m.fail("%s at 0x%x: no room for %d", m.raw.Sections[section].Name, off, is)
		return
	}
	m.put(section, off, size, le.AppendUint64(nil, is)[:size])
}

// isDistance reports whether a relocation says only that a number is a distance, for linkers that have code shorter.
func isDistance(r elfload.Reloc) bool { return r.Howto != nil && r.Howto.Difference > 0 }

// putUnsigned changes a ULEB128, which keeps its size if it can.
func (m *mover) putUnsigned(section int, v unsigned, is uint64) {
	if v.v != is {
		m.put(section, v.off, v.size, appendPadded(nil, is, v.size))
	}
}

// appendPadded appends a ULEB128 of at least size bytes.
func appendPadded(b []byte, v uint64, size int) []byte {
	for n := 1; v > 0x7f || n < size; n++ {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// addends changes those of relocations that count from a symbol in edited code: what counts from
// its section follows anyway.
func (m *mover) addends() {
	for si := range m.raw.Sections {
		s := &m.raw.Sections[si]
		if s.Flags&elf.SHF_ALLOC != 0 || !elfload.IsDebug(s.Name) {
			continue
		}
		for r := range s.Relocs {
			sym := &m.raw.Symbols[r.Sym]
			if r.Howto == nil || r.Howto.Formula != relocs.Abs || r.A == 0 || sym.Where != elfload.InSection || sym.Type() == elf.STT_SECTION {
				continue
			}
			if m.editsOf(place{section: int(sym.Sect)}) == nil {
				continue
			}
			m.putAddend(si, r, int64(m.length(place{int(sym.Sect), sym.Value}, uint64(r.A))))
		}
	}
}

// putAddend changes the addend that a relocation has in its place.
func (m *mover) putAddend(section int, r elfload.Reloc, a int64) {
	data := m.raw.Sections[section].Data[r.Off:]
	f := r.Howto.At(data)
	if f == nil || f.Size > len(data) || f.Check(a) != nil {
		m.fail("%s at 0x%x: no room for %d", m.raw.Sections[section].Name, r.Off, a)
		return
	}
	is := slices.Clone(data[:f.Size])
	f.Write(is, a)
	m.put(section, uint64(r.Off), f.Size, is)
}

// check compares what all relocations refer to with what they referred to.
func (m *mover) check(with *elfload.Object) error {
	for si := range with.Sections {
		if s := &m.raw.Sections[si]; s.Flags&elf.SHF_ALLOC != 0 || !elfload.IsDebug(s.Name) {
			continue
		}
		var was []elfload.Reloc
		for r := range m.raw.Sections[si].Relocs {
			was = append(was, r)
		}
		n := 0
		for r := range with.Sections[si].Relocs {
			if n == len(was) {
				return fmt.Errorf("%s has other relocations than it had", m.raw.Sections[si].Name)
			}
			w := &was[n]
			n++
			from, to := &m.raw.Symbols[w.Sym], &with.Symbols[r.Sym]
			if from.Where != elfload.InSection || w.Howto == nil || w.Howto.Formula != relocs.Abs || m.anywhere[place{si, uint64(w.Off)}] {
				continue
			}
			want := with.Sections[from.Sect].Edits.Label(from.Value + uint64(w.A))
			if r.Sym != w.Sym || to.Value+uint64(r.A) != want || uint64(r.Off) != with.Sections[si].Edits.Out(uint64(w.Off)) {
				return fmt.Errorf("%s at 0x%x: what it refers to cannot be followed", m.raw.Sections[si].Name, w.Off)
			}
		}
	}
	return nil
}
