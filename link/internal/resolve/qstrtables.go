package resolve

import (
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// Code has its qstrs by index in a table. Loaders of version 6 make that table; those of
// version 5 store each qstr where the file says, so there has to be room for it in text.
//
//	2 numbers and 1 object on a 32-bit machine: "qstr numbers", 4 bytes, and "qstr objects", 4 bytes

// addQStrTables makes the tables that a loader without tables of its own fills
// in, as parts of text. Their places and order are those of mpy_ld.py, which
// aligns them even when they are empty.
func (r *Program) addQStrTables() {
	r.QstrNumbers, r.QstrObjects = NoSection, NoSection
	if r.In.ABI.Names != mpyfile.NameLinks {
		return
	}
	// Where text can only be read by words, C code has a table of words. The
	// loader stores two bytes all the same.
	val, obj := uint64(2), uint64(r.In.Arch.Word)
	if r.In.Arch.SeparateRodata {
		val = 4
	}
	r.QstrNumbers = r.addSection(linkmap.Origin{Kind: linkmap.QStrNumbers, Class: linkmap.Code, Name: "qstr numbers", Align: val, Size: val * uint64(len(r.In.QStrs))})
	r.QstrObjects = r.addSection(linkmap.Origin{Kind: linkmap.QStrObjects, Class: linkmap.Code, Name: "qstr objects", Align: obj, Size: obj * uint64(len(r.In.QStrObjs))})
}
