package bind

import (
	"cmp"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/qstrlink"
	"mpyld/relocs"
)

// Code reaches its qstrs through a table which the firmware fills in when it loads the
// module, at indexes from the config header the code was compiled with. A link that was
// given another header, or none, would put other names at those indexes. So references
// to the table are checked against what this link has.
//
//	mp_native_qstr_table+6    entry 3, but the source and two names are entries 0 to 2: another header

// qstrTable returns the section that is a table of the given name, or NoSection.
func (s *binder) qstrTable(symbol string) int {
	switch symbol {
	case mpyfile.QStrValsSymbol:
		return s.prog.QstrNumbers
	case mpyfile.QStrObjsSymbol:
		return s.prog.QstrObjects
	}
	return resolve.NoSection
}

// numbersNothing reports whether a symbol is a table of the module's qstrs, but
// there are none: only code with qstrs of its own refers to it, and has the
// numbers of a config header that the link was not given.
func (s *binder) numbersNothing(symbol string) bool {
	links := s.prog.In.ABI.Names == mpyfile.NameLinks
	switch _, provided := s.prog.In.ABI.Provided.Get()[symbol]; symbol {
	case mpyfile.QStrTableSymbol:
		return provided && len(s.prog.In.QStrs) == 0
	case mpyfile.ObjTableSymbol:
		return provided && len(s.prog.In.QStrObjs) == 0
	case mpyfile.QStrValsSymbol:
		return links && len(s.prog.In.QStrs) == 0
	case mpyfile.QStrObjsSymbol:
		return links && len(s.prog.In.QStrObjs) == 0
	}
	return false
}

// isQStrTable reports whether a Target is a table of the module's qstrs.
func (s *binder) isQStrTable(ref *linkmap.Target) bool {
	switch ref.Kind {
	case linkmap.InSection:
		return ref.Section >= 0 && (int(ref.Section) == s.prog.QstrNumbers || int(ref.Section) == s.prog.QstrObjects)
	case linkmap.Supplied:
		return ref.Dest.Kind == mpyfile.ToQStrTable || ref.Dest.Kind == mpyfile.ToObjTable
	}
	return false
}

// checkRecords reports an object with qstrs that was compiled with a config
// header of which names have other numbers now.
func (s *binder) checkRecords(oi int) {
	obj := s.prog.Objects[oi]
	if s.prog.In.Config == "" || s.recordsChecked[oi] {
		return
	}
	s.recordsChecked[oi] = true
	for _, records := range obj.Records {
		if what := s.prog.In.Layout.Differs(records, qstrlink.QStrs{Values: s.prog.In.QStrs, Objects: s.prog.In.QStrObjs}); what != "" {
			s.errs.Add(obj.Name, "is compiled with another config header than %s: %s", s.prog.In.Config, what).
				Note("compile it again, with %s", s.prog.In.Config)
			return
		}
	}
}

// explainHeaders completes the error about an undefined symbol that only code
// compiled for other releases refers to. It reports whether the symbol is one.
func (s *binder) explainHeaders(name string, e *diag.Error) bool {
	abi := s.prog.In.ABI
	switch whose := mpyfile.HeadersOf(name); {
	case s.numbersNothing(name) && s.prog.In.Config == "":
		e.Note("the code has qstrs of its own: name them with --qstrs FILE, the config header that --preprocess wrote and the code was compiled with")
	case s.numbersNothing(name):
		e.Note("the code has qstrs of its own, and %s has none, so it was compiled with another config header", s.prog.In.Config).
			Note("make one of all sources together, with --preprocess, and compile them again")
	case whose == "":
		return false
	default:
		e.Text = "compiled against the headers of " + whose + ", but this link is for " + abi.Releases + ": " + e.Text
		e.Note("compile with the headers of the MicroPython the module is for, or link for another one with --target")
	}
	return true
}

// beyondTable reports an address behind the end of a table as an error: the code is compiled
// against headers where the table has more entries. Compilers that load
// addresses from literals write such ones.
func (s *binder) beyondTable(ref *linkmap.Target, p *linkmap.Origin, r *elfload.Reloc) {
	t := s.table(ref)
	e := s.errs.Add(p.At(uint64(r.Off)), "%s+0x%x is entry %d, but it has %d in %s", ref.Name, r.A, r.A/t.entry, t.entries, t.in)
	if ref.Kind == linkmap.Supplied && ref.Dest.Kind == mpyfile.ToFunTable {
		e.Note("the code is compiled against the headers of another release: link for that one with --target; if they are of firmware that adds entries, give its py/nativeglue.h with --fun-table")
	} else {
		e.Note("the code is compiled with another config header: compile it again, with this one")
	}
}

// isBeyondTable reports whether a relocation is of such an address.
func (s *binder) isBeyondTable(ref *linkmap.Target, r *elfload.Reloc) bool {
	return r.Howto.Formula == relocs.Abs && s.isBehind(ref, r.A)
}

// isBehind reports whether a number of bytes behind a Target is the end of the table that it is.
func (s *binder) isBehind(ref *linkmap.Target, bytes int64) bool {
	if ref.Kind != linkmap.Supplied && !s.isQStrTable(ref) {
		return false
	}
	t := s.table(ref)
	return t.entry > 0 && bytes >= t.entries*t.entry
}

// tableSize is how big a table of the firmware's or of the module's qstrs is.
type tableSize struct {
	entries, entry int64  // the number of entries, and bytes of one; 0: it is no table
	in             string // what gives it that size
}

// table returns the size of the table that a Target is.
func (s *binder) table(ref *linkmap.Target) tableSize {
	word, values, objects := int64(s.prog.In.Arch.Word), int64(len(s.prog.In.QStrs)), int64(len(s.prog.In.QStrObjs))
	switch {
	case ref.Kind == linkmap.Supplied && ref.Dest.Kind == mpyfile.ToFunTable:
		return tableSize{int64(len(s.prog.In.ABI.Fun)), word, s.prog.In.ABI.Releases}
	case !s.isQStrTable(ref):
		return tableSize{}
	case ref.Kind == linkmap.Supplied && ref.Dest.Kind == mpyfile.ToQStrTable:
		return tableSize{1 + values, 2, s.config()} // entry 0 is the name of the source
	case ref.Kind == linkmap.Supplied || int(ref.Section) == s.prog.QstrObjects:
		return tableSize{objects, word, s.config()}
	}
	return tableSize{values, int64(s.prog.Sections[ref.Section].Size) / values, s.config()}
}

// config is what people call the list of qstrs.
func (s *binder) config() string { return cmp.Or(s.prog.In.Config, "the list of qstrs") }
