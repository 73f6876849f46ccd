package audit

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/relocs"
)

// Instructions may become shorter ones that stand for the same, and padding may go, in code of which the
// object says what each byte is (relocs.Properties). All of the section must be code and padding, each
// instruction that depends on its place must have a relocation, and what is at a multiple of a number must be at one still.
//
//	0, 3, code    3, 0, fill up to 4    4, 9, code
//	a link that has the second function at 3 calls something else

// narrowing is what the object says of a section.
type narrowing struct {
	*shrunk
	kinds   []relocs.Property // of each byte
	starts  []int8            // by place: how long the instruction is that starts there
	aligned map[uint32]uint32 // places: multiples of what they are at
	refs    []bool            // by place: a relocation is there
	tables  map[uint32]span   // words with distances, by their places
}

// span is from where to where a distance is.
type span struct{ from, to uint32 }

// narrowing reads what the object says, and returns what speaks against shorter code; "" if nothing does.
func (c *shrunk) narrowing() (n *narrowing, why string) {
	n = &narrowing{c, make([]relocs.Property, len(c.sec.Data)), make([]int8, len(c.sec.Data)), map[uint32]uint32{}, make([]bool, len(c.sec.Data)), map[uint32]span{}}
	list, err := c.raw.Properties()
	if err != nil {
		return n, "nobody says what it is"
	}
	for _, p := range list[c.at.section] {
		to := p.To
		if p.Kind == relocs.FillTo {
			to = (p.From + p.Align - 1) / p.Align * p.Align
			if n.aligned[to] = p.Align; p.Align > c.is.Align {
				return n, "it is not aligned to what its code is"
			}
		}
		for off := p.From; off < to; off++ {
			if int(off) >= len(n.kinds) || n.kinds[off] != relocs.Unknown || p.Kind == relocs.Unknown {
				return n, "it is not all code and padding"
			}
			n.kinds[off] = p.Kind
		}
		for off := p.From; off < to && (p.Kind == relocs.Code || p.Kind == relocs.Fixed); {
			size := c.in.Machine.Decode(c.sec.Data[off:to]).Size
			n.starts[off] = int8(size)
			off += uint32(size)
		}
	}
	if why := n.readTables(); why != "" {
		return n, why
	}
	if slices.Contains(n.kinds, relocs.Unknown) {
		return n, "it is not all code and padding"
	}
	for r := range c.sec.Relocs {
		if r.Howto == nil || idle(r.Howto) {
			continue
		}
		if n.starts[r.Off] == 0 || r.Howto.Formula != relocs.PCRel {
			return n, "it has words in it"
		}
		n.refs[r.Off] = true
	}
	for off, size := range n.starts {
		if size > 0 && !n.refs[off] && c.isPlaced(c.sec.Data[off:][:size]) {
			return n, "what some of its instructions are about has no relocation"
		}
	}
	if c.isMeasured() {
		return n, "an object has a distance of two places in it"
	}
	return n, ""
}

// readTables takes words with distances that nobody says anything else of, and returns what is wrong with them.
func (n *narrowing) readTables() string {
	for r := range n.sec.Relocs {
		if r.Howto == nil || r.Howto.Difference == 0 {
			continue
		}
		at, sym := r.Off, &n.raw.Symbols[r.Sym]
		if r.Howto.Difference != 4 || at%4 != 0 || int(at)+4 > len(n.kinds) || sym.Where != elfload.InSection || sym.Sect != n.at.section {
			return "it has distances that are no words"
		}
		for i := range n.kinds[at : at+4] {
			if n.kinds[int(at)+i] != relocs.Unknown {
				return "it is not all code and padding"
			}
			n.kinds[int(at)+i] = relocs.Fixed
		}
		from := sym.Value + uint64(r.A)
		s := span{uint32(from), uint32(from) + binary.LittleEndian.Uint32(n.sec.Data[at:])}
		if int(s.to) >= len(n.starts) || n.starts[s.to] == 0 {
			return "a distance in it does not lead to an instruction"
		}
		n.tables[at] = s
	}
	return ""
}

// isPlaced reports whether an instruction is about something by how far away that is.
func (c *shrunk) isPlaced(code []byte) bool {
	insn := c.in.Machine.Decode(code)
	if insn.Target != 0 || insn.Op == relocs.Constant || insn.Op == relocs.LoadPC || insn.Op == relocs.Address || insn.Op == relocs.AddPC {
		return true
	}
	return slices.ContainsFunc(c.in.Machine.Howtos(), func(h relocs.Howto) bool { return h.Formula == relocs.PCRel && !h.Data() && h.At(code) != nil })
}

// isMeasured reports whether there is a distance in the object from a place in the section.
func (c *shrunk) isMeasured() bool {
	for i := range c.raw.Sections {
		s := &c.raw.Sections[i]
		unwinds := slices.ContainsFunc(c.in.Machine.Unwind, func(prefix string) bool { return strings.HasPrefix(s.Name, prefix) })
		if s.Flags&elf.SHF_ALLOC == 0 || unwinds && !c.in.KeepUnwind {
			continue
		}
		for r := range s.Relocs {
			if sym := &c.raw.Symbols[r.Sym]; r.Howto != nil && r.Howto.Difference > 0 && sym.Where == elfload.InSection && sym.Sect == c.at.section && int32(i) != c.at.section {
				return true
			}
		}
	}
	return false
}

// narrower returns what speaks against an edit; "" if nothing does.
func (n *narrowing) narrower(e *edit.Edit) string {
	if e.For != nil {
		if _, ok := n.tables[e.Off]; !ok {
			return "the object has no distance there"
		}
		return "" // which one is looked at for all of them
	}
	if int(e.Off) < len(n.starts) && n.starts[e.Off] > 0 && e.Del > 0 {
		was := n.sec.Data[e.Off:][:e.Del]
		if int(e.Del) != int(n.starts[e.Off]) || n.kinds[e.Off] != relocs.Code || n.refs[e.Off] || !bytes.Equal(n.in.Machine.Widen(e.Ins), was) {
			return "the object has another instruction there"
		}
		return ""
	}
	for _, kind := range n.kinds[e.Off:][:e.Del] {
		if kind != relocs.Fill && kind != relocs.FillTo {
			return "the object has no padding there"
		}
	}
	if e.Del == 0 && n.aligned[e.Off] == 0 {
		return "the object has no padding there"
	}
	return ""
}

// misled returns the first word with a distance that is another one, or not where words are, and whether there is
// one.
func (n *narrowing) misled() (off uint32, found bool) {
	label := func(off uint32) uint32 { return uint32(n.is.Edits.Label(uint64(off))) }
	for _, off := range slices.Sorted(maps.Keys(n.tables)) {
		s, at := n.tables[off], label(off)
		if at%4 != 0 || int(at)+4 > len(n.is.Data) || binary.LittleEndian.Uint32(n.is.Data[at:]) != label(s.to)-label(s.from) {
			return off, true
		}
	}
	return 0, false
}

// misplaced returns the first place that is not at a multiple of what it should be, and whether there is one.
func (n *narrowing) misplaced() (off uint32, found bool) {
	for _, off := range slices.Sorted(maps.Keys(n.aligned)) {
		if n.is.Edits.Label(uint64(off))%uint64(n.aligned[off]) != 0 {
			return off, true
		}
	}
	return 0, false
}
