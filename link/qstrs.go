package link

import (
	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// How the code gets at its qstrs: the firmware numbers them when the module is
// loaded, so it needs a table that is filled in then.

// addQStrTables makes the tables that a loader without tables of its own fills
// in, as parts of text. Their places and order are those of mpy_ld.py, which
// aligns them even when they are empty.
func (r *resolved) addQStrTables() {
	r.qstrVals, r.qstrObjs = noPiece, noPiece
	if r.in.ABI.Names != mpyfile.NameLinks {
		return
	}
	// Where text can only be read by words, C code has a table of words. The
	// loader stores two bytes all the same.
	val, obj := uint64(2), uint64(r.in.Arch.Word)
	if r.in.Arch.SeparateRodata {
		val = 4
	}
	r.qstrVals = r.addPiece(code, Piece{Name: "qstr numbers", Align: val, Size: val * uint64(len(r.in.QStrs))})
	r.qstrObjs = r.addPiece(code, Piece{Name: "qstr objects", Align: obj, Size: obj * uint64(len(r.in.QStrObjs))})
}

// qstrTable returns the piece that is a table of the given name, or noPiece.
func (s *scanner) qstrTable(symbol string) int {
	switch {
	case symbol == mpyfile.QStrValsSymbol && len(s.in.QStrs) > 0:
		return s.qstrVals
	case symbol == mpyfile.QStrObjsSymbol && len(s.in.QStrObjs) > 0:
		return s.qstrObjs
	}
	return noPiece
}

// noObjects reports whether p is the table of objects, but there are none: the
// code would read what lies behind an empty table.
func (s *scanner) noObjects(p mpyfile.Provided) bool {
	return p.Dest.Kind == mpyfile.ToObjTable && len(s.in.QStrObjs) == 0
}

// explainForeign completes the error about an undefined symbol that only code
// compiled for other releases refers to. It reports whether the symbol is one.
func (s *scanner) explainForeign(name string, e *diag.Error) bool {
	abi := s.in.ABI
	_, provided := abi.Provided[name]
	switch whose := mpyfile.Foreign(name); {
	case provided, abi.Names == mpyfile.NameLinks && (name == mpyfile.QStrValsSymbol || name == mpyfile.QStrObjsSymbol):
		e.Note("the code has qstrs of its own, but there is no config header that numbers them: give the one it was compiled with by --qstrs")
	case whose == "":
		return false
	default:
		e.Text = "compiled against the headers of " + whose + ", but this link is for " + abi.Releases + ": " + e.Text
		e.Note("compile with the headers of the MicroPython the module is for, or link for another one with --target")
	}
	return true
}

// names gives the file its qstrs: tables, or the places to store each in.
func (f *filler) names() {
	if f.in.ABI.Names == mpyfile.NameTable {
		f.file.QStrs = append([]string{f.in.SourceName}, f.in.QStrs...)
		f.file.Objects = f.in.QStrObjs
		return
	}
	f.links(f.QStrVals, f.in.QStrs, false)
	f.links(f.QStrObjTable, f.in.QStrObjs, true)
}

// links has names stored in a piece of text, in entries of equal size.
func (f *filler) links(piece int, names []string, object bool) {
	p := &f.Pieces[piece]
	for i, name := range names {
		off := p.Addr + uint64(i)*(p.Size/uint64(len(names)))
		f.file.Links = append(f.file.Links, mpyfile.QStrLink{Off: off, QStr: name, Object: object})
	}
}

// beyondTable reports an address behind the end of mp_fun_table: the code is
// compiled against headers where the table has more entries. Compilers that
// load addresses from literals write such ones.
func (s *scanner) beyondTable(ref *Ref, p *Piece, r elfload.Reloc) bool {
	if !s.isBeyondTable(ref, r) {
		return false
	}
	abi, word := s.in.ABI, int64(s.in.Arch.Word)
	s.errs.Add(at(p.Object, p.Name, uint64(r.Off)), "%s+0x%x is entry %d, but it has %d in %s", ref.Name, r.A, r.A/word, len(abi.Fun), abi.Releases).
		Note("the code is compiled against the headers of another release: link for that one with --target")
	return true
}

func (s *scanner) isBeyondTable(ref *Ref, r elfload.Reloc) bool {
	return r.Howto.Kind == relocs.Abs && ref.Kind == RefDest && ref.Dest.Kind == mpyfile.ToFunTable && r.A >= int64(len(s.in.ABI.Fun)*s.in.Arch.Word)
}
