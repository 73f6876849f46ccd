package link

import (
	"slices"

	"mpyld/diag"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// layout is the result of the place pass: the Map, with every address, and what
// is needed beyond it to write the module.
type layout struct {
	linkmap.Map
	prog   *program
	demand *demand
	plan   plan // of rewritten relocations: a copy, in which some get a thunk yet

	word    int               // bytes of a machine word
	words   []wordUse         // demand's, in file order
	slots   []slot            // demand's, and those that are loaded
	loads   []int32           // by number of plan.loads: the slot
	tables  []table           // of slots
	tableOf map[int]int       // by section of code: the table it loads literals from
	veneers map[targetKey]int // section of the veneer to a target
	made    []madeFor         // by number of the relocation in plan
	thunks  int               // how many of plan.thunks have their section
	behind  map[int][]int     // by index into order: sections that the linker puts behind that one

	order []int     // text and rodata sections in file order
	code  []byte    // the entry jump, padded
	sizes [3]uint64 // by region, in bytes
}

// madeFor is what was made for a rewritten relocation.
type madeFor struct {
	thunk       int32 // section
	table, slot int32 // of the pool: numbers in layout.tables and layout.slots
}

// maxBSS is the most zeroed memory a module may ask for, in bytes: more than
// any device has, little enough to be safe on the host.
const maxBSS = 64 << 20

// maxZerosInText is the same for variables in text, where they take room in
// the file too.
const maxZerosInText = 4 << 20

// place assigns every address. Behind it, no address moves.
func place(prog *program, bound *bindings, places []placement, dem *demand, p *plan, errs *diag.List) *layout {
	r := prog
	l := &layout{
		prog: prog, demand: dem, words: dem.words, plan: *p, made: make([]madeFor, len(p.of)),
		word: prog.in.Arch.Word, tableOf: map[int]int{}, veneers: map[targetKey]int{},
	}
	l.plan.of, l.plan.thunks = slices.Clone(p.of), slices.Clip(p.thunks)
	l.Map = linkmap.Map{
		Machine: prog.machine, ABI: prog.in.ABI, Targets: bound.targets, Boundaries: prog.boundaries,
		QStrs: prog.in.QStrs, QStrObjs: prog.in.QStrObjs,
		Sections: append(make([]linkmap.Section, 0, len(prog.sections)+len(dem.veneers)+len(p.thunks)), prog.sections...),
	}
	for i := range l.Sections {
		s := &l.Sections[i]
		s.Relocs, s.Region, s.Why = bound.relocs[i], places[i].region, places[i].why
	}
	l.slotsOfLoads()

	l.placeRegion(mpyfile.BSS)
	l.placeRegion(mpyfile.Rodata)
	if !r.in.ABI.SeparateRAM {
		l.alignBlock()
	}
	l.placeBoundaries() // of the RAM, one of which may be the anchor
	if r.in.ABI.SeparateRAM {
		l.anchor(mpyfile.BSS)
		l.anchor(mpyfile.Rodata)
	} else {
		l.anchor(l.head())
	}
	l.makeTables(r)
	l.orderText(r)
	l.packMembers(r)
	l.behind = map[int][]int{}
	l.addPools()
	l.placeWithThunks(r, errs)
	l.GOT = l.Sections[r.got].Addr
	l.checkSizes(errs)
	l.noteRewritten()
	return l
}

// slotsOfLoads finds slots for the words that thunks load.
func (l *layout) slotsOfLoads() {
	l.slots = slices.Clip(l.demand.slots)
	fresh := map[slotKey]int32{}
	for _, load := range l.plan.loads {
		key := slotKey{load.a, keyOf(&l.Targets[load.target])}
		i, ok := l.demand.slotOf[key]
		if !ok {
			i, ok = fresh[key]
		}
		if !ok {
			i = int32(len(l.slots))
			fresh[key] = i
			l.slots = append(l.slots, slot{target: load.target, a: load.a})
		}
		l.loads = append(l.loads, i)
	}
}

// noteRewritten has the map say which relocations are of other instructions than
// the object's.
func (l *layout) noteRewritten() {
	for i := range l.plan.of {
		r := &l.plan.of[i]
		s := &l.Sections[r.at.Section]
		s.Rewritten = append(s.Rewritten, linkmap.Rewritten{K: r.at.K, Row: r.row})
	}
}

// alignBlock makes the size of bss a multiple of the alignment that rodata
// needs: the firmware puts rodata behind bss, rounded up to a word only
// (py/persistentcode.c: load_raw_code), in a block aligned to 16 bytes or more.
func (l *layout) alignBlock() {
	align := uint64(l.word)
	for i := range l.Sections {
		if p := &l.Sections[i]; p.Region == mpyfile.Rodata && p.Size > 0 {
			align = max(align, p.Align)
		}
	}
	if align > uint64(l.word) {
		l.sizes[mpyfile.BSS] = alignUp(l.sizes[mpyfile.BSS], align)
	}
}

// head is the region at the head of the one block of RAM.
func (l *layout) head() mpyfile.Region {
	if l.sizes[mpyfile.BSS] == 0 {
		return mpyfile.Rodata
	}
	return mpyfile.BSS
}

// anchor makes sure that the garbage collector finds the block of RAM that
// starts with a region. It only honours pointers to the head of a block, and
// on most ports the one reference to such a block is in the module's own text
// (py/persistentcode.c: MICROPY_PERSISTENT_CODE_TRACK_BSS_RODATA).
// When no relocated word of text is such a pointer, a GOT slot is added.
func (l *layout) anchor(head mpyfile.Region) {
	first := noSection // a piece that starts the block
	for i := range l.Sections {
		if p := &l.Sections[i]; p.Region == head && p.Addr == 0 && p.Size > 0 {
			first = i
			break
		}
	}
	if first == noSection {
		return // no such block
	}
	isHead := func(ref uint32, a int64) bool {
		r := &l.Targets[ref]
		return r.Kind == linkmap.InSection && l.Sections[r.Section].Region == head && l.Sections[r.Section].Addr+r.Off+uint64(a) == 0
	}
	if slices.ContainsFunc(l.slots, func(s slot) bool { return isHead(s.target, s.a) }) {
		return
	}
	if slices.ContainsFunc(l.words, func(w wordUse) bool {
		return l.Sections[w.section].Region == mpyfile.Text && isHead(w.target, w.a)
	}) {
		return
	}
	if slices.ContainsFunc(l.plan.pooled, func(i int32) bool {
		b := l.reloc(i)
		return isHead(b.S, b.A)
	}) {
		return
	}
	// What is behind the end of the bindings' list is nobody else's.
	l.Targets = append(l.Targets, linkmap.Target{Kind: linkmap.InSection, Name: "(anchor)", Section: int32(first)})
	l.slots = append(l.slots, slot{target: uint32(len(l.Targets) - 1)})
}

// orderText fixes the order of text: entry jump, the first section, veneers,
// the other sections, the table. Where code can only load literals that lie
// before it, each table comes in front of the code that uses it.
func (l *layout) orderText(r *program) {
	before := r.machine.Literal != ""
	l.order = append(l.order, r.jump)
	next := 0 // the next table to place in front of code
	first := true
	for i := range r.jump { // the pieces that are input
		p := &l.Sections[i]
		if l.Sections[i].Class == linkmap.Literal || p.Region == mpyfile.BSS {
			continue
		}
		for before && next <= l.tableOf[i] {
			l.order = append(l.order, l.tables[next].section)
			next++
		}
		l.order = append(l.order, i)
		if p.Size > 0 && first {
			first = false
			l.addVeneers(r)
		}
	}
	for ; next < len(l.tables); next++ {
		l.order = append(l.order, l.tables[next].section)
	}
	for _, table := range []int{r.qstrNumbers, r.qstrObjects} {
		if table != noSection {
			l.order = append(l.order, table)
		}
	}
}

func (l *layout) addVeneers(r *program) {
	for _, ref := range l.demand.veneers {
		l.veneers[keyOf(&l.Targets[ref])] = len(l.Sections)
		l.order = append(l.order, len(l.Sections))
		l.Sections = append(l.Sections, linkmap.Section{
			Kind: linkmap.Veneer, Class: linkmap.Code, Target: ref,
			Name: "veneer " + l.Targets[ref].Name, Region: mpyfile.Text,
			Size: uint64(len(r.machine.VeneerTo(l.Targets[ref].Kind == linkmap.Supplied).Code)), Align: uint64(r.in.Arch.Word),
		})
	}
}

// placeRegion lays out the pieces of a region other than text.
func (l *layout) placeRegion(region mpyfile.Region) {
	end := uint64(0)
	for i := range l.Sections {
		if p := &l.Sections[i]; p.Region == region {
			p.Addr = alignUp(end, p.Align)
			end = p.Addr + p.Size
		}
	}
	l.sizes[region] = end
}

// placeText lays out text behind the smallest entry jump that reaches
// mpy_init. The jump's length moves mpy_init and so may change which jump
// reaches it: try gaps of increasing size until one is long enough for the
// jump it leads to. Gaps are multiples of the alignment of mpy_init's section,
// as in mpy_ld.py.
func (l *layout) placeText(r *program, errs *diag.List) {
	sym := r.symbol(r.entry)
	entry := r.sectionOf[r.entry.obj][sym.Sect]
	placeAt := func(gap uint64) {
		l.placeTextAt(gap)
		l.Entry = l.Sections[entry].Addr + sym.Value
	}
	if old := r.machine.Legacy(r.in.EntryStyle); old != nil {
		l.placeOld(r, old, placeAt, errs)
		return
	}
	for gap := uint64(0); ; gap += l.Sections[entry].Align {
		placeAt(gap)
		if gap == 0 {
			if l.Entry == 0 && !r.machine.AlwaysJump {
				return
			}
			continue
		}
		jump, ok := entryJump(r.machine, l.Entry)
		if !ok {
			l.outOfReach(r, errs)
			return
		}
		if uint64(len(jump)) <= gap {
			l.startWith(r, jump, gap)
			return
		}
	}
}

// placeOld lays out text as mpy_ld.py of older releases: behind the shortest
// of its jumps that reaches, and nothing aligns the jump's own length.
func (l *layout) placeOld(r *program, old *relocs.LegacyEntry, placeAt func(gap uint64), errs *diag.List) {
	for i := range old.Jumps {
		size := uint64(max(len(old.Jumps[i].Code), old.PadTo))
		placeAt(size)
		if jump, ok := old.Jumps[i].Encode(0, int64(l.Entry)); ok {
			l.startWith(r, jump, size)
			return
		}
	}
	l.outOfReach(r, errs)
}

// startWith makes jump, padded to size, the start of text.
func (l *layout) startWith(r *program, jump []byte, size uint64) {
	l.code = append(jump, make([]byte, size-uint64(len(jump)))...)
	l.Sections[r.jump].Size = size
}

func (l *layout) outOfReach(r *program, errs *diag.List) {
	errs.Add(r.where(r.entry), "mpy_init is %d bytes into text, out of reach of the jump at its start", l.Entry).
		Note("link the object that defines mpy_init first; where it defines much else, put mpy_init into a source file of its own")
}

// placeTextAt lays out the pieces of text from address start.
func (l *layout) placeTextAt(start uint64) {
	end := start
	for _, i := range l.order[1:] {
		if p := &l.Sections[i]; p.Region == mpyfile.Text {
			p.Addr = alignUp(end, p.Align)
			end = p.Addr + p.Size
		}
	}
	l.sizes[mpyfile.Text] = end
}

// entryJump returns the shortest jump from the start of text that reaches
// target.
func entryJump(m *relocs.Machine, target uint64) ([]byte, bool) {
	for i := range m.Entry {
		if code, ok := m.Entry[i].Encode(0, int64(target)); ok {
			return code, true
		}
	}
	return nil, false
}

// checkSizes refuses sizes that come from claims, not from content: a
// gigantic variable, or alignments that pad more than there is to align.
func (l *layout) checkSizes(errs *diag.List) {
	if size := l.sizes[mpyfile.BSS]; size > maxBSS {
		errs.Add("", "the zero-initialised variables take %d bytes: no device has that much memory", size).
			Note("allocate big buffers at run time, with m_malloc of py/dynruntime.h")
	}
	content, zeros := uint64(0), uint64(0)
	for i := range l.Sections {
		p := &l.Sections[i]
		content += uint64(len(p.Data))
		if p.Region == mpyfile.Text && p.Data == nil && !p.Kind.Made() {
			zeros += p.Size
		}
	}
	if zeros > maxZerosInText {
		errs.Add("", "the zero-initialised variables in text take %d bytes: no device has that much memory for code", zeros).
			Note("allocate big buffers at run time, with m_malloc of py/dynruntime.h")
	}
	content += zeros
	if size := l.sizes[mpyfile.Text] + l.sizes[mpyfile.Rodata]; size > 2*content+1<<20 {
		errs.Add("", "aligning %d bytes of sections takes %d bytes", content, size).
			Note("check the alignment of the sections")
	}
}

func alignUp(n, align uint64) uint64 { return (n + align - 1) &^ (align - 1) }
