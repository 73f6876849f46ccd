package link

import "mpyld/linkmap"

// thunk writes the code of a thunk.
func (f *filler) thunk(p *linkmap.Section) {
	i := f.plan.find(int(p.Site.Section), int(p.Site.K))
	rec, code, b := &f.plan.of[i], &f.Sections[p.Site.Section], f.reloc(i)
	site, size := int64(code.Addr)+int64(b.Off), rec.row.Replacement.Size
	reg := f.Machine.Decode(code.Data[b.Off:][:size]).Writes.First()
	d := f.thunkCode(i)
	at := int64(p.Addr)
	var value int64
	if rec.load >= 0 {
		value = f.slotAddr(&f.tables[0], int(f.loads[rec.load]))
	} else {
		value = f.thunkValue(rec.from)
	}
	copy(f.bytes(p), d.Encode(reg, value-at, site+int64(size)-(at+int64(d.At))))
}
