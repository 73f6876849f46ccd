package debugedit

import "mpyld/internal/lazy"

// What an entry consists of is told once, in a table of abbreviations: its attributes, and in which form each is
// (section 7.5).

// The attributes that matter (section 7.5.4).
const (
	attrLocation     = 0x02
	attrLowPC        = 0x11
	attrHighPC       = 0x12
	attrEntryPC      = 0x52
	attrRanges       = 0x55
	attrStartScope   = 0x2c
	attrAddrBase     = 0x73
	attrRnglistsBase = 0x74
	attrDwoName      = 0x76
	attrLoclistsBase = 0x8c
	attrGNUDwoName   = 0x2130
	attrGNUAddrBase  = 0x2133
)

// isPlace reports whether an attribute may be a list of places of a variable (class loclist).
func isPlace(attr uint64) bool {
	switch attr {
	case attrLocation, 0x19, 0x2a, 0x38, 0x40, 0x46, 0x48, 0x4a, 0x4d: // string_length, return_addr, data_member_location, frame_base, segment, static_link, use_location, vtable_elem_location
		return true
	}
	return false
}

// The forms that matter (section 7.5.6).
const (
	formAddr          = 0x01
	formData2         = 0x05
	formData4         = 0x06
	formData8         = 0x07
	formData1         = 0x0b
	formSdata         = 0x0d
	formUdata         = 0x0f
	formIndirect      = 0x16
	formSecOffset     = 0x17
	formExprloc       = 0x18
	formFlagPresent   = 0x19
	formAddrx         = 0x1b
	formImplicitConst = 0x21
	formLoclistx      = 0x22
	formRnglistx      = 0x23
	formAddrx1        = 0x29
	formAddrx2        = 0x2a
	formAddrx3        = 0x2b
	formAddrx4        = 0x2c
	formGNUAddrIndex  = 0x1f01
)

// formSizes are those of a fixed size. Those of an offset's size are -1, of an address's -2; others are read in attribute.
var formSizes = lazy.Value[map[uint64]int]{Make: func() map[uint64]int {
	return map[uint64]int{
		formAddr: -2, formData2: 2, formData4: 4, formData8: 8, formData1: 1, 0x0c: 1, // flag
		0x0e: -1, 0x10: -1, 0x11: 1, 0x12: 2, 0x13: 4, 0x14: 8, formSecOffset: -1, formFlagPresent: 0, formImplicitConst: 0, // strp, ref_addr, ref1 to ref8
		0x1c: 4, 0x1d: -1, 0x1e: 16, 0x1f: -1, 0x20: 8, 0x24: 8, // ref_sup4, strp_sup, data16, line_strp, ref_sig8, ref_sup8
		0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4, formAddrx1: 1, formAddrx2: 2, formAddrx3: 3, formAddrx4: 4, // strx1 to strx4
		0x1f20: -1, 0x1f21: -1, // GNU_ref_alt, GNU_strp_alt
	}
}}

// abbreviation is what an entry consists of. Attributes without bytes in it are left out.
type abbreviation struct {
	attrs    []attrForm
	children bool
}

type attrForm struct{ attr, form uint64 }

// mostAbbreviations is how many bytes of tables are read, as a multiple of all there are: units may share them.
const mostAbbreviations = 64

// abbreviations reads a table (section 7.5.3).
func (m *mover) abbreviations(at place, budget *int) map[uint64]*abbreviation {
	table := map[uint64]*abbreviation{}
	data := m.raw.Sections[at.section].Data
	c := within(data, at.off, uint64(len(data)))
	for {
		code := c.uleb()
		if code == 0 || c.bad {
			break
		}
		c.uleb() // tag
		a := &abbreviation{children: c.number(1) != 0}
		for !c.bad {
			f := attrForm{c.uleb(), c.uleb()}
			if f.form == formImplicitConst {
				c.leb()
				if f.attr == attrHighPC || f.attr == attrEntryPC {
					m.fail("a table of abbreviations at 0x%x has lengths of code", at.off)
				}
			}
			if f == (attrForm{}) {
				break
			}
			if size, fixed := formSizes.Get()[f.form]; !fixed || size != 0 {
				a.attrs = append(a.attrs, f)
			}
		}
		table[code] = a
	}
	if *budget -= int(c.at - at.off); c.bad || *budget < 0 {
		m.fail("a table of abbreviations at 0x%x is not understood", at.off)
	}
	return table
}
