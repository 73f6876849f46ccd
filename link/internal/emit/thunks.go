package emit

import "mpyld/linkmap"

// A thunk makes an address in the register of the instruction that jumps to it, and
// jumps back behind that. Which register, only the object's instruction says.
//
//	lui a0, %hi(x)    is now  j thunk        thunk: auipc a0, ...; addi a0, a0, ...; j back

// thunk writes the code of a thunk.
func (f *emitter) thunk(p *linkmap.Section) {
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
