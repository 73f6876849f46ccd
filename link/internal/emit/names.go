package emit

import (
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// The module's qstrs go into the file in the order that the code was compiled with. In
// version 6 that is a table; in version 5, places in text, one for each name.
//
//	numbers a and b at text+0x20: version 6 has m.mpy, a, b; version 5 stores a at 0x20 and b at 0x22

// names gives the file its qstrs: tables, or the places to store each in.
func (f *emitter) names(source string) {
	if f.lay.ABI.Names == mpyfile.NameTable {
		f.file.QStrs = append([]string{source}, f.lay.QStrs...)
		f.file.Objects = f.lay.QStrObjs
		return
	}
	f.links(f.lay.Find(linkmap.QStrNumbers), f.lay.QStrs, false)
	f.links(f.lay.Find(linkmap.QStrObjects), f.lay.QStrObjs, true)
}

// links has names stored in a section of text, in entries of equal size.
func (f *emitter) links(section int, names []string, object bool) {
	p := &f.lay.Sections[section]
	for i, name := range names {
		off := p.Addr + uint64(i)*(p.Size/uint64(len(names)))
		f.file.Links = append(f.file.Links, mpyfile.QStrLink{Off: off, QStr: name, Object: object})
	}
}
