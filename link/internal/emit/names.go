package emit

import (
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// names gives the file its qstrs: tables, or the places to store each in.
func (f *filler) names() {
	if f.in.ABI.Names == mpyfile.NameTable {
		f.file.QStrs = append([]string{f.in.SourceName}, f.in.QStrs...)
		f.file.Objects = f.in.QStrObjs
		return
	}
	f.links(f.lay.Find(linkmap.QStrNumbers), f.in.QStrs, false)
	f.links(f.lay.Find(linkmap.QStrObjects), f.in.QStrObjs, true)
}

// links has names stored in a section of text, in entries of equal size.
func (f *filler) links(section int, names []string, object bool) {
	p := &f.lay.Sections[section]
	for i, name := range names {
		off := p.Addr + uint64(i)*(p.Size/uint64(len(names)))
		f.file.Links = append(f.file.Links, mpyfile.QStrLink{Off: off, QStr: name, Object: object})
	}
}
