package simload

import (
	"fmt"
	"sort"
	"strings"

	"mpyld/linkmap"
	"mpyld/relocs"
)

// Some values come about by more than one relocation, and none of them says by itself
// what must be in memory. Of sums, the last has the result, in which addresses must
// cancel out. Of an upper and a lower part, the lower completes the value that the
// upper's formula has.
//
//	R_RISCV_ADD32 end, R_RISCV_SUB32 start at one word    end - start, equal at both places
//	auipc a0, 1; addi a0, a0, -8                          0x1000 - 8 is S + A - P of the auipc

// isSum reports whether a relocation changes what a place holds: of several at
// one place each works on the result of the one before.
func isSum(b *linkmap.Reloc) bool {
	switch b.Howto.Formula {
	case relocs.Add, relocs.Sub, relocs.Set:
		return true
	}
	return false
}

// sum checks a place where relocation last is the last of those that change
// it. Addresses must cancel out, which shows in having the result at both
// places the module is loaded at.
func (v *verifier) sum(im *Image, p *linkmap.Section, last int, f *field) string {
	b := &p.Relocs[last]
	first := last
	for first > 0 && p.Relocs[first-1].Off == b.Off && isSum(&p.Relocs[first-1]) {
		first--
	}
	want := f.Read(p.Data[b.Off:])
	var names []string
	for i := first; i <= last; i++ {
		b := &p.Relocs[i]
		if int(b.S) >= len(v.m.Targets) {
			return "" // reported already
		}
		names = append(names, v.m.Targets[b.S].Name)
		switch term := int64(v.value(im, b.S)) + b.A; b.Howto.Formula {
		case relocs.Set:
			want = term
		case relocs.Add:
			want += term
		case relocs.Sub:
			want -= term
		}
	}
	if got := f.Read(im.region(p.Region)[p.Addr+uint64(b.Off):]); (got-want)<<(64-f.bits) != 0 {
		return fmt.Sprintf("%s against %s: the field holds %#x, but the result is %#x", b.Howto.Name, strings.Join(names, " and "), got, im.signed(uint64(want)))
	}
	return ""
}

// lowOf checks a field that completes the upper part that the relocation at S
// computes: together they must be the value that one wants. Where that is fixed, so is the lower part: that the upper part
// is the same at each place, its own relocation shows.
func (v *verifier) lowOf(im *Image, b *linkmap.Reloc, low int64) (why string, fixed bool) {
	label := &v.m.Targets[b.S]
	if label.Kind != linkmap.InSection {
		return fmt.Sprintf("%s against %s: not a place in a section", b.Howto.Name, label.Name), false
	}
	p := &v.m.Sections[label.Section]
	hi := v.relocAt(int(label.Section), label.Off)
	if hi == nil || p.Class == linkmap.Literal {
		return fmt.Sprintf("%s against %s: no relocation there computes the upper part", b.Howto.Name, label.Name), false
	}
	if hi.By != nil && hi.By.Part == relocs.Whole {
		if low != 0 {
			return fmt.Sprintf("%s against %s: adds %d to an address that is all there", b.Howto.Name, label.Name, low), false
		}
		return "", false
	}
	f, why := v.fieldOf(p, hi)
	switch {
	case why != "":
	case f.whole == nil:
		why = hi.Howto.Name + " is not the upper part of a value"
	default:
		upper := f.Read(im.region(p.Region)[p.Addr+uint64(hi.Off):])
		why, fixed = v.replay(im, p, hi, f.whole, upper+low)
	}
	if why != "" {
		return fmt.Sprintf("%s against %s: %s", b.Howto.Name, label.Name, why), false
	}
	return "", fixed
}

// literal checks the word at a run-time address that an instruction loads in
// place of the one at S + A of a literal section.
func (v *verifier) literal(im *Image, b *linkmap.Reloc, addr uint64) string {
	ref := &v.m.Targets[b.S]
	p := &v.m.Sections[ref.Section]
	off := ref.Off + uint64(b.A)
	if off >= uint64(len(p.Data)) || uint64(len(p.Data))-off < uint64(im.word) {
		return fmt.Sprintf("%s against %s: there is no literal at %s", b.Howto.Name, ref.Name, p.At(off))
	}
	want := im.getWord(p.Data[off:])
	if r := v.relocAt(int(ref.Section), off); r != nil {
		if int(r.S) >= len(v.m.Targets) || r.Howto.Formula != relocs.Abs {
			return fmt.Sprintf("%s against %s: the literal at %s is not an address", b.Howto.Name, ref.Name, p.At(off))
		}
		s := &v.m.Targets[r.S]
		want = (v.value(im, r.S) + uint64(r.A)) | uint64(s.Mode)
	}
	return v.loads(im, b, addr, want)
}

// firstAt returns the number of the first relocation of a section at off or behind
// it. The last one that was found in the section is the likeliest to be near.
func (v *verifier) firstAt(section int, off uint64) int {
	const steps = 16 // then a search is as fast
	rs, i := v.m.Sections[section].Relocs, 0
	if v.nearIn == section {
		i = v.near
	}
	v.nearIn = section
	if i == 0 || uint64(rs[i-1].Off) < off {
		for end := min(i+steps, len(rs)); i < end; i++ {
			if uint64(rs[i].Off) >= off {
				v.near = i
				return i
			}
		}
	}
	v.near = sort.Search(len(rs), func(i int) bool { return uint64(rs[i].Off) >= off })
	return v.near
}

// relocAt returns the relocation that computes a value at an offset of a
// section, or nil. Marks and sums at the same place do not count.
func (v *verifier) relocAt(section int, off uint64) *linkmap.Reloc {
	rs := v.m.Sections[section].Relocs
	for i := v.firstAt(section, off); i < len(rs) && uint64(rs[i].Off) == off; i++ {
		b := &rs[i]
		if h := b.Howto; h != nil && (h.Formula == relocs.Abs || h.Formula == relocs.PCRel || h.Formula == relocs.GOTSlotRel) {
			return b
		}
	}
	return nil
}
