package resolve

import (
	"debug/elf"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// A common symbol is a variable that an object declares without saying that it
// is the one to hold it (C: int x; at file scope, with -fcommon). All of one name
// are one variable, of the largest size and the strictest alignment, unless there
// is a definition, which then is the variable:
//
//	a.o: .comm x,4,64    b.o: .comm x,8,1          x has 8 bytes, aligned to 64
//	a.o: .comm x,4,64    lib.a(m.o): x: .long 5    m.o comes in, and x is its 5
//
// The rules are those of GNU ld (bfd/linker.c and bfd/elflink.c).

// isCommon reports whether the prevailing definition of a name is a common
// symbol.
func (r *Program) isCommon(n *named) bool {
	return n.Defined && strength(r.Symbol(n.Def)) == commonStrength
}

// commonPrefix is in front of the symbol in the name of its section.
const commonPrefix = "COMMON "

// replacesCommon reports whether an archive member comes in for a definition
// when there is a common symbol: it must be one that counts for more, and no
// function (bfd/elflink.c, is_global_data_symbol_definition).
func replacesCommon(s *elfload.Symbol) bool {
	return strength(s) > commonStrength && s.Type() != elf.STT_FUNC
}

// addCommons gives the winning common symbols a section of bss each, in the
// order the objects name them.
func (r *Program) addCommons() {
	for oi, obj := range r.Objects {
		if obj.Commons == 0 {
			continue // as nearly always
		}
		for si := range obj.Symbols {
			s := &obj.Symbols[si]
			if s.Where != elfload.Common || s.Local() || r.overridden(s.Name) {
				continue
			}
			d := NewDef(oi, si)
			n := r.name(d)
			switch {
			case n.Def.Obj != d.Obj || n.Def.Sym != d.Sym:
				r.checkCommon(d, n)
			case n.Def.Common != Discarded:
				n.Def.Common = int32(r.addSection(linkmap.Origin{Kind: linkmap.Common, Class: linkmap.Zeroed, Object: obj.Name, Name: commonPrefix + s.Name, UsualRegion: mpyfile.BSS, Size: s.Size, Align: 1 << n.align}))
			}
		}
	}
}

// checkCommon warns about a common symbol that a definition has replaced, if the
// code that has it takes the variable for more than it is.
func (r *Program) checkCommon(d Def, n *named) {
	s, by := r.Symbol(d), r.Symbol(n.Def)
	if by.Where != elfload.InSection {
		return
	}
	section := &r.Objects[n.Def.Obj].Sections[by.Sect]
	align := uint64(section.Align)
	if low := by.Value & -by.Value; low != 0 {
		align = min(align, low)
	}
	warn := func(format string, args ...any) *diag.Error {
		w := diag.New(r.Where(d), format, args...)
		r.Warnings = append(r.Warnings, w)
		return w.Note("it is defined at %s", r.Where(n.Def))
	}
	switch {
	case by.Type() == elf.STT_FUNC && s.Type() != elf.STT_FUNC:
		warn("%s is a variable here, but a function where it is defined", s.Name).
			Note("rename one, or make one static")
	case by.Size != 0 && s.Size > by.Size:
		warn("%s has %d bytes here, but %d where it is defined", s.Name, s.Size, by.Size).
			Note("declare it alike in both, for code here reaches past its end; compile with -fno-common to find such")
	case s.Value > align:
		warn("%s is aligned to %d bytes here, but to %d where it is defined", s.Name, s.Value, align).
			Note("declare it alike in both")
	}
}
