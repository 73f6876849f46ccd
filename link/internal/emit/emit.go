// Package emit computes and writes every value, and lists the words that the
// firmware relocates.
//
// It stands apart because it only reads: all decisions are made. It must never
// choose anything.
//
// Example:
//
//	R_X86_64_PC32 against x-4 at text+0x13, x at text+0x40: S + A - P = 0x40 - 4 - 0x13 = 0x29
package emit

import (
	"encoding/binary"
	"strings"

	"mpyld/diag"
	"mpyld/link/internal/demand"
	"mpyld/link/internal/layout"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/parallel"
	"mpyld/relocs"
)

// File writes text and rodata and lists the words the firmware relocates.
// It also says what it saved on the way.
func File(prog *resolve.Program, l *layout.Layout, errs *diag.List) (*mpyfile.File, []linkmap.Saved) {
	f := &emitter{lay: l, errs: errs, file: &mpyfile.File{
		ABI: l.ABI, Arch: prog.In.Arch, ArchFlags: prog.ArchFlags(),
		Text:    make([]byte, l.Sizes[mpyfile.Text]),
		Rodata:  make([]byte, l.Sizes[mpyfile.Rodata]),
		BSSSize: l.Sizes[mpyfile.BSS],
	}}
	f.names(prog.In.SourceName)
	f.file.Words = make([]mpyfile.Word, 0, len(l.Slots)+len(l.Words)+len(l.Veneers))
	copy(f.file.Text, l.Code)
	for i := range l.Tables {
		f.table(&l.Tables[i])
	}
	words := l.Words
	for _, i := range l.Order {
		p := &l.Sections[i]
		switch p.Kind {
		case linkmap.Veneer:
			f.veneer(p, p.Target)
			continue
		case linkmap.Island:
			f.island(p, i)
			continue
		case linkmap.Thunk:
			f.thunk(p)
			continue
		}
		for ; len(words) > 0 && words[0].Section == i; words = words[1:] {
			b := &p.Relocs[words[0].K]
			f.relocated(p.Region, p.Addr+uint64(b.Off), b.S)
		}
	}
	saved := f.sortWords(prog.In.Relax)
	f.value()
	f.contents()
	return f.file, saved
}

// contents writes the sections and the fields of their relocations, which are
// apart: so are the parts of the order that processors share.
func (f *emitter) contents() {
	parts := f.parts()
	errs := make([]diag.List, len(parts))
	parallel.Each(len(parts), func(n int) {
		own := *f
		own.errs = &errs[n]
		for _, i := range parts[n] {
			p := &f.lay.Sections[i]
			if p.Kind == linkmap.Veneer {
				continue
			}
			out := f.bytes(p)
			copy(out, p.Data)
			for k := range p.Relocs {
				own.relocate(int(i), out, k)
			}
		}
	})
	for _, list := range errs {
		for _, e := range list {
			if !f.errs.Full() {
				*f.errs = append(*f.errs, e)
			}
		}
	}
}

// parts cuts the order into parts that are worth a goroutine.
func (f *emitter) parts() [][]int32 {
	const enough = 4000 // relocations
	var parts [][]int32
	from, n := 0, 0
	for k, i := range f.lay.Order {
		if n += len(f.lay.Sections[i].Relocs); n >= enough {
			parts = append(parts, f.lay.Order[from:k+1])
			from, n = k+1, 0
		}
	}
	return append(parts, f.lay.Order[from:])
}

type emitter struct {
	lay  *layout.Layout
	errs *diag.List
	file *mpyfile.File

	values values
}

// values are what relocations ask of a target over and over, by target. Of a big link the targets lie far
// apart in memory, and the sections that they are in too; these fit into the caches of a processor.
type values struct {
	S    []int64 // relative to what the firmware adds
	T    []uint8
	kind []linkmap.TargetKind
}

// value finds the values of all targets.
func (f *emitter) value() {
	n := len(f.lay.Targets)
	f.values = values{make([]int64, n), make([]uint8, n), make([]linkmap.TargetKind, n)}
	for i := range f.lay.Targets {
		t := &f.lay.Targets[i]
		s, mode := f.valueOf(t)
		f.values.S[i], f.values.T[i], f.values.kind[i] = s, uint8(mode), t.Kind
	}
}

// bytes returns the place of a section in the output.
func (f *emitter) bytes(p *linkmap.Section) []byte {
	region := f.file.Text
	if p.Region == mpyfile.Rodata {
		region = f.file.Rodata
	}
	return region[p.Addr : p.Addr+p.Size]
}

// table writes slots: each holds S + A | T, to which the firmware adds the
// address of the region or table S lies in.
func (f *emitter) table(t *layout.Table) {
	for _, i := range t.Slots {
		slot := &f.lay.Slots[i]
		off := uint64(f.lay.SlotAddr(t, i))
		if slot.Literal {
			putWord(f.file.Text[off:off+uint64(f.lay.Word)], uint64(slot.A))
			continue
		}
		s, mode := f.valueOf(&f.lay.Targets[slot.Target])
		putWord(f.file.Text[off:off+uint64(f.lay.Word)], uint64(s+slot.A)|mode)
		f.relocated(mpyfile.Text, off, slot.Target)
	}
}

// veneer writes a code island and the address it jumps to.
func (f *emitter) veneer(p *linkmap.Section, ref uint32) {
	r := &f.lay.Targets[ref]
	v := f.lay.Machine.VeneerTo(r.Kind == linkmap.Supplied)
	out := f.bytes(p)
	copy(out, v.Code)
	if r.Kind != linkmap.Supplied {
		// On a machine with several instruction sets an address to go to has the
		// mode bits; lists of firmware symbols may be without, labels are.
		s, _ := f.valueOf(r)
		putWord(out[v.Word:v.Word+f.lay.Word], uint64(s)|uint64(f.lay.Machine.ModeBits))
	}
	f.relocated(p.Region, p.Addr+uint64(v.Word), ref)
}

// island writes a jump.
func (f *emitter) island(p *linkmap.Section, i int32) {
	code, ok := f.lay.Machine.Island.Encode(int64(p.Addr), f.lay.AfterIsland(i))
	if !ok {
		f.errs.Add(p.At(0), "it does not reach what is next on the way").Note("split the module")
	}
	copy(f.bytes(p), code)
}

// relocated lists a word for the firmware, unless it holds a constant.
func (f *emitter) relocated(region mpyfile.Region, off uint64, ref uint32) {
	r := &f.lay.Targets[ref]
	w := mpyfile.Word{Region: region, Off: off}
	switch r.Kind {
	case linkmap.InSection:
		to := f.lay.Sections[r.Section].Region
		if f.lay.ABI.SeparateRAM && f.lay.Sizes[to] == 0 {
			return // no block, so no address: the file cannot name it
		}
		w.Dest = mpyfile.RegionDest(to)
	case linkmap.Supplied:
		w.Dest = r.Dest
	default:
		return
	}
	f.file.Words = append(f.file.Words, w)
}

// valueOf returns S, relative to what the firmware adds to it, and T.
func (f *emitter) valueOf(r *linkmap.Target) (s int64, mode uint64) {
	switch r.Kind {
	case linkmap.InSection:
		return int64(f.lay.Sections[r.Section].Addr + r.Off), uint64(r.Mode)
	case linkmap.Absolute:
		return int64(r.Off), 0
	}
	return 0, 0
}

// relocate writes the field of relocation k of section i.
func (f *emitter) relocate(i int, out []byte, k int) {
	p := &f.lay.Sections[i]
	b := &p.Relocs[k]
	if b.By != nil {
		f.rewritten(i, out, k)
		return
	}
	h := b.Howto
	if demand.StartsDifference(p.Relocs, k) {
		return // the Sub that follows writes the difference
	}
	field := h.Fits(p.Data[b.Off:])
	v := f.formula(i, k, field)
	switch h.Formula {
	case relocs.Add:
		v += field.Read(p.Data[b.Off:])
	case relocs.Sub:
		v += f.minuend(p, field, k)
	}
	if field.Word && field.Size == f.lay.Word && h.Formula == relocs.Abs {
		// An address wraps at the machine's word: every value fits.
	} else if err := field.Check(v); err != nil {
		e := f.errs.Add(p.At(uint64(b.Off)), "%s against %s: %v", h.Name, f.lay.Targets[b.S].Name, err)
		if h.Branches(field) {
			e.Note("the branch does not reach, and a section on the way is too large to get over: %sorder the objects so that callers are near, or split the module", inPieces(p, "compile with -ffunction-sections -fdata-sections, "))
		} else {
			e.Note("%s", tooFar(p))
		}
		return
	}
	field.Write(out[b.Off:], v)
}

// tooFar says what to do about a reference from a section to what is out of reach.
func tooFar(p *linkmap.Section) string {
	return "what it refers to is too far away: " + inPieces(p, "compile with -ffunction-sections -fdata-sections, or ") + "split the module"
}

// inPieces returns advice to compile with a section for each function, unless the section
// is one of these already.
func inPieces(p *linkmap.Section, advice string) string {
	if strings.HasPrefix(p.Name, ".text.") {
		return ""
	}
	return advice
}

// rewritten writes the instruction that takes the place of the one that relocation k
// of section i is of.
func (f *emitter) rewritten(i int, out []byte, k int) {
	number := f.lay.Plan.Find(i, k)
	if thunk := &f.lay.Sections[f.lay.Made[number].Thunk]; thunk.Moved != nil {
		if int(thunk.Site.K) == k {
			f.moveAway(&f.lay.Sections[i], out, thunk)
		}
		return // it is there
	}
	f.replaced(i, out[f.lay.Sections[i].Relocs[k].Off:], k)
}

// replaced writes the same to a place.
func (f *emitter) replaced(i int, out []byte, k int) {
	p := &f.lay.Sections[i]
	b := &p.Relocs[k]
	by := b.By
	if e, ok := b.Edit(p.Data); ok {
		copy(out, e.Ins)
	}
	if by.Part == relocs.Erased {
		return
	}
	v := f.part(f.lay.Plan.Find(i, k))
	switch err := by.Field.Check(v); {
	case err != nil:
		e := f.errs.Add(p.At(uint64(b.Off)), "%s against %s: %v", by.Name, f.lay.Targets[b.S].Name, err)
		if by.Needs == relocs.NeedPool {
			e.Note("the address lies between sections, and the instruction is too far from either end of its own%s", inPieces(p, ": compile with -ffunction-sections"))
			e.Note("it cannot be moved: it only runs together with an instruction that does something else elsewhere")
			e.Note("%s", by.Why)
		} else {
			e.Note("%s", tooFar(p))
		}
	case by.Part == relocs.Lower && by.Field.Part(v) != v:
		f.errs.Add(p.At(uint64(b.Off)), "%s against %s: the upper part of the address serves several, of which some are too far from the others", by.Name, f.lay.Targets[b.S].Name).
			Note("%s", by.Why)
	default:
		by.Field.Write(out, v)
	}
}

// formula computes the value of relocation k of section i, in the letters of the
// psABIs. Addresses are relative to the region: what the firmware adds later is the
// same for both ends of a distance.
func (f *emitter) formula(i, k int, field *relocs.Field) int64 {
	b := &f.lay.Sections[i].Relocs[k]
	h, ref, kind := b.Howto, &f.lay.Targets[b.S], f.values.kind[b.S]
	S, T := f.values.S[b.S], int64(f.values.T[b.S])
	A, P := b.A, field.PC(int64(f.lay.Sections[i].Addr)+int64(b.Off))
	GOT := int64(f.lay.GOT)
	if !h.Mode {
		T = 0
	}
	if at, ok := f.lay.Detour(i, k); ok {
		return at + f.lay.BranchA(b) - P
	}
	switch {
	case h.Formula == relocs.Abs || h.Formula.NeedsSlot():
	case kind == linkmap.Null && h.Branch:
		return h.WeakUndefValue
	case kind == linkmap.Supplied || kind == linkmap.Absolute && h.Calls(field):
		S = int64(f.lay.Sections[f.lay.Veneers[demand.KeyOf(ref)]].Addr) + int64(f.lay.Machine.VeneerTo(kind == linkmap.Supplied).Entry)
		if h.Mode {
			T = int64(f.lay.Machine.ModeBits)
		}
	}
	switch h.Formula {
	case relocs.Abs, relocs.Add, relocs.Set:
		return (S + A) | T
	case relocs.PCRel:
		if slot := f.lay.LiteralSlot(b); slot >= 0 {
			return f.lay.SlotAddr(&f.lay.Tables[f.lay.TableOf[i]], slot) - P
		}
		if f.lay.Sections[i].Region != mpyfile.Text { // apart in their block
			S, P = S+f.lay.StartOf(ref), P+f.lay.Start(f.lay.Sections[i].Region)
		}
		return (S + A) | T - P
	case relocs.GOTSlotRel:
		return GOT + f.slotOffset(b.S) + A - P
	case relocs.GOTSlotOff:
		return f.slotOffset(b.S) + A
	case relocs.GOTBaseRel:
		return GOT + A - P
	case relocs.FromGOT:
		return (S + A) | T - GOT
	case relocs.LowOf:
		at := int(ref.Section)
		hi := demand.Upper(f.lay.Sections[at].Relocs, ref, k) // demand.Collect has seen that there is one
		to := &f.lay.Sections[at].Relocs[hi]
		if to.By != nil { // by one that loads all of it
			return 0
		}
		return f.formula(at, hi, to.Howto.Fits(f.lay.Sections[at].Data[to.Off:]))
	case relocs.Sub:
		return -(S + f.lay.StartOf(ref) + A)
	}
	return 0
}

// part computes the value of a rewritten relocation, by its number in the plan.
func (f *emitter) part(number int32) int64 {
	rec, b := &f.lay.Plan.Of[number], f.lay.Reloc(number)
	P := rec.By.Field.PC(f.lay.Place(number))
	switch by := rec.By; {
	case by.Needs&relocs.NeedPool != 0:
		return f.lay.PoolWord(number) - P
	case by.Needs&relocs.NeedThunk != 0:
		return int64(f.lay.Sections[f.lay.Made[number].Thunk].Addr) - P
	case by.Part == relocs.Upper:
		return f.lay.UpperBase(&f.lay.Targets[b.S]) + rec.Users.Middle() - P
	}
	return f.lower(rec.Upper, f.address(b)+b.A, b.A)
}

// address returns S: of a function of the firmware, that of its veneer.
func (f *emitter) address(b *linkmap.Reloc) int64 {
	if t := &f.lay.Targets[b.S]; t.Kind != linkmap.Supplied || t.Code {
		return f.lay.UpperBase(t)
	}
	return 0 // what is loaded needs no address
}

// lower returns what is left of an address for the instruction that adds the lower
// part to the result of an upper one.
func (f *emitter) lower(upper int32, address, A int64) int64 {
	rec := &f.lay.Plan.Of[upper]
	switch {
	case rec.By.Needs&relocs.NeedSlot != 0:
		return A - rec.Users.Middle()
	case rec.By.Needs&relocs.NeedThunk != 0:
		return address - f.lay.ThunkValue(upper)
	}
	P := int64(f.lay.Sections[rec.At.Section].Addr) + int64(f.lay.Reloc(upper).Off)
	return address - P - rec.By.Field.Part(f.part(upper))
}

// minuend returns what the place of a Sub holds before it: the value of the
// Add or Set in front of it, or the object's own bytes.
func (f *emitter) minuend(p *linkmap.Section, field *relocs.Field, k int) int64 {
	V := field.Read(p.Data[p.Relocs[k].Off:])
	if k == 0 || !demand.StartsDifference(p.Relocs, k-1) {
		return V
	}
	b := &p.Relocs[k-1]
	S := f.values.S[b.S]
	if b.Howto.Formula == relocs.Set {
		V = 0
	}
	return V + S + f.lay.StartOf(&f.lay.Targets[b.S]) + b.A
}

// slotOffset returns G of a ref.
func (f *emitter) slotOffset(ref uint32) int64 {
	return int64(f.lay.Tables[0].Position(int(f.lay.Demand.SlotOfTarget[ref]-1)) * f.lay.Word)
}

func putWord(b []byte, v uint64) {
	if len(b) == 8 {
		binary.LittleEndian.PutUint64(b, v)
	} else {
		binary.LittleEndian.PutUint32(b, uint32(v))
	}
}
