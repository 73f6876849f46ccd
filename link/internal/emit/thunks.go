package emit

import (
	"sort"

	"mpyld/linkmap"
)

// A thunk makes an address in the register of the instruction that jumps to it, and
// jumps back behind that. Which register, only the object's instruction says.
//
//	lui a0, %hi(x)    is now  j thunk        thunk: auipc a0, ...; addi a0, a0, ...; j back

// moved writes instructions that are moved, and the jump back.
func (f *emitter) moved(p *linkmap.Section) {
	section := int(p.Site.Section)
	code, out := &f.lay.Sections[section], f.bytes(p)
	n := copy(out, code.Data[p.Moved.From:p.Moved.To])
	for k := f.firstAt(code, p.Moved.From); k < len(code.Relocs) && code.Relocs[k].Off < p.Moved.To; k++ {
		if code.Relocs[k].By != nil {
			f.replaced(section, out[code.Relocs[k].Off-p.Moved.From:], k)
		}
	}
	f.away(p, out[n:], p.Addr+uint64(n), code.Addr+uint64(p.Moved.To))
}

// moveAway writes what stays where instructions are moved from.
func (f *emitter) moveAway(code *linkmap.Section, out []byte, thunk *linkmap.Section) {
	from, to := thunk.Moved.From, thunk.Moved.To
	for i := range out[from:to] {
		out[from:to][i] = f.lay.Machine.Trap[i%len(f.lay.Machine.Trap)]
	}
	f.away(code, out[from:], code.Addr+uint64(from), thunk.Addr)
}

// away writes a jump from an address to another.
func (f *emitter) away(p *linkmap.Section, out []byte, at, to uint64) {
	jump, ok := f.lay.Machine.Away.Encode(int64(at), int64(to))
	if !ok {
		f.errs.Add(p.At(at-p.Addr), "a jump of %d bytes to code that is moved is too far", int64(to-at)).Note("%s", tooFar(p))
	}
	copy(out, jump)
}

// firstAt returns the number of the first relocation at an offset of a section or behind it.
func (f *emitter) firstAt(p *linkmap.Section, off uint32) int {
	return sort.Search(len(p.Relocs), func(k int) bool { return p.Relocs[k].Off >= off })
}

// thunk writes the code of a thunk.
func (f *emitter) thunk(p *linkmap.Section) {
	if p.Moved != nil {
		f.moved(p)
		return
	}
	i := f.lay.Plan.Find(int(p.Site.Section), int(p.Site.K))
	rec, code, b := &f.lay.Plan.Of[i], &f.lay.Sections[p.Site.Section], f.lay.Reloc(i)
	site, size := int64(code.Addr)+int64(b.Off), rec.By.Replacement.Size
	reg := f.lay.Machine.Decode(code.Data[b.Off:][:size]).Writes.First()
	d := f.lay.ThunkCode(i)
	at := int64(p.Addr)
	var value int64
	if rec.Load >= 0 {
		value = f.lay.SlotAddr(&f.lay.Tables[0], int(f.lay.Loads[rec.Load]))
	} else {
		value = f.lay.ThunkValue(rec.From)
	}
	back := site + int64(size) - (at + int64(d.At))
	if err := d.Back.Check(back); err != nil {
		f.errs.Add(code.At(uint64(b.Off)), "%s against %s: the way back: %v", rec.By.Name, f.lay.Targets[b.S].Name, err).Note("%s", tooFar(code))
		return
	}
	copy(f.bytes(p), d.Encode(reg, value-at, back))
}
