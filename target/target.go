// Package target answers whom a module is for: which release or device, which
// architecture, and whether its loader takes a file.
//
// It stands apart because links, checks and the table of targets all ask, and
// must not disagree. It must never know a relocation, nor what is in code: rows
// of releases are in mpyfile.
package target

import (
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// Options are whom a module is for as a command line says it. What is empty is
// left open.
type Options struct {
	Release  string // "1.24", "latest", an ABI's name, "circuitpython-9"
	Device   string // what sys.implementation._mpy is there, in digits
	FloatABI string // of the firmware: "hard", "softfp" or "soft"

	// Of links alone:
	Arch      string // "": the device's own, or x64
	ArchFlags string // extensions that the module needs, by name or number; "": those of its objects
}

// Given reports whether the options name any firmware.
func (o *Options) Given() bool { return o.Release != "" || o.Device != "" }

// Target is whom a module is for, with nothing left open.
type Target struct {
	*mpyfile.Release
	Device *mpyfile.Device // nil: any of the release
	Floats string          // float ABI of its firmware; "": that of the architecture

	// Of links alone:
	Arch      *relocs.Machine
	ArchFlags uint64 // extensions that the options ask for
}

// Find returns what the options mean, without an architecture. Its errors, and
// those of FindArch, are mistakes in the options.
func (o *Options) Find() (Target, error) {
	t := Target{Release: mpyfile.Newest, Floats: o.FloatABI}
	if o.FloatABI != "" && !slices.Contains(relocs.FloatABIs, o.FloatABI) {
		return t, diag.New("", "--float-abi %s: there is no such float ABI", o.FloatABI).Note("it is one of %s", strings.Join(relocs.FloatABIs, ", "))
	}
	if o.Release != "" {
		r, err := mpyfile.ParseTarget(o.Release)
		if err != nil {
			return t, diag.New("", "--target %v", err).Note("%s", known())
		}
		t.Release = r
	}
	if o.Device == "" {
		return t, nil
	}
	d, err := mpyfile.ParseDevice(o.Device, t.ABI.Magic == mpyfile.MagicCircuit)
	if err != nil {
		return t, diag.New("", "--device: %v", err).
			Note("it takes what the device prints for: import sys; print(sys.implementation._mpy)")
	}
	t.Device = d
	switch {
	case o.Release == "":
		t.Release = d.NewestOn()
	case !d.Runs(t.Release):
		return t, diag.New("", "--target %s: the device (0x%04x) runs %s (.mpy %s)", o.Release, d.Number, d.ABI.Releases, d.ABI.Name).
			Note("leave --target out")
	}
	return t, nil
}

// FindArch is Find with the architecture of a link and the extensions that it
// is to ask for.
func (o *Options) FindArch() (Target, error) {
	t, err := o.Find()
	if err != nil {
		return t, err
	}
	if t.Arch, err = t.findArch(o.Arch); err != nil || o.ArchFlags == "" {
		return t, err
	}
	if t.ArchFlags, err = t.Arch.ParseFlags(o.ArchFlags); err != nil {
		e := diag.New("", "--arch-flags: %v", err)
		if len(t.Arch.Flags) == 0 {
			e = diag.New("", "--arch-flags %s: %s has no extensions; only rv32imc has", o.ArchFlags, t.Arch.Name)
		}
		return t, e
	}
	if t.ArchFlags != 0 && !t.Release.ArchFlags {
		return t, diag.New("", "--arch-flags %s: %s cannot read them", o.ArchFlags, t).
			Note("leave it out: nothing checks there what the device has")
	}
	return t, nil
}

// known names the targets there are.
func known() string {
	return "the targets are " + Span("MicroPython") + ", " + Span("CircuitPython") +
		", and the ABIs " + strings.Join(ABINames(), ", ") + ": see mpyld targets"
}

// Span names the first and the last release of a system.
func Span(system string) string {
	var names []string
	for _, r := range mpyfile.Releases {
		if r.System() == system {
			names = append(names, r.Name)
		}
	}
	return names[0] + " to " + names[len(names)-1]
}

// ABINames names the ABIs of MicroPython, oldest first.
func ABINames() []string {
	var names []string
	for _, r := range mpyfile.Releases {
		if r.System() == "MicroPython" {
			names = append(names, r.ABI.Name)
		}
	}
	return slices.Compact(names)
}

// findArch returns the architecture of a link: the one that --arch names, else the
// device's own, else x64.
func (t Target) findArch(name string) (*relocs.Machine, error) {
	if name == "" {
		name = "x64"
		if t.Device != nil {
			return t.deviceArch()
		}
	}
	arch := machines.For(name)
	if arch == nil {
		return nil, noSuchArch(name)
	}
	if t.Device != nil {
		if t.Device.Arch == 0 {
			return t.deviceArch()
		}
		if !t.Device.Takes(arch.Code) {
			return nil, diag.New("", "--arch %s: the device (0x%04x) loads %s code", name, t.Device.Number, machines.Name(t.Device.Arch)).
				Note("leave --arch out to link for the device's own architecture")
		}
		return arch, nil
	}
	if first := t.since(arch); first != "" {
		return nil, diag.New("", "--arch %s: no firmware of %s loads such code", name, t.Release).Note("%s", first)
	}
	return arch, nil
}

// noSuchArch is the error about a name that is none of an architecture.
func noSuchArch(name string) error {
	err := diag.New("", "--arch %s: there is no such architecture", name)
	called, never := machines.Called(name)
	like := diag.Closest(name, ArchNames())
	switch {
	case never:
		err.Note("no firmware of MicroPython loads native code of it")
	case called != nil && called.Name != like:
		err.Note("firmware for %s loads modules for --arch %s", name, called.Name)
	case like != "":
		err.Note("did you mean %s?", like)
	}
	return err.Note("mpyld links for %s", strings.Join(ArchNames(), ", "))
}

// since says from when on a release loads code of an architecture, or "" if
// this one does.
func (t Target) since(arch *relocs.Machine) string {
	for _, r := range mpyfile.Releases {
		if r.System() != t.System() {
			continue
		}
		for _, name := range r.Archs {
			if name == arch.Name {
				if t.Loads(arch) {
					return ""
				}
				return "the first that does is " + r.String()
			}
		}
	}
	return "no release of " + t.System() + " does"
}

func (t Target) deviceArch() (*relocs.Machine, error) {
	d := t.Device
	if d.Arch == 0 {
		return nil, diag.New("", "the device (0x%04x) runs firmware that loads no native code", d.Number).
			Note("%s", mpyfile.FirmwareWithNative)
	}
	if arch := machines.ByCode(d.Arch); arch != nil {
		return arch, nil
	}
	return nil, diag.New("", "the device (0x%04x) is %s, which nothing is linked for", d.Number, machines.Name(d.Arch)).
		Note("name another architecture that it loads with --arch: armv7em devices load armv7m")
}

// LinkABI returns the ABI of a link.
func (t Target) LinkABI() *mpyfile.ABI {
	if t.Device != nil {
		return t.Device.ABI
	}
	return t.For(t.Arch)
}

// Loader is the loader of whom the module is for.
func (t Target) Loader() *mpyfile.Loader {
	if t.Device != nil {
		return t.Device.Loader()
	}
	return t.Release.Loader()
}

// ArchNames names the architectures that modules can be linked for.
func ArchNames() []string {
	names := make([]string, len(machines.All))
	for i, a := range machines.All {
		names[i] = a.Name
	}
	return names
}
