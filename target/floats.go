package target

import (
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/inspect"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// floatABI is how the firmware passes floats, "" if that is not known: what it
// is called in a device's number leaves it open, but most are built alike.
func (t Target) floatABI() string {
	switch {
	case t.Floats != "" || t.Device == nil:
		return t.Floats
	case t.softFP():
		return "softfp"
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
		Note("link for %s: such firmware loads that", strings.Join(archsWith(t.Floats), " or "))
}

// archsWith names the architectures with code for a float ABI.
func archsWith(floats string) (names []string) {
	for _, m := range machines.All() {
		if m.ABI.Floats != "" && m.WithFloats(floats) != nil {
			names = append(names, m.Name)
		}
	}
	return names
}

// otherFirmware is the remedy where firmware may be built in an unusual way:
// its number does not say it.
func otherFirmware(arch *relocs.Machine) string {
	as := ""
	if arch.SoftFP != "" {
		as = ", as for " + arch.SoftFP
	}
	return "if the firmware is built with -mfloat-abi=softfp" + as + ": --float-abi softfp"
}

// ifHard is what the number of a device leaves open about a module's floats.
func (t Target) ifHard(f *mpytree.File) string {
	if t.Device == nil || t.Board != nil || t.Floats != "" {
		return ""
	}
	arch := machines.InFormat(t.Device.Arch)
	if arch == nil || arch.SoftFP == "" {
		return ""
	}
	if c, _ := inspect.FloatsDiffer(f, "softfp"); c == inspect.No {
		return ""
	}
	return "; its floats are right if the firmware is built with -mfloat-abi=hard, as most is (softfp: " + arch.SoftFP + "; for those add --float-abi softfp)"
}

// WrongFloats returns an error about a module that the firmware imports, but
// with which it exchanges floats in another way, or a warning if that may be
// so.
func (t Target) WrongFloats(name string, f *mpytree.File) (wrong, doubt *diag.Error) {
	if t.softOrHard() {
		return nil, t.byRelease(name, f)
	}
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

// softFP reports whether the firmware passes floats in core registers, which its
// number does not say.
func (t Target) softFP() bool {
	if t.Board == nil || t.anyRelease || t.Board.SoftFP[0] == "" {
		return false
	}
	if t.System() == "CircuitPython" {
		return true
	}
	in := func(name string) int {
		return slices.IndexFunc(mpyfile.Releases, func(r *mpyfile.Release) bool { return r.Name == name })
	}
	at := in(t.Name)
	return in(t.Board.SoftFP[0]) <= at && at <= in(t.Board.SoftFP[1])
}

// softOrHard reports whether the firmware passes floats in core registers or
// not by its release, which is not known.
func (t Target) softOrHard() bool {
	return t.Floats == "" && t.Board != nil && t.anyRelease && t.Board.SoftFP[0] != ""
}

// byRelease is the warning about a module that exchanges floats with firmware of
// some releases as others do not.
func (t Target) byRelease(name string, f *mpytree.File) *diag.Error {
	for _, floats := range []string{"softfp", "hard"} {
		if c, why := inspect.FloatsDiffer(f, floats); c != inspect.No {
			return diag.New(name, "its floats may be wrong: %s", why).
				Note("firmware of MicroPython %s to %s for %s is built with -mfloat-abi=softfp, later with hard: --target tells which it is", t.Board.SoftFP[0], t.Board.SoftFP[1], t.Board.Name)
		}
	}
	return nil
}

func (t Target) otherwise(e *diag.Error) *diag.Error {
	if t.softFP() {
		return e.Note("compile with -mfloat-abi=softfp and link with --board %s, or for %s", t.Board.Name, machines.InFormat(t.Device.Arch).SoftFPTakes)
	}
	if t.Floats == "" {
		if t.Board != nil {
			return e.Note("compile and link it for the board's own architecture, %s", machines.Name(t.Device.Arch))
		}
		return e.Note("compile and link it for the device's own architecture, %s", machines.Name(t.Device.Arch)).Note("%s", otherFirmware(machines.InFormat(t.Device.Arch)))
	}
	return e.Note("compile with -mfloat-abi=%s, and link with --float-abi %s", t.Floats, t.Floats)
}
