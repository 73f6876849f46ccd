package simload

import (
	"fmt"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// An instruction that sets the upper half of a register may be replaced by one that loads all of
// it, if the lower half was that of the same address, whichever way code came there. So one goes
// back from it, through copies, to what set the register: a load of that address or of its lower
// half on every way, and never the start of a function. Instructions that run under a condition
// were passed over if the same flags say that the last one ran.
//
//	ldrh r0, [pc, ...]    the lower half of x
//	mov  r2, r0           r2: see r0
//	ldr  r2, [pc, ...]    for MOVT r2, #:upper16:x: r2 comes from the ldrh

// keepsHalf reports whether an instruction has been replaced that left half of its
// register as it was, by one that sets all of it.
func (v *verifier) keepsHalf(p *linkmap.Section, b *linkmap.Reloc) bool {
	if b.By == nil || b.By.Part != relocs.Whole || b.By.Needs&relocs.NeedPool == 0 || v.m.Machine.Decode == nil || uint64(b.Off) > uint64(len(p.Data)) {
		return false
	}
	step := v.m.Machine.Decode(p.Data[b.Off:])
	return step.Reads&step.Writes != 0
}

// sameAddress reports whether two relocations are for the same S + A.
func (v *verifier) sameAddress(im *Image, a, b *linkmap.Reloc) bool {
	return int(a.S) < len(v.m.Targets) && v.value(im, a.S) == v.value(im, b.S) && a.A == b.A
}

// halfState is a register in front of an instruction, and the condition that is known to hold there.
type halfState struct {
	at    uint32
	reg   int
	holds condition
}

// halfThere checks that the register which the instruction at an address sets has the lower
// half of S + A in front of it.
func (v *verifier) halfThere(im *Image, b *linkmap.Reloc, at uint32) string {
	f := v.flowOf(im)
	start := halfState{at, f.register[at], f.runsUnder(at)}
	seen := map[halfState]bool{start: true}
	for work := []halfState{start}; len(work) > 0; {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		before := f.ahead(s.at)
		if len(before) == 0 || f.entries[s.at] {
			return fmt.Sprintf("code comes to text+0x%x without the other half", s.at)
		}
		for _, q := range before {
			from := []halfState{{q, s.reg, s.holds}}
			if int(q) < len(im.Text) {
				var why string
				if from, why = v.halfInFrontOf(im, b, q, s); why != "" {
					return why
				}
			}
			for _, next := range from {
				if !seen[next] {
					seen[next] = true
					work = append(work, next)
				}
			}
		}
	}
	return ""
}

// halfInFrontOf returns the states in front of the instruction at q in which the half must be there, so
// that it is in state s behind it.
func (v *verifier) halfInFrontOf(im *Image, b *linkmap.Reloc, q uint32, s halfState) (from []halfState, why string) {
	f := v.flowOf(im)
	step := f.stepAt(q)
	under := f.runsUnder(q)
	if step.SetsFlags && !under.keeps {
		s.holds = condition{}
	}
	past := halfState{q, s.reg, s.holds}
	if s.holds.named && under.named && under.when == s.holds.when^1 {
		return []halfState{past}, ""
	}
	if under.some && (!s.holds.named || under != s.holds) {
		from = append(from, past)
	}
	reg := relocs.One(uint32(s.reg))
	switch load := f.marks[q]; {
	case step.Flow == relocs.FlowCall && v.m.Machine.Uses(&step)&reg != 0 && !f.leavesAlone(q, &step, reg):
		return nil, fmt.Sprintf("the function called at text+0x%x may change the register", q)
	case step.Writes&reg == 0:
		return []halfState{past}, ""
	case load != nil && (load.By.Part == relocs.Whole || load.By.Part == relocs.Half) && load.By.Needs&relocs.NeedPool != 0 && v.sameAddress(im, load, b):
		f.used[q] = true
		return from, ""
	case step.Op == relocs.AddImm && step.Imm == 0 && step.Writes == reg && int(step.Dst) == s.reg:
		return append(from, halfState{q, int(step.Src), s.holds}), ""
	}
	return nil, fmt.Sprintf("the instruction at text+0x%x sets the register to something else", q)
}

// findEntries returns where code of the module starts, and notes where functions do.
func (f *flow) findEntries(m *linkmap.Map) (roots []uint32) {
	for i := range m.Sections {
		p := &m.Sections[i]
		if p.Region != mpyfile.Text || p.Size == 0 || !p.Instructions {
			continue
		}
		start := func(off uint32) {
			if uint64(off) < p.Size {
				f.entries[uint32(p.Addr)+off] = true
				roots = append(roots, uint32(p.Addr)+off)
			}
		}
		start(0)
		code := true
		for off := uint32(0); uint64(off) < p.Size; off++ {
			is := f.bytes[uint32(p.Addr)+off]
			if is&behindFunction != 0 || is&isCode != 0 && !code {
				start(off)
			}
			code = is&isCode != 0
		}
	}
	return roots
}
