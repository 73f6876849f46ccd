package rewrite

import (
	"cmp"
	"slices"

	"mpyld/elfload"
	"mpyld/relocs"
)

// An instruction can be moved, if a jump goes there and back. Where some instructions
// are told by one in front of them whether they run, a jump may only be the last: so all
// of them are moved together. What depends on its own place cannot be.
//
//	it   eq                  b.w  there           there: it   eq
//	movweq r0, #:lower16:x   udf                         ldreq r0, [pc, ...]
//	movteq r0, #:upper16:x   udf; udf                    nop; b.w back

// Bundles returns the bytes of a section whose instructions only run together, in
// the order of their places.
func (c *Code) Bundles(section int32) []elfload.Range {
	var bundles []elfload.Range
	size := uint32(len(c.prog.Sections[section].Data))
	for off := uint32(0); off < size; {
		step := c.step(insnAt{section, off})
		end := off + uint32(step.Size)
		for range step.Guards {
			end += uint32(c.step(insnAt{section, end}).Size)
		}
		if step.Guards > 0 {
			bundles = append(bundles, elfload.Range{From: off, To: end})
		}
		off = end
	}
	return bundles
}

// BundleOf returns the bytes that an instruction can be moved with, which are its own
// if it is in none of the section's bundles; false if it cannot.
func (c *Code) BundleOf(section int32, off uint32, bundles []elfload.Range) (elfload.Range, bool) {
	r := elfload.Range{From: off, To: off + uint32(c.step(insnAt{section, off}).Size)}
	i, _ := slices.BinarySearchFunc(bundles, off, func(r elfload.Range, off uint32) int { return cmp.Compare(r.To, off+1) })
	if i < len(bundles) && bundles[i].From <= off {
		r = bundles[i]
	}
	return r, c.prog.Machine.Away.Code != nil && c.movable(section, r)
}

// movable reports whether instructions do elsewhere what they do where they are, and
// all that is to be rewritten in them can be there.
func (c *Code) movable(section int32, r elfload.Range) bool {
	for off := r.From; off < r.To; {
		at := insnAt{section, off}
		step := c.step(at)
		if len(c.insn(at)) < step.Size || step.Placed {
			return false
		}
		if k := c.relocAt(at); k >= 0 {
			h := c.bound.Relocs[section][k].Howto
			if !h.MarksOnly() && (len(h.Rewrites) == 0 || h.Rewrites[0].Part != relocs.Erased && h.Rewrite(relocs.NeedPool|relocs.NeedThunk) == nil) {
				return false
			}
		}
		off += uint32(step.Size)
	}
	return true
}
