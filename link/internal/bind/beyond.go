package bind

import (
	"cmp"
	"fmt"
	"math"

	"mpyld/linkmap"
)

// Addresses come from scripts, firmware and options as numbers of 64 bits. One
// that does not fit a word of the architecture is a mistake in those, or is meant
// for another device: only its low bits would get into the module, and GNU ld
// would not say so either.
//
//	romvar = 0x900001234;      on a machine of 32 bits this is 0x1234
//
// Numbers below zero are those of the upper half of memory.

// bindFixed makes the Target of a symbol with a given address.
func (s *binder) bindFixed(name string, e linkmap.Extern) int32 {
	if !s.fitsWord(name, e.Value, cmp.Or(e.Place, e.From)) {
		return unusable
	}
	return s.add(linkmap.Target{Kind: linkmap.Absolute, Name: name, Off: e.Value})
}

// fitsWord reports whether the value of a symbol has room in a word. If not, it
// says so, the first time.
func (s *binder) fitsWord(name string, value uint64, place string) bool {
	if s.prog.In.Arch.Word == 8 || value <= math.MaxUint32 || int64(value) < 0 && int64(value) >= math.MinInt32 {
		return true
	}
	if !s.beyond[name] {
		s.beyond[name] = true
		s.errs.Add(place, "%s is %s, which is no address of %s: its words have 32 bits", name, signedHex(value), s.prog.In.Arch.Name).
			Note("give the address that %s has on the device; one that is for another device needs its --arch", name)
	}
	return false
}

// signedHex writes the numbers of the upper half as those below zero that they were
// given as.
func signedHex(v uint64) string {
	if int64(v) < 0 {
		return fmt.Sprintf("-0x%x", -v)
	}
	return fmt.Sprintf("0x%x", v)
}
