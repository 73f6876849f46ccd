// Package layout gives everything an address: sections, the linker's tables, pools,
// veneers, thunks, and the jump at the start of text.
//
// It stands apart because addresses decide what is made (a thunk, a longer jump), and
// what is made moves addresses: it repeats until nothing changes. After it no
// address moves. It must never write a byte of the module.
//
// Example: the jump in front of text, whose length moves what it leads to.
//
//	x64: mpy_init, in a section aligned to 4, is 0x100 bytes into the sections of text
//	gap 4: jmp to 0x104 takes 5 bytes, too long    gap 8: jmp to 0x108 fits, and 3 bytes are padding
package layout

import (
	"slices"

	"mpyld/diag"
	"mpyld/link/internal/assign"
	"mpyld/link/internal/bind"
	"mpyld/link/internal/demand"
	"mpyld/link/internal/resolve"
	"mpyld/link/internal/rewrite"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Layout is the result of the pass: the Map, with every address, and what
// is needed beyond it to write the module.
type Layout struct {
	linkmap.Map
	prog   *resolve.Program
	Demand *demand.Demand
	code   *rewrite.Code
	Plan   rewrite.Plan // of rewritten relocations: a copy, in which some get a thunk yet

	Word    int                      // bytes of a machine word
	Words   []linkmap.RelocID        // demand's, in file order
	Slots   []demand.Slot            // demand's, and those that are loaded
	Loads   []int32                  // by number of Plan.Loads: the slot
	Tables  []Table                  // of slots
	TableOf map[int]int              // by section of code: the table it loads literals from
	Veneers map[demand.TargetKey]int // section of the veneer to a target
	Made    []madeFor                // by number of the relocation in Plan.Of
	thunks  int                      // how many of Plan.Thunks have their section
	behind  map[int][]int32          // by index into Order: sections that the linker puts behind that one
	detours detours

	choice textChoice // of orders of text

	entryVeneer int32 // section of the veneer that the entry jump leads to; -1: it reaches mpy_init

	Order []int32   // text and rodata sections in file order
	Code  []byte    // the entry jump, padded
	Sizes [3]uint64 // by region, in bytes
}

// madeFor is what was made for a rewritten relocation.
type madeFor struct {
	Thunk       int32 // section
	table, slot int32 // of the pool: numbers in Layout.Tables and Layout.Slots; slot is -1 until there is one
}

// maxBSS is the most zeroed memory a module may ask for, in bytes: more than
// any device has, little enough to be safe on the host.
const maxBSS = 64 << 20

// maxZerosInText is the same for variables in text, where they take room in
// the file too.
const maxZerosInText = 4 << 20

// Place assigns every address. Behind it, no address moves.
func Place(prog *resolve.Program, bound *bind.Bindings, places *assign.Placement, dem *demand.Demand, p *rewrite.Plan, errs *diag.List) *Layout {
	r := prog
	l := &Layout{
		prog: prog, Demand: dem, Words: dem.Words, Plan: *p, Made: make([]madeFor, len(p.Of)),
		Word: prog.In.Arch.Word,
	}
	l.Map = linkmap.Map{
		Machine: prog.Machine, ABI: prog.In.ABI, Targets: bound.Targets, Boundaries: prog.Boundaries,
		QStrs: prog.In.QStrs, QStrObjs: prog.In.QStrObjs,
		InText: places.Why,
	}
	l.Sections = make([]linkmap.Section, len(prog.Sections), len(prog.Sections)+len(dem.Veneers)+len(p.Thunks)+1)
	for i := range l.Sections {
		s := &prog.Sections[i]
		l.Sections[i] = linkmap.Section{Origin: s, Region: places.Region[i], Size: s.Size, Relocs: bound.Relocs[i]}
	}
	l.slotsOfLoads()

	l.placeRAM(r)
	for _, head := range l.heads() {
		l.anchor(head)
	}
	l.code = rewrite.NewCode(prog, bound)
	l.arrangeText(r, p)
	l.GOT = l.Sections[r.Got].Addr
	l.checkSizes(errs)
	l.noteRewritten()
	l.noteDeadSlots()
	return l
}

// arrangeText decides what is where in text: what takes least room, of the orders that are
// allowed.
func (l *Layout) arrangeText(r *resolve.Program, p *rewrite.Plan) {
	sections, slots, targets := l.Sections, l.Slots, l.Targets
	try := func(c textChoice) uint64 {
		l.choice, l.Sections, l.Slots, l.Targets = c, sections, slots, targets
		l.arrangeAs(r, p)
		return l.Sizes[mpyfile.Text]
	}
	before := try(textChoice{})
	best, least, jump := l.choice, before, l.Sections[r.Jump].Size
	for _, c := range l.textChoices(r) {
		if size := try(c); size < least && l.inReach() {
			best, least = c, size
		}
	}
	if l.choice != best {
		try(best)
	}
	l.noteOrder(r, before-least, jump)
}

// arrangeAs arranges text by the choice.
func (l *Layout) arrangeAs(r *resolve.Program, p *rewrite.Plan) {
	sections, slots, targets := len(l.Sections), len(l.Slots), len(l.Targets)
	for _, room := range []int{0, 1 << 12, 1 << 14, 1 << 16} {
		// What the last try made goes.
		l.Sections, l.Slots, l.Targets, l.Words = l.Sections[:sections], l.Slots[:slots], l.Targets[:targets], l.Demand.Words
		l.Plan.Of, l.Plan.Thunks, l.thunks = slices.Clone(p.Of), slices.Clip(p.Thunks), 0
		l.tryText(r, room)
		if !l.literalsFar() {
			return
		}
	}
}

// tryText is arrangeText with some room left in the reach of literals.
func (l *Layout) tryText(r *resolve.Program, room int) {
	l.Veneers, l.behind, l.entryVeneer = map[demand.TargetKey]int{}, map[int][]int32{}, -1
	l.detours = detours{map[way][]int32{}, map[linkmap.RelocID]int32{}, map[int32]int32{}}
	l.makeTables(r, room)
	l.orderText(r)
	l.packMembers(r)
	l.sortText(r)
	clear(l.Made)
	m := newMover(l, l.code)
	l.addPools(m)
	l.placeBetween(r, m)
}

// slotsOfLoads finds slots for the words that thunks load.
func (l *Layout) slotsOfLoads() {
	l.Slots = slices.Clip(l.Demand.Slots)
	fresh := map[demand.SlotKey]int32{}
	for _, load := range l.Plan.Loads {
		key := demand.SlotKey{A: load.A, TargetKey: demand.KeyOf(&l.Targets[load.Target])}
		i, ok := l.Demand.SlotOf[key]
		if !ok {
			i, ok = fresh[key]
		}
		if !ok {
			i = int32(len(l.Slots))
			fresh[key] = i
			l.Slots = append(l.Slots, demand.Slot{Target: load.Target, A: load.A})
		}
		l.Loads = append(l.Loads, i)
	}
}

// noteRewritten has the map say which relocations are of other instructions than
// the object's.
func (l *Layout) noteRewritten() {
	section := int32(-1)
	for i := range l.Plan.Of {
		r := &l.Plan.Of[i]
		s := &l.Sections[r.At.Section]
		if r.At.Section != section { // its relocations so far are the bindings'
			section, s.Relocs = r.At.Section, slices.Clone(s.Relocs)
		}
		s.Relocs[r.At.K].By = r.By
	}
}

// alignBlock makes the size of bss a multiple of the alignment that rodata
// needs: the firmware puts rodata behind bss, rounded up to a word only
// (py/persistentcode.c: load_raw_code), in a block aligned to 16 bytes or more.
func (l *Layout) alignBlock() {
	align := uint64(l.Word)
	for i := range l.Sections {
		if p := &l.Sections[i]; p.Region == mpyfile.Rodata && p.Size > 0 {
			align = max(align, p.Align)
		}
	}
	if align > uint64(l.Word) {
		l.Sizes[mpyfile.BSS] = alignUp(l.Sizes[mpyfile.BSS], align)
	}
}

// anchor makes sure that the garbage collector finds the block of RAM that
// starts with a region. It only honours pointers to the head of a block, and
// on most ports the one reference to such a block is in the module's own text
// (py/persistentcode.c: MICROPY_PERSISTENT_CODE_TRACK_BSS_RODATA).
// When no relocated word of text is such a pointer, a GOT slot is added.
func (l *Layout) anchor(head mpyfile.Region) {
	first := l.needsAnchor(head)
	if first == resolve.NoSection {
		return
	}
	// What is behind the end of the bindings' list is nobody else's.
	l.Targets = append(l.Targets, linkmap.Target{Kind: linkmap.InSection, Name: "(anchor)", Section: int32(first)})
	l.Slots = append(l.Slots, demand.Slot{Target: uint32(len(l.Targets) - 1)})
}

// needsAnchor returns a section that starts the block of a region, if nothing points
// there; else resolve.NoSection.
func (l *Layout) needsAnchor(head mpyfile.Region) int {
	first := resolve.NoSection // a section that starts the block
	for i := range l.Sections {
		if p := &l.Sections[i]; p.Region == head && p.Addr == 0 && p.Size > 0 {
			first = i
			break
		}
	}
	if first == resolve.NoSection || l.pointed(func(r *linkmap.Target, a int64) bool {
		return l.Sections[r.Section].Region == head && l.Sections[r.Section].Addr+r.Off+uint64(a) == 0
	}) {
		return resolve.NoSection
	}
	return first
}

// startsPointedAt returns the sections at whose start something in text points.
func (l *Layout) startsPointedAt() map[int32]bool {
	starts := map[int32]bool{}
	l.pointed(func(r *linkmap.Target, a int64) bool {
		if r.Off+uint64(a) == 0 {
			starts[r.Section] = true
		}
		return false
	})
	return starts
}

// pointed reports whether a word of text that the firmware relocates has one of some places.
func (l *Layout) pointed(is func(r *linkmap.Target, a int64) bool) bool {
	isHead := func(ref uint32, a int64) bool {
		r := &l.Targets[ref]
		return r.Kind == linkmap.InSection && r.Mode == 0 && is(r, a) // of a function of Thumb it is a byte behind
	}
	return slices.ContainsFunc(l.Slots, func(s demand.Slot) bool { return !s.Literal && isHead(s.Target, s.A) }) ||
		slices.ContainsFunc(l.Words, func(w linkmap.RelocID) bool {
			p := &l.Sections[w.Section]
			return p.Region == mpyfile.Text && isHead(p.Relocs[w.K].S, p.Relocs[w.K].A)
		}) ||
		slices.ContainsFunc(l.Plan.Pooled, func(i int32) bool {
			b := l.Reloc(i)
			return isHead(b.S, b.A)
		})
}

// orderText fixes the order of text: entry jump, the first section, veneers,
// the other sections, the table. Where code can only load literals that lie
// before it, each table comes in front of the code that uses it.
func (l *Layout) orderText(r *resolve.Program) {
	before := r.Machine.Literal != ""
	l.Order = append(make([]int32, 0, len(l.Sections)+len(l.Demand.Veneers)), int32(r.Jump))
	next := 0 // the next table to place in front of code
	first := true
	for i := range r.Jump { // the sections that are input
		p := &l.Sections[i]
		if l.Sections[i].Class == linkmap.Literal || p.Region == mpyfile.BSS {
			continue
		}
		for before && next <= l.TableOf[i] {
			l.Order = append(l.Order, int32(l.Tables[next].section))
			next++
		}
		l.Order = append(l.Order, int32(i))
		if p.Size > 0 && first {
			first = false
			l.addVeneers(r)
		}
	}
	for ; next < len(l.Tables); next++ {
		l.Order = append(l.Order, int32(l.Tables[next].section))
	}
	for _, table := range []int{r.QstrNumbers, r.QstrObjects} {
		if table != resolve.NoSection {
			l.Order = append(l.Order, int32(table))
		}
	}
}

func (l *Layout) addVeneers(r *resolve.Program) {
	for _, ref := range l.Demand.Veneers {
		l.Veneers[demand.KeyOf(&l.Targets[ref])] = len(l.Sections)
		l.Order = append(l.Order, int32(len(l.Sections)))
		l.Sections = append(l.Sections, linkmap.Section{
			Origin: &linkmap.Origin{Kind: linkmap.Veneer, Class: linkmap.Code, Name: "veneer " + l.Targets[ref].Name, Align: uint64(l.Word)},
			Target: ref, Region: mpyfile.Text, Size: uint64(len(r.Machine.VeneerTo(l.Targets[ref].Kind == linkmap.Supplied).Code)),
		})
	}
}

// placeText lays out text behind the smallest entry jump that reaches
// mpy_init. The jump's length moves mpy_init and so may change which jump
// reaches it: try gaps of increasing size until one is long enough for the
// jump it leads to. Gaps are multiples of the alignment of mpy_init's section,
// as in mpy_ld.py. It reports whether there is a jump that reaches.
func (l *Layout) placeText(r *resolve.Program) bool {
	sym := r.Symbol(r.Entry)
	entry := r.SectionOf[r.Entry.Obj][sym.Sect]
	l.Sections[r.Jump].Size, l.Code = 0, nil
	placeAt := func(gap uint64) {
		l.placeTextAt(gap)
		l.Entry = l.Sections[entry].Addr + sym.Value
	}
	if l.choice.entryFirst {
		placeAt(0)
		return true
	}
	if old := r.Machine.Legacy(r.In.EntryStyle); old != nil {
		return l.placeOld(r, old, placeAt)
	}
	step := l.Sections[entry].Align
	if l.choice.sorted {
		step = 1 // what is behind the jump need not be mpy_init
	}
	for gap := uint64(0); ; gap += step {
		placeAt(gap)
		if gap == 0 {
			if l.Entry == 0 && !r.Machine.AlwaysJump {
				return true
			}
			continue
		}
		jump, ok := entryJump(r.Machine, l.start())
		if !ok {
			return false
		}
		if uint64(len(jump)) <= gap {
			l.startWith(r, jump, gap)
			return true
		}
	}
}

// placeOld lays out text as mpy_ld.py of older releases: behind the shortest
// of its jumps that reaches, and nothing aligns the jump's own length.
func (l *Layout) placeOld(r *resolve.Program, old *relocs.LegacyEntry, placeAt func(gap uint64)) bool {
	for i := range old.Jumps {
		size := uint64(max(len(old.Jumps[i].Code), old.PadTo))
		placeAt(size)
		if jump, ok := old.Jumps[i].Encode(0, l.start()); ok {
			l.startWith(r, jump, size)
			return true
		}
	}
	return false
}

// start returns the address that the jump at the start of text leads to.
func (l *Layout) start() int64 {
	if l.entryVeneer >= 0 {
		return l.entryOf(l.entryVeneer)
	}
	return int64(l.Entry)
}

// addEntryVeneer makes a veneer behind the jump at the start of text, which does not reach
// mpy_init.
func (l *Layout) addEntryVeneer(r *resolve.Program) {
	sym := r.Symbol(r.Entry)
	t := linkmap.Target{Kind: linkmap.InSection, Name: sym.Name, Section: r.SectionOf[r.Entry.Obj][sym.Sect], Off: sym.Value}
	l.entryVeneer = l.addVeneer(&t)
	l.behind[0] = slices.Insert(l.behind[0], 0, l.entryVeneer)
}

// startWith makes jump, padded to size, the start of text.
func (l *Layout) startWith(r *resolve.Program, jump []byte, size uint64) {
	l.Code = append(jump, make([]byte, size-uint64(len(jump)))...)
	l.Sections[r.Jump].Size = size
}

// placeTextAt lays out the sections of text from address start.
func (l *Layout) placeTextAt(start uint64) {
	end := start
	for _, i := range l.Order[1:] {
		if p := &l.Sections[i]; p.Region == mpyfile.Text {
			p.Addr = alignUp(end, p.Align)
			end = p.Addr + p.Size
		}
	}
	l.Sizes[mpyfile.Text] = end
}

// entryJump returns the shortest jump from the start of text that reaches
// target.
func entryJump(m *relocs.Machine, target int64) ([]byte, bool) {
	for i := range m.Entry {
		if code, ok := m.Entry[i].Encode(0, target); ok {
			return code, true
		}
	}
	return nil, false
}

// checkSizes refuses sizes that come from claims, not from content: a
// gigantic variable, or alignments that pad more than there is to align.
func (l *Layout) checkSizes(errs *diag.List) {
	if size := l.Sizes[mpyfile.BSS]; size > maxBSS {
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
	if size := l.Sizes[mpyfile.Text] + l.Sizes[mpyfile.Rodata]; size > 2*content+1<<20 {
		errs.Add("", "aligning %d bytes of sections takes %d bytes", content, size).
			Note("check the alignment of the sections")
	}
}

func alignUp(n, align uint64) uint64 { return (n + align - 1) &^ (align - 1) }
