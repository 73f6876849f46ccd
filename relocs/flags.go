package relocs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParseFlags reads arch flags as mpy_ld.py does: a number in decimal, 0x or
// 0b, or names separated by commas.
func (m *Machine) ParseFlags(s string) (uint64, error) {
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		base := 0
		if len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9' {
			base = 10 // not octal
		}
		n, err := strconv.ParseUint(s, base, 32)
		if err != nil {
			return 0, fmt.Errorf("%q is not a number of 32 bits", s)
		}
		if n>>len(m.Flags) != 0 {
			return 0, fmt.Errorf("%s sets bits beyond the extensions of %s (%s)", s, m.Name, strings.Join(m.Flags, ", "))
		}
		return n, nil
	}
	var flags uint64
	for _, name := range strings.Split(strings.ToLower(s), ",") {
		bit := slices.Index(m.Flags, strings.TrimSpace(name))
		if bit < 0 {
			return 0, fmt.Errorf("%q is not an extension of %s (%s)", name, m.Name, strings.Join(m.Flags, ", "))
		}
		flags |= 1 << bit
	}
	return flags, nil
}

// FlagsOf returns the flags for the extensions in an ISA string, as compilers
// record it: "rv32i2p1_m2p0_zba1p0".
func (m *Machine) FlagsOf(isa string) uint64 {
	var flags uint64
	for _, ext := range strings.Split(isa, "_") {
		name := strings.TrimRightFunc(ext, isDigit)
		if major, ok := strings.CutSuffix(name, "p"); ok && name != ext {
			if m := strings.TrimRightFunc(major, isDigit); m != major {
				name = m // ext was NAME 1p0
			}
		}
		if bit := slices.Index(m.Flags, name); bit >= 0 {
			flags |= 1 << bit
		}
	}
	return flags
}

func isDigit(c rune) bool { return c >= '0' && c <= '9' }

// FlagNames returns the names of flags, separated by commas; their number, if
// some have no name. The architecture may be nil.
func (m *Machine) FlagNames(flags uint64) string {
	if m == nil || flags == 0 || flags>>len(m.Flags) != 0 {
		return fmt.Sprintf("flags 0x%x", flags)
	}
	var names []string
	for bit, name := range m.Flags {
		if flags>>bit&1 != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}
