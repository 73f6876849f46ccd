package main

import (
	"mpyld/diag"
	"mpyld/inspect"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/relocs"
)

// floatABI is how the firmware passes floats, "" if that is not known: what it
// is called in a device's number leaves it open, but most are built alike.
func (g goal) floatABI() string {
	if g.floats != "" || g.device == nil {
		return g.floats
	}
	if arch := mpyfile.ArchInFormat(g.device.Arch); arch != nil {
		return arch.Floats
	}
	return ""
}

// checkFloats is the error about a float ABI that code for an architecture
// cannot have.
func (g goal) checkFloats(arch *mpyfile.Arch) error {
	switch {
	case relocs.For(arch.Name).WithFloats(g.floats) != nil:
		return nil
	case arch.Floats == "":
		return diag.New("", "--float-abi %s: all code for %s passes floats in one way", g.floats, arch.Name).Note("leave it out")
	}
	return diag.New("", "--float-abi %s: code for %s passes floats in core registers", g.floats, arch.Name).
		Note("link for armv7emsp or armv7emdp: such firmware loads that")
}

// otherFirmware is the remedy where firmware may be built in an unusual way:
// its number does not say it.
const otherFirmware = "if the firmware is built with -mfloat-abi=softfp, as for RP2350 and i.MX RT101x up to 1.29: --float-abi softfp"

// ifHard is what the number of a device leaves open about a module's floats.
func (g goal) ifHard(f *mpytree.File) string {
	if g.device == nil || g.floats != "" || mpyfile.ArchName(g.device.Arch) != "armv7emsp" {
		return ""
	}
	if c, _ := inspect.FloatsDiffer(f, "softfp"); c == inspect.No {
		return ""
	}
	return "; its floats are right if the firmware is built with -mfloat-abi=hard, as most is (softfp: RP2350 and i.MX RT101x up to 1.29; for those add --float-abi softfp)"
}

// wrongFloats returns an error about a module that the firmware imports, but
// with which it exchanges floats in another way, or a warning if that may be
// so.
func (g goal) wrongFloats(name string, f *mpytree.File) (wrong, doubt *diag.Error) {
	c, why := inspect.FloatsDiffer(f, g.floatABI())
	switch {
	case c == inspect.No:
		return nil, nil
	case c == inspect.Maybe:
		doubt = diag.New(name, "%s imports it, but its floats may be wrong: %s", g.loader().Name, why)
		return nil, g.otherwise(doubt)
	}
	return g.otherwise(diag.New(name, "%s imports it, but its floats are wrong: %s", g.loader().Name, why)), nil
}

func (g goal) otherwise(e *diag.Error) *diag.Error {
	if g.floats == "" {
		return e.Note("compile and link it for the device's own architecture, %s", mpyfile.ArchName(g.device.Arch)).Note(otherFirmware)
	}
	return e.Note("compile with -mfloat-abi=%s, and link with --float-abi %s", g.floats, g.floats)
}
