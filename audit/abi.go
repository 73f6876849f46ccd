package audit

import (
	"strings"

	"mpyld/relocs"
)

// An object says what it was compiled for: in the flags of its header, in build
// attributes and by mapping symbols (the psABIs; Arm's Addenda32). What the machine
// cannot run, or what passes arguments in another way, must not be in a module, and
// objects that are one program must agree about the sizes of types.
//
// For example
//
//	a.o: Tag_ABI_enum_size 1      enums are as small as their values allow
//	b.o: Tag_ABI_enum_size 2      enums have 32 bits: the two misread each other's structs

// fit checks that the files of a link fit the machine and each other.
func (a *audit) fit() {
	if a.in.AllowABIMismatch {
		return
	}
	m := a.in.Machine.WithFloats(a.in.FloatABI)
	extensions := a.in.Machine.Flags
	if a.in.NoExtensions {
		extensions = nil
	}
	first := make([]said, len(m.ABI.Agree))
	for i := range a.files {
		f := &a.files[i]
		if f.OtherISA.Sect != 0 {
			a.bad(f.Name, "the map has this file, by its symbols it has code of another instruction set")
		}
		if m.ABI.Incompatible != nil {
			if what := m.ABI.Incompatible(&f.Facts, extensions); len(what) > 0 {
				a.bad(f.Name, "the map has this file, by its attributes it is compiled %s", strings.Join(what, ", "))
			}
		}
		if i < len(a.in.Objects) {
			a.agree(f, m.ABI.Agree, first)
		}
	}
}

// said is what the first object that says something of an attribute says.
type said struct {
	by    string
	value uint64
}

// agree compares an object with those before it. Of archive members this is not asked: their
// functions may well have no such data.
func (a *audit) agree(f *file, rows []relocs.Agreement, first []said) {
	for i := range rows {
		value := f.Facts.Number(rows[i].Tag)
		setting, ok := rows[i].Setting(value)
		switch was := &first[i]; {
		case !ok:
		case was.by == "":
			*was = said{f.Name, value}
		case was.value != value:
			a.bad(f.Name, "the map has this object and %s, by their attributes they differ: it is for %s", was.by, setting)
		}
	}
}
