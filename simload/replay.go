package simload

import (
	"fmt"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// A relocation's formula, computed with run-time addresses, says what its field must hold
// once the module is loaded. It may be held by way of a GOT slot or a veneer, whose
// contents must then be right. All is done at two places: what is right at one by chance
// is wrong at the other.
//
//	R_X86_64_PC32 x-4 at text+0x13, x at text+0x40: V is 0x29 wherever text is
//	R_X86_64_64 x: V is 0x7e4020010048 at one place and 0xffffffa0e0420040 at the other

// formulas are the Kinds of relocs that have one value, for messages.
var formulas = [...]string{
	relocs.Abs: "S + A", relocs.PCRel: "S + A - P",
	relocs.GOTSlotRel: "GOT + G + A - P", relocs.GOTSlotOff: "G + A",
	relocs.GOTBaseRel: "GOT + A - P", relocs.FromGOT: "S + A - GOT",
}

// replay compares the value V of a relocation's field with its formula over
// run-time addresses, and returns what is wrong, or "". It also returns whether the formula has the same value wherever
// the module is, and the field holds just that: the distance of two places in text. All else is
// replayed at each place, for what a loader adds to a word shows nowhere else.
func (v *verifier) replay(im *Image, p *linkmap.Section, b *linkmap.Reloc, f *field, V int64) (why string, fixed bool) {
	h, ref, in := b.Howto, &v.m.Targets[b.S], v.symbols.in[b.S]
	// The letters of the psABIs, as run-time addresses.
	S, A, T := v.value(im, b.S), uint64(b.A), uint64(v.symbols.mode[b.S])
	P := uint64(f.PC(int64(im.Start(p.Region) + p.Addr + uint64(b.Off))))
	GOT := im.Start(mpyfile.Text) + v.m.GOT
	if !h.Mode {
		T = 0
	}
	if h.Branch && in == nowhere {
		if V != h.WeakUndefValue {
			return fmt.Sprintf("%s against %s, which is undefined and weak: the branch holds %d, but %d goes on behind it", h.Name, ref.Name, V, h.WeakUndefValue), false
		}
		return "", false
	}
	// want is the formula's value, and from what it is counted from, if anything:
	// the address it stands for is from + V - A.
	var want, from uint64
	switch h.Formula {
	case relocs.Abs:
		want = (S + A) | T
	case relocs.PCRel:
		if v.m.Machine.Literal != "" && ref.Kind == linkmap.InSection && v.m.Sections[ref.Section].Class == linkmap.Literal {
			return v.literal(im, b, uint64(V)+P), false
		}
		from, want = P, (S+A)|T-P
	case relocs.FromGOT:
		from, want = GOT, (S+A)|T-GOT
	case relocs.GOTBaseRel:
		want = GOT + A - P
	case relocs.GOTSlotRel:
		if f.HighPart > 0 {
			return v.slotNear(im, b, f, V, P), false
		}
		return v.slot(im, b, uint64(V)-A+P), false
	case relocs.GOTSlotOff:
		return v.slot(im, b, uint64(V)-A+GOT), false
	case relocs.LowOf:
		return v.lowOf(im, b, V)
	default:
		return h.Name + ": simload does not know this kind of relocation", false
	}
	// An address may be meant with or without sign; a field's range shows which.
	// And what the field holds may be the same modulo the machine's word.
	if f.holds(V, im.signed(want)) || f.holds(V, int64(im.wrap(want))) || f.bits <= 8*im.word && im.wrap(uint64(V)) == im.wrap(want) && f.holds(V, V) {
		return "", v.isFixed(h, f, p, in)
	}
	if from != 0 && v.viaVeneer(im, p, b, f, uint64(V), from) {
		return "", false
	}
	return fmt.Sprintf("%s against %s: the field holds %#x, but %s is %#x (text loaded at 0x%x, RAM at 0x%x)",
		h.Name, ref.Name, V, formulas[h.Formula], im.signed(want), im.wrap(im.at.Text), im.wrap(im.at.RAM)), false
}

// isFixed reports whether a formula's value is the distance of two places in one region.
func (v *verifier) isFixed(h *relocs.Howto, f *field, p *linkmap.Section, in whence) bool {
	switch {
	case p.Region != mpyfile.Text || f.PCMask >= int64(v.im.word): // bases are multiples of a word
		return false
	case h.Formula == relocs.GOTBaseRel:
		return true
	}
	return (h.Formula == relocs.PCRel || h.Formula == relocs.FromGOT) && in == whence(mpyfile.Text)
}

// symbols is what is asked of the map's targets over and over, by target. Of a big module they lie far
// apart in memory, and so do the sections that they are in; this fits into the caches of a processor.
type symbols struct {
	off  []uint64 // in its region; of a number, that
	in   []whence
	mode []uint8 // the instruction-set bit T
}

// whence says what a value counts from: a region (mpyfile.Region) or one of these.
type whence uint8

const (
	nothing whence = iota + 3 // a number
	outside                   // what the firmware supplies
	nowhere                   // undefined and weak: the null address
)

// symbolsOf looks at all targets of the map.
func symbolsOf(m *linkmap.Map) *symbols {
	n := len(m.Targets)
	s := &symbols{make([]uint64, n), make([]whence, n), make([]uint8, n)}
	for i := range m.Targets {
		t := &m.Targets[i]
		s.mode[i] = t.Mode
		switch t.Kind {
		case linkmap.InSection:
			p := &m.Sections[t.Section]
			s.in[i], s.off[i] = whence(p.Region), p.Addr+t.Off
		case linkmap.Supplied:
			s.in[i] = outside
		case linkmap.Absolute:
			s.in[i], s.off[i] = nothing, t.Off
		default:
			s.in[i] = nowhere
		}
	}
	return s
}

// value returns S of a target at run time, without the instruction-set bit.
func (v *verifier) value(im *Image, target uint32) uint64 {
	switch in := v.symbols.in[target]; {
	case in < nothing:
		return im.starts[in] + v.symbols.off[target]
	case in == outside:
		return im.Dest(v.m.Targets[target].Dest)
	}
	return v.symbols.off[target]
}

// slot checks the GOT slot at a run-time address, from which the code loads S.
func (v *verifier) slot(im *Image, b *linkmap.Reloc, addr uint64) string {
	return v.loads(im, b, addr, v.value(im, b.S)|uint64(v.symbols.mode[b.S]))
}

// slotNear checks the upper part of the distance to a GOT slot: some slot that
// holds S must be where it can lead to. Each lower part shows which one.
func (v *verifier) slotNear(im *Image, b *linkmap.Reloc, f *field, V int64, P uint64) string {
	ref := &v.m.Targets[b.S]
	want, got := im.wrap(v.value(im, b.S)|uint64(v.symbols.mode[b.S])), im.Start(mpyfile.Text)+v.m.GOT
	leads := func(i int32) bool { return f.holds(V, im.signed(got+uint64(int(i-1)*im.word)+uint64(b.A)-P)) }
	// The slot that was right at the other place is the likeliest here.
	if off := v.m.GOT + uint64(int(v.found-1)*im.word); v.found > 0 && im.getWord(im.Text[off:]) == want && leads(v.found) {
		return ""
	}
	slots := v.slots()
	for i := slots.first[want]; i > 0; i = slots.next[i] {
		if leads(i) {
			v.found = i
			return ""
		}
	}
	return fmt.Sprintf("%s against %s: no GOT slot with its address is within reach of %#x", b.Howto.Name, ref.Name, V)
}

// slotTable finds the words of an image's GOT by what they hold. A word's number
// is its position in the GOT plus one.
type slotTable struct {
	first map[uint64]int32 // by value: number of the last word that holds it
	next  []int32          // by number: the one before with the same value, or 0
}

func (v *verifier) slotsOf(im *Image) *slotTable {
	t := &slotTable{}
	if got := v.owner(mpyfile.Text, v.m.GOT); got != nil && got.Addr == v.m.GOT {
		n := int(got.Size) / im.word
		t.first, t.next = make(map[uint64]int32, n), make([]int32, n+1)
		for i := range n {
			value := im.getWord(im.Text[got.Addr+uint64(i*im.word):])
			t.next[i+1] = t.first[value]
			t.first[value] = int32(i + 1)
		}
	}
	return t
}

// loads checks that the word at a run-time address in text is want.
func (v *verifier) loads(im *Image, b *linkmap.Reloc, addr, want uint64) string {
	off, size := im.wrap(addr-im.Start(mpyfile.Text)), uint64(im.word)
	if off%size != 0 || off >= uint64(len(im.Text)) || uint64(len(im.Text))-off < size {
		return fmt.Sprintf("%s against %s: its slot would be at text+%#x", b.Howto.Name, v.m.Targets[b.S].Name, im.signed(off))
	}
	if got := im.getWord(im.Text[off:]); got != im.wrap(want) {
		return fmt.Sprintf("%s against %s: its slot at text+0x%x holds 0x%x, but it should be 0x%x",
			b.Howto.Name, v.m.Targets[b.S].Name, off, got, im.wrap(want))
	}
	return ""
}
