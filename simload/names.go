package simload

import (
	"slices"

	"mpyld/diag"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// Code has its qstrs by index, so the name that is at an index once the module is loaded
// must be the one it was compiled with. In version 6 the file has the table. In version 5
// the loader stores numbers, which are invented here, and each must arrive at its place.
//
//	MP_QSTR_b is table[2]: the file's table is m.mpy, a, b    version 5: 0x0204 at text+0x22

// longest is how many bytes a name has at most whose length is kept in one (py/qstr.c:
// qstr_from_strn, MICROPY_QSTR_BYTES_IN_LEN of py/mpconfig.h).
const longest = 1<<8 - 1

// tooLong is the error about a name that the loader does not take, or nil.
func tooLong(f *mpyfile.File) *diag.Error {
	names := slices.Clone(f.QStrs)
	for i := range f.Links {
		names = append(names, f.Links[i].QStr)
	}
	for _, name := range names {
		if len(name) > longest {
			return diag.New("", "the loader raises RuntimeError: name too long: %q has %d bytes, and %d is what firmware takes", name[:16]+"...", len(name), longest)
		}
	}
	return nil
}

// names checks that the module finds its qstrs where it was compiled to.
func (v *verifier) names(im *Image) {
	if e := tooLong(v.file); e != nil {
		v.errs.Join(e)
	}
	if v.file.ABI.Names == mpyfile.NameLinks {
		links := v.linked(im, linkmap.QStrNumbers, v.m.QStrs, false, v.file.Links)
		if links = v.linked(im, linkmap.QStrObjects, v.m.QStrObjs, true, links); len(links) > 0 {
			v.errorf("", "the loader stores %s at text+0x%x, where the module has no room for it", links[0].QStr, links[0].Off)
		}
		return
	}
	// Entry 0 is the name of the source, which can be anything.
	if table := v.file.QStrs[1:]; !slices.Equal(table, v.m.QStrs) {
		v.errorf("", "the qstr table is %q, but the module was compiled with %q", table, v.m.QStrs)
	}
	if !slices.Equal(v.file.Objects, v.m.QStrObjs) {
		v.errorf("", "the object table is %q, but the module was compiled with %q", v.file.Objects, v.m.QStrObjs)
	}
}

// linked checks that the first of links fill a section with names, and returns
// the others.
func (v *verifier) linked(im *Image, kind linkmap.Kind, names []string, object bool, links []mpyfile.QStrLink) []mpyfile.QStrLink {
	if len(names) == 0 {
		return links
	}
	table := v.m.Find(kind)
	if table < 0 || v.m.Sections[table].Size%uint64(len(names)) != 0 {
		v.errorf("", "the map has no table for %d qstrs", len(names))
		return nil
	}
	p := &v.m.Sections[table]
	size := p.Size / uint64(len(names))
	if want := v.entrySize(object); size != want {
		v.errorf(p.At(0), "%d bytes for each of its qstrs, but the code takes them to have %d", size, want)
		return nil
	}
	for i, name := range names {
		off := p.Addr + size*uint64(i)
		if i >= len(links) || links[i].QStr != name || links[i].Object != object || links[i].Off != off || links[i].Size(v.file.Arch) > size {
			v.errorf(p.At(off-p.Addr), "the loader does not store the qstr %s there", name)
			return nil
		}
		// Nobody would see it in memory, but nobody put it there either.
		v.zero(mpyfile.Text, off, v.file.Text[off:off+size])
		// What is stored is invented: the first of the file's links gets QStr0.
		number := uint64(im.at.QStr0 + uint16(len(v.file.Links)-len(links)+i))
		if object {
			number = number<<3 | 2
		}
		if got := littleEndian(im.Text[off : off+size]); got != number {
			v.errorf(p.At(off-p.Addr), "holds 0x%x when it is loaded, not the qstr %s", got, name)
		}
	}
	return links[len(names):]
}

// entrySize returns how many bytes an entry of a table of names has, by the config headers of such
// releases: a number is a qstr_short_t, of two bytes, but where text is read by words; an object is a word.
func (v *verifier) entrySize(object bool) uint64 {
	switch {
	case object:
		return uint64(v.file.Arch.Word)
	case v.file.Arch.SeparateRodata:
		return 4
	}
	return 2
}

// littleEndian reads a number of any size up to 8 bytes.
func littleEndian(b []byte) uint64 {
	n := uint64(0)
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	return n
}
