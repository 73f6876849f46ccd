package simload

import (
	"bytes"
	"fmt"
	"slices"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// The linker replaces instructions that hold addresses. What takes the place of one is
// known from the row; whether the new ones do together what the old ones did is checked
// by going back from the last instruction of a sequence to those that its register comes
// from, over the code as it lies in memory.
//
//	object: lui a0, %hi(x); addi a1, a0, %lo(x)    memory: auipc a0, 1; addi a1, a0, -8
//	from the addi back to the auipc: its address + 0x1000 - 8 must be x

func (v *verifier) hasRewritten() bool {
	for i := range v.m.Sections {
		rs := v.m.Sections[i].Relocs
		for k := range rs {
			if rs[k].By != nil {
				return true
			}
		}
	}
	return false
}

// rewritten checks one such instruction, and puts into want, which holds the
// object's bytes, what must be in memory.
func (v *verifier) rewritten(im *Image, p *linkmap.Section, b *linkmap.Reloc, want []byte) string {
	by, insn := b.By, b.By.Replacement
	switch {
	case b.Howto == nil || !slices.Contains(b.Howto.Rewrites, by):
		return by.Name + ": no way to rewrite an instruction with that relocation"
	case int(b.S) >= len(v.m.Targets):
		return by.Name + ": the map has no symbol for it"
	case p.Region != mpyfile.Text || v.m.Machine.Decode == nil:
		return by.Name + ": an instruction outside text"
	case uint64(b.Off) > uint64(len(p.Data)):
		return by.Name + ": outside the section"
	case insn != nil && !insn.Matches(p.Data[b.Off:]), by.Field != nil && len(p.Data[b.Off:]) < by.Field.Size,
		(by.Field == nil) != (by.Part == relocs.Erased):
		return by.Name + ": does not apply to the bytes there"
	}
	if e, ok := b.Edit(p.Data); ok {
		copy(want[e.Off:], e.Ins)
	}
	at, V := v.placeOf(p, b.Off), int64(0)
	loaded := im.Text[at:]
	if by.Field != nil {
		if insn == nil && !by.Field.Matches(p.Data[b.Off:]) {
			return by.Name + ": does not apply to the bytes there"
		}
		v.known(by.Field).copyBits(want[b.Off:], loaded)
		V = by.Field.Read(loaded)
	}
	ref := &v.m.Targets[b.S]
	v.flowOf(im)
	why := ""
	switch {
	case by.Part == relocs.Lower:
		why = v.sumOf(im, p, b, at, V)
	case by.Needs&relocs.NeedPool != 0:
		if moved := v.movedTo(p, b.Off) != nil; moved != (by.Needs&relocs.NeedThunk != 0) {
			why = "the map is at odds with itself about where it is"
			break
		}
		why = v.loads(im, b, uint64(V+by.Field.PC(int64(im.Start(mpyfile.Text)+uint64(at)))), (v.value(im, b.S)+uint64(b.A))|uint64(ref.Mode))
		if why != "" || !v.keepsHalf(p, b) {
			return why
		}
		why = v.halfThere(im, b, at)
	case by.Part == relocs.Upper && by.Needs != 0:
		if v.thunk(im, b, at, int64(at)+V) == nil {
			why = fmt.Sprintf("at text+0x%x there is no code that sets the register and comes back", int64(at)+V)
		}
	case by.Part == relocs.Whole:
		// The word has all of the address: see lowOf.
		to := int64(at) + V
		if v.thunk(im, b, at, to) == nil {
			why = fmt.Sprintf("at text+0x%x there is no code that sets the register and comes back", to)
			break
		}
		word := uint64(to) + uint64(v.m.Machine.LoadingThunk.Value.Read(im.Text[to:]))
		return v.loads(im, b, im.Start(mpyfile.Text)+word, v.value(im, b.S)+uint64(b.A))
	case by.Part == relocs.Erased:
		// An instruction that set a register and no longer does.
		if reg := v.m.Machine.Decode(p.Data[b.Off:]).Writes; reg != 0 && v.m.Machine.Decode(loaded).Writes == 0 {
			why = v.alreadyThere(im, b, at, reg)
		}
	}
	if why != "" {
		why = by.Name + " against " + ref.Name + ": " + why
	}
	return why
}

// sumOf checks that what an instruction at an address adds, V, makes S + A of
// all that its register may hold.
func (v *verifier) sumOf(im *Image, p *linkmap.Section, b *linkmap.Reloc, at uint32, V int64) string {
	f := v.flowOf(im)
	want := v.value(im, b.S) + uint64(b.A)
	why := ""
	base := f.stepAt(at).Base
	if base < 0 {
		return "the instruction adds nothing to a register"
	}
	starts, ref := []state{{at, location(base)}}, whatIs(&v.m.Targets[b.S])
	for _, q := range f.visits.copies[at] {
		starts = append(starts, state{q, location(base)})
	}
	found := false
	check := func(i int32) bool {
		from := &f.origins.all[i]
		if !reaches(from.a, b) {
			return false
		}
		found = true
		if got := from.value + uint64(V); im.wrap(got) != im.wrap(want) && !v.viaVeneer(im, nil, b, v.known(b.By.Field), got, 0) {
			why = fmt.Sprintf("with the upper part at text+0x%x it is 0x%x, but S + A is 0x%x", f.origins.marks[i][0], im.wrap(got), im.wrap(want))
		}
		return true
	}
	reloaded := false
	for _, start := range starts {
		set := f.origins.find(start)
		for _, i := range f.origins.ofPlace(set, ref) {
			if check(i) {
				f.origins.lowers[i] = append(f.origins.lowers[i], start)
			}
		}
		reloaded = reloaded || f.origins.mayBeFromMemory(set)
	}
	if !found && reloaded {
		// From which one is not known: it must be right with all.
		marks := f.uppersIn[upperIn{p, ref}]
		for i := range marks {
			if check(i) {
				for _, mark := range marks[i] {
					f.used[mark] = true
				}
				marks[i] = nil // once is enough
			}
		}
	}
	if !found {
		return "no instruction before it has the upper part"
	}
	return why
}

func isUpper(by *relocs.Rewrite) bool { return by.Part == relocs.Upper }

// addUpper notes what the upper part at a mark leaves.
func (v *verifier) addUpper(f *flow, p *linkmap.Section, b *linkmap.Reloc, mark uint32) {
	value, why := v.upperValue(f.im, b, mark)
	if why != "" {
		v.errorf(fmt.Sprintf("text+0x%x", mark), "%s: %s", b.By.Name, why)
		return
	}
	ref := whatIs(&v.m.Targets[b.S])
	f.upper[mark] = f.origins.add(mark, origin{ref, b.A, value})
	in := upperIn{p, ref}
	if f.uppersIn[in] == nil {
		f.uppersIn[in] = map[int32][]uint32{}
	}
	f.uppersIn[in][f.upper[mark]] = append(f.uppersIn[in][f.upper[mark]], mark)
}

// upperIn says in which section an upper part is, and of what.
type upperIn struct {
	section *linkmap.Section
	ref     refersTo
}

// upperValue returns what a register holds behind the code at a mark.
func (v *verifier) upperValue(im *Image, upper *linkmap.Reloc, mark uint32) (value uint64, why string) {
	field, start := upper.By.Field, mark
	if upper.By.Needs != 0 {
		d := v.thunkOf(upper.By)
		field, start = d.Value, mark-uint32(d.From)
	}
	off := int64(start) + field.Read(im.Text[start:])
	if upper.By.Needs&relocs.NeedSlot == 0 {
		return im.Start(mpyfile.Text) + uint64(off), ""
	}
	if off < 0 || off%int64(im.word) != 0 || off > int64(len(im.Text)-im.word) {
		return 0, fmt.Sprintf("the code at text+0x%x loads from text+0x%x, where no word is", start, off)
	}
	return im.getWord(im.Text[off:]), ""
}

// thunkOf returns the code that goes with a way of rewriting.
func (v *verifier) thunkOf(by *relocs.Rewrite) *relocs.Thunk {
	if by.Needs&relocs.NeedSlot != 0 {
		return &v.m.Machine.LoadingThunk
	}
	return &v.m.Machine.Thunk
}

// reaches reports whether an instruction may add to an upper part with the addend a:
// they are no farther from each other than its field reaches.
func reaches(a int64, lower *linkmap.Reloc) bool {
	d := lower.A - a
	half := int64(1) << (lower.By.Field.LowPart - 1)
	return -half < d && d < half
}

// alreadyThere checks that a register holds S + A before the instruction at an
// address, however it is reached: it comes from a load, and nothing saw it since.
func (v *verifier) alreadyThere(im *Image, b *linkmap.Reloc, at uint32, reg relocs.Registers) string {
	f := v.flowOf(im)
	loaded := func(q uint32, reg relocs.Registers) bool {
		load := f.marks[q]
		return load != nil && load.By.Part == relocs.Whole && load.By.Needs&relocs.NeedPool != 0 && reg.Has(f.register[q]) && v.sameAddress(im, load, b)
	}
	if q, ok := f.onSide(at, reg); ok && loaded(q, reg) {
		f.used[q] = true
		return ""
	}
	why, found := "", false
	f.back(at, func(q uint32, step *relocs.Insn) bool {
		switch {
		case step.Writes.Has(f.register[q]) && loaded(q, reg):
			found, f.used[q] = true, true
			if a, b2 := f.runsUnder(at), f.runsUnder(q); a != b2 || a.some && (!a.named || v.halfThere(im, b, at) != "") {
				why = fmt.Sprintf("it and the load at text+0x%x do not always run together", q)
			}
			return false
		case v.m.Machine.Uses(step)&reg != 0 && !f.leavesAlone(q, step, reg):
			why = fmt.Sprintf("the instruction at text+0x%x uses the register", q)
			return false
		case f.starts[q]:
			why = fmt.Sprintf("from text+0x%x on nothing loads the address", q)
			return false
		}
		return true
	})
	if why == "" && !found {
		return "no instruction before it loads the address"
	}
	return why
}

// thunk returns the code at an address in text if it is that of a thunk for a
// relocation at a site: it sets the register that the object's instruction does and goes back
// behind it.
func (v *verifier) thunk(im *Image, b *linkmap.Reloc, site uint32, at int64) []byte {
	d := v.thunkOf(b.By)
	from := v.owner(mpyfile.Text, uint64(site))
	if at < 0 || at > int64(len(im.Text)-len(d.Code)) || d.Value == nil {
		return nil
	}
	p := v.owner(mpyfile.Text, uint64(at))
	if from == nil || p == nil || p.Kind != linkmap.Thunk || p.Addr != uint64(at) || p.Size < uint64(len(d.Code)) {
		return nil
	}
	insn := from.Data[uint64(site)-from.Addr:][:b.By.Replacement.Size]
	reg := v.m.Machine.Decode(insn).Writes.First()
	code := im.Text[at : at+int64(len(d.Code))]
	want := d.Encode(reg, d.Value.Read(code), int64(site)+int64(len(insn))-at-int64(d.At))
	if !bytes.Equal(code, want) {
		return nil
	}
	return code
}

// unused reports the first parts of addresses that no other part completes.
func (v *verifier) unused(im *Image) {
	f, ok := v.flows[im]
	if !ok {
		return
	}
	f.origins.completed(func(mark uint32) { f.used[mark] = true })
	for _, q := range f.order {
		if by := f.marks[q].By; (isUpper(by) || by.Needs&relocs.NeedPool != 0 && by.Part == relocs.Whole) && !f.used[q] {
			v.errorf(fmt.Sprintf("text+0x%x", q), "%s: no instruction completes the address", by.Name)
		}
	}
}

// flow is the code around rewritten instructions as a graph, by offset in text.
type flow struct {
	im       *Image
	m        *linkmap.Map
	machine  *relocs.Machine
	step     func([]byte) relocs.Insn
	bytes    []byteKind      // of text
	unit     uint32          // of instructions, in bytes
	before   [][]uint32      // by address in units: the instructions that each one may follow
	does     []effect        // by address in units
	starts   map[uint32]bool // where sections start
	marks    map[uint32]*linkmap.Reloc
	upper    map[uint32]int32               // by mark of an upper part: its origin
	uppersIn map[upperIn]map[int32][]uint32 // by section and what they refer to: the marks of each origin
	register map[uint32]int                 // that the instruction at a mark sets
	order    []uint32                       // of the marks
	used     map[uint32]bool
	taken    []uint32                      // where jumps through registers may go
	takenBy  map[*linkmap.Section][]uint32 // those by the section that has the place
	owner    func(at uint32) *linkmap.Section

	jumpsOf map[*linkmap.Section]uint32                    // by section: what stands for its jumps through registers
	jumpsBy map[*linkmap.Section]uint32                    // by section: what stands for jumps to the places that it has
	jumpsTo map[*linkmap.Section]uint32                    // by section: what stands for jumps from others to places in it
	pieces  map[*linkmap.Section]map[*linkmap.Section]bool // by section: what branched found; nil: nobody asked yet
	beyond  []beyondText                                   // what has numbers from the end of text on
	visits  visits                                         // of shared code
	alone   map[functionOf]bool                            // whether the function there leaves registers alone
	entries map[uint32]bool                                // where functions start: code comes there from elsewhere
	conds   map[*linkmap.Section]map[uint32]conditional    // by section: of the instructions that have a condition
	origins *origins
}

// jumpedTo returns where in text a jump through a register may go because of a relocation. An
// address outside the symbol's own section is none of code: the addend of a distance also has what
// lies between its word and the instruction that adds the program counter.
func (v *verifier) jumpedTo(b *linkmap.Reloc) (uint32, bool) {
	ref := &v.m.Targets[b.S]
	if ref.Kind != linkmap.InSection || b.Howto.Branch {
		return 0, false
	}
	p, off := &v.m.Sections[ref.Section], ref.Off
	if !b.Howto.Formula.NeedsSlot() {
		off += uint64(b.A)
	}
	return uint32(p.Addr + off), p.Region == mpyfile.Text && off < p.Size
}

// flowOf builds the graph of an image once: from the start of each section with
// a rewritten instruction, and from each such instruction.
func (v *verifier) flowOf(im *Image) *flow {
	if f, ok := v.flows[im]; ok {
		return f
	}
	f := &flow{
		im: im, machine: v.m.Machine, step: v.m.Machine.Decode, owner: func(at uint32) *linkmap.Section { return v.owner(mpyfile.Text, uint64(at)) }, starts: map[uint32]bool{},
		marks: map[uint32]*linkmap.Reloc{}, upper: map[uint32]int32{}, uppersIn: map[upperIn]map[int32][]uint32{}, register: map[uint32]int{}, used: map[uint32]bool{},
		m: v.m, jumpsBy: map[*linkmap.Section]uint32{}, jumpsTo: map[*linkmap.Section]uint32{}, takenBy: map[*linkmap.Section][]uint32{},
		jumpsOf: map[*linkmap.Section]uint32{}, visits: newVisits(), alone: map[functionOf]bool{}, entries: map[uint32]bool{}, conds: map[*linkmap.Section]map[uint32]conditional{},
	}
	f.unit = uint32(v.m.Machine.Unit)
	f.before, f.does = make([][]uint32, len(im.Text)/int(f.unit)+1), make([]effect, len(im.Text)/int(f.unit)+1)
	f.origins = newOrigins(f)
	v.flows[im] = f
	f.findCode(v.m)
	var roots []uint32
	keepsHalf := false
	for i := range v.m.Sections {
		p := &v.m.Sections[i]
		for k := range p.Relocs {
			b := &p.Relocs[k]
			if int(b.S) >= len(v.m.Targets) || b.Howto == nil || uint64(b.Off) > uint64(len(p.Data)) || b.Howto.Size(p.Data[b.Off:]) == 0 && (b.By == nil || b.By.Size(p.Data[b.Off:]) == 0) {
				continue // reported already
			}
			at := v.placeOf(p, b.Off)
			if to, ok := v.jumpedTo(b); ok {
				f.taken, f.takenBy[p] = append(f.taken, to), append(f.takenBy[p], to)
			}
			if b.By != nil && p.Region == mpyfile.Text {
				if isUpper(b.By) && b.By.Needs != 0 { // what counts happens there
					site := at
					if at = uint32(int64(at) + b.By.Field.Read(im.Text[at:])); v.thunk(im, b, site, int64(at)) == nil {
						continue // reported already
					}
					roots = append(roots, site, at)
					at += uint32(v.thunkOf(b.By).From)
				}
				f.marks[at], f.starts[uint32(p.Addr)] = b, true
				f.register[at] = f.step(p.Data[b.Off:]).Writes.First()
				f.order = append(f.order, at)
				if v.keepsHalf(p, b) {
					keepsHalf, f.used[at] = true, true
				} else if b.By.Part == relocs.Erased && f.runsUnder(at).some {
					keepsHalf = true
				}
				if isUpper(b.By) {
					v.addUpper(f, p, b, at)
				}
				roots = append(roots, uint32(p.Addr), at)
			}
		}
	}
	if keepsHalf {
		roots = append(roots, f.findEntries(v.m)...)
	}
	slices.Sort(f.taken)
	f.taken = slices.Compact(f.taken)
	f.explore(roots)
	for _, mark := range f.visits.unknown {
		v.errorf(fmt.Sprintf("text+0x%x", mark), "%s: in code that is called by another link register than functions are, and does not come straight back", f.marks[mark].By.Name)
	}
	return f
}
