// Package machines lists all machines: adding a family of them is a folder
// beside this one and a line here.
//
// It stands apart because each family imports the types of relocs, and who links
// or verifies needs these and one machine, not all. It must never be changed
// while the program runs: who wants to link for another machine passes it.
package machines

import (
	"slices"

	"mpyld/internal/lazy"
	"mpyld/relocs"
	"mpyld/relocs/arm"
	"mpyld/relocs/riscv"
	"mpyld/relocs/x86"
	"mpyld/relocs/xtensa"
)

// All lists the machines that mpyld links for, in the order of their codes.
func All() []*relocs.Machine { return all.Get() }

var all = lazy.Value[[]*relocs.Machine]{Make: func() []*relocs.Machine {
	return slices.Concat(
		x86.Machines,
		arm.Machines,
		xtensa.Machines,
		riscv.Machines,
	)
}}

// For returns the machine that --arch names, or nil.
func For(name string) *relocs.Machine {
	for _, m := range All() {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// ByCode returns the machine with the given code in a .mpy header, or nil.
func ByCode(code byte) *relocs.Machine { return byCode(All(), code) }

// InFormat returns the machine with the given header code, one that only
// compilers know too, or nil.
func InFormat(code byte) *relocs.Machine {
	if m := ByCode(code); m != nil {
		return m
	}
	return byCode(arm.Unlinked, code) // nobody links for those
}

// Name names a header code: "none" is 0.
func Name(code byte) string {
	if m := InFormat(code); m != nil {
		return m.Name
	}
	if code == 0 {
		return "none"
	}
	return "unknown"
}

func byCode(list []*relocs.Machine, code byte) *relocs.Machine {
	for _, m := range list {
		if m.Code == code {
			return m
		}
	}
	return nil
}
