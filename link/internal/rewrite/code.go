package rewrite

import (
	"cmp"
	"slices"

	"mpyld/elfload"
	"mpyld/link/internal/bind"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// To follow a register is to decode instructions, and not all bytes of a section of code
// are any. Data is what its symbols (elfload.Shape) say is data, and what holds a number
// by its relocation: those bytes must not be decoded, and no instruction reaches into them.
//
//	$t: movw r0, ...    bx lr    $d: .word 0x12345678    two instructions; the word is data

// Code is the code of a program, as instructions.
type Code struct {
	prog  *resolve.Program
	bound *bind.Bindings
	data  map[int32][]elfload.Range // by section: bytes that are no instructions
}

// NewCode returns the code of a program.
func NewCode(prog *resolve.Program, bound *bind.Bindings) *Code {
	return &Code{prog, bound, map[int32][]elfload.Range{}}
}

// insnAt is an instruction.
type insnAt struct {
	section int32
	off     uint32
}

// insn returns the bytes from an instruction up to the next data or the end of
// the section; none if there is no code.
func (c *Code) insn(at insnAt) []byte {
	bytes := c.prog.Sections[at.section].Data
	if int(at.off) >= len(bytes) || !c.prog.Sections[at.section].Instructions {
		return nil
	}
	data := c.dataIn(at.section)
	i, _ := slices.BinarySearchFunc(data, at.off, func(r elfload.Range, off uint32) int { return cmp.Compare(r.To, off+1) })
	switch {
	case i == len(data):
		return bytes[at.off:]
	case data[i].From <= at.off:
		return nil
	}
	return bytes[at.off:data[i].From]
}

// step decodes an instruction.
func (c *Code) step(at insnAt) relocs.Insn { return c.prog.Machine.Decode(c.insn(at)) }

// endsAt reports whether a function ends at an offset of a section.
func (c *Code) endsAt(section int32, off uint32) bool {
	s := c.prog.Sections[section].Shape
	if s == nil {
		return false
	}
	_, ok := slices.BinarySearch(s.Ends, off)
	return ok
}

// dataIn returns the data of a section, sorted and apart.
func (c *Code) dataIn(section int32) []elfload.Range {
	if data, ok := c.data[section]; ok {
		return data
	}
	p := &c.prog.Sections[section]
	var data, all []elfload.Range
	if p.Shape != nil {
		all = slices.Clone(p.Shape.Data)
	}
	for i := range c.bound.Relocs[section] {
		if b := &c.bound.Relocs[section][i]; b.Howto.Data() {
			all = append(all, elfload.Range{From: b.Off, To: b.Off + uint32(b.Howto.Size(p.Data[b.Off:]))})
		}
	}
	slices.SortFunc(all, func(a, b elfload.Range) int { return cmp.Compare(a.From, b.From) })
	for _, r := range all {
		if n := len(data); n > 0 && data[n-1].To >= r.From {
			data[n-1].To = max(data[n-1].To, r.To)
		} else {
			data = append(data, r)
		}
	}
	c.data[section] = data
	return data
}

// relocAt returns the index of the relocation at a place that has a value, or -1.
func (c *Code) relocAt(here insnAt) int32 {
	rs := c.bound.Relocs[here.section]
	k, ok := slices.BinarySearchFunc(rs, here.off, func(b linkmap.Reloc, off uint32) int { return cmp.Compare(b.Off, off) })
	if !ok {
		return -1
	}
	return int32(k)
}
