package target

import (
	"mpyld/diag"
	"mpyld/inspect"
	"mpyld/mpytree"
	"mpyld/relocs/machines"
)

// floatABI is how the firmware passes floats, "" if that is not known: what it
// is called in a device's number leaves it open, but most are built alike.
func (t Target) floatABI() string {
	if t.Floats != "" || t.Device == nil {
		return t.Floats
	}
	if arch := machines.InFormat(t.Device.Arch); arch != nil {
		return arch.ABI.Floats
	}
	return ""
}

// CheckFloats is the error about a float ABI that code for the architecture of
// a link cannot have.
func (t Target) CheckFloats() error {
	arch := t.Arch
	switch {
	case arch.WithFloats(t.Floats) != nil:
		return nil
	case arch.ABI.Floats == "":
		return diag.New("", "--float-abi %s: all code for %s passes floats in one way", t.Floats, arch.Name).Note("leave it out")
	}
	return diag.New("", "--float-abi %s: code for %s passes floats in core registers", t.Floats, arch.Name).
		Note("link for armv7emsp or armv7emdp: such firmware loads that")
}

// otherFirmware is the remedy where firmware may be built in an unusual way:
// its number does not say it.
const otherFirmware = "if the firmware is built with -mfloat-abi=softfp, as for RP2350 and i.MX RT101x up to 1.29: --float-abi softfp"

// ifHard is what the number of a device leaves open about a module's floats.
func (t Target) ifHard(f *mpytree.File) string {
	if t.Device == nil || t.Floats != "" || machines.Name(t.Device.Arch) != "armv7emsp" {
		return ""
	}
	if c, _ := inspect.FloatsDiffer(f, "softfp"); c == inspect.No {
		return ""
	}
	return "; its floats are right if the firmware is built with -mfloat-abi=hard, as most is (softfp: RP2350 and i.MX RT101x up to 1.29; for those add --float-abi softfp)"
}

// WrongFloats returns an error about a module that the firmware imports, but
// with which it exchanges floats in another way, or a warning if that may be
// so.
func (t Target) WrongFloats(name string, f *mpytree.File) (wrong, doubt *diag.Error) {
	c, why := inspect.FloatsDiffer(f, t.floatABI())
	switch {
	case c == inspect.No:
		return nil, nil
	case c == inspect.Maybe:
		doubt = diag.New(name, "%s imports it, but its floats may be wrong: %s", t.Loader().Name, why)
		return nil, t.otherwise(doubt)
	}
	return t.otherwise(diag.New(name, "%s imports it, but its floats are wrong: %s", t.Loader().Name, why)), nil
}

func (t Target) otherwise(e *diag.Error) *diag.Error {
	if t.Floats == "" {
		return e.Note("compile and link it for the device's own architecture, %s", machines.Name(t.Device.Arch)).Note(otherFirmware)
	}
	return e.Note("compile with -mfloat-abi=%s, and link with --float-abi %s", t.Floats, t.Floats)
}
