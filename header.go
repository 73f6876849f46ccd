package mpyld

import (
	"mpyld/abiheader"
	"mpyld/target"
)

// Header returns mpyld.h: all that a module in C or C++ has to know of
// MicroPython. The target is its default, which MPYLD_TARGET overrides.
func Header(o target.Options) ([]byte, error) {
	to, err := o.Find()
	if err != nil {
		return nil, err
	}
	return abiheader.C(to.Release), nil
}
