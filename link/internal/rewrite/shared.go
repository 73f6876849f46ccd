package rewrite

import "mpyld/relocs"

// Code that compilers have taken out of several functions (relocs.Insn.Shared) goes on with the registers of
// each, so it is followed into and back. All its ways back in a section are one node: anyReturn as an
// offset. All calls of one place are one node too, at the offset of that plus sharedCalls.
//
//	lui s7, %hi(x)          shared: lw a1, %lo(x)(s7)     s7 is from either lui
//	jal t0, shared                  jr t0                 goes back behind either call
//	...
//	lui s7, %hi(x)
//	jal t0, shared
const (
	anyReturn   = ^uint32(1)
	sharedCalls = uint32(1) << 31 // sections are smaller
)

// isMerge reports whether an offset stands for several jumps, calls or ways back.
func isMerge(off uint32) bool { return off >= sharedCalls }

// exploreShared adds what runs after a call of shared code, or after that. It reports whether it
// knows.
func (f *flow) exploreShared(i int32, here insnAt, step *relocs.Insn) bool {
	if step.Flow == relocs.FlowStop {
		f.follows(i, f.mergeAt(insnAt{here.section, anyReturn}))
		f.findShared()
		return true
	}
	to, ok := f.w.called(here, step)
	if !ok {
		return false
	}
	f.follows(i, f.mergeAt(insnAt{to.section, to.off + sharedCalls}))
	if next := (insnAt{here.section, here.off + uint32(step.Size)}); !f.w.endsAt(next.section, next.off) {
		f.behind[to.section] = append(f.behind[to.section], next)
		if back, ok := f.merges[insnAt{to.section, anyReturn}]; ok && int(back) < f.explored {
			f.goOn(back, next)
		}
	}
	return true
}

// findShared adds all calls of shared code, once: from there it goes back to code that no
// upper part leads to.
func (f *flow) findShared() {
	if f.scanned {
		return
	}
	f.scanned = true
	for i := range f.w.prog.Sections {
		p := &f.w.prog.Sections[i]
		for at := (insnAt{section: int32(i)}); p.Instructions && int(at.off) < len(p.Data); {
			if len(f.w.insn(at)) == 0 { // data
				at.off += uint32(f.w.prog.Machine.Unit)
				continue
			}
			step := f.w.step(at)
			if step.Shared && step.Flow == relocs.FlowCall {
				f.add(at)
			}
			at.off += uint32(step.Size)
		}
	}
}
