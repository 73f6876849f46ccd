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
	Board    string // a chip or a board, in any spelling: "pico2", "ESP32_GENERIC_C3"
	FloatABI string // of the firmware: "hard", "softfp" or "soft"

	// Of links alone:
	Arch      string // or a board; "": the device's own, or x64
	ArchFlags string // extensions that the module needs, by name or number; "": those of its objects
}

// Given reports whether the options name any firmware.
func (o *Options) Given() bool { return o.Release != "" || o.Device != "" || o.Board != "" }

// Target is whom a module is for, with nothing left open.
type Target struct {
	*mpyfile.Release
	Device *mpyfile.Device // nil: any of the release
	Board  *machines.Board // what Device is, if that is known by name
	Floats string          // float ABI of its firmware; "": that of the architecture

	anyRelease bool // nobody said which the board runs

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
	t.anyRelease = o.Release == ""
	if o.Device == "" {
		return t, t.setBoard(o.Board)
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
	return t, t.nameDevice(o.Board)
}

// FindArch is Find with the architecture of a link and the extensions that it
// is to ask for.
func (o *Options) FindArch() (Target, error) {
	to := *o
	if board := boardOf(o.Arch); board != nil && o.Board == "" {
		to.Arch, to.Board = "", o.Arch
	}
	t, err := to.Find()
	if err != nil {
		return t, err
	}
	if t.Arch, err = t.findArch(to.Arch); err != nil {
		return t, err
	}
	if t.softFP() && t.Floats == "" && t.Arch.ABI.Floats == "hard" {
		t.Floats = "softfp"
	}
	if o.ArchFlags == "" {
		return t, nil
	}
	if t.ArchFlags, err = t.Arch.ParseFlags(o.ArchFlags); err != nil {
		e := diag.New("", "--arch-flags: %v", err)
		if len(t.Arch.Flags) == 0 {
			e = diag.New("", "--arch-flags %s: %s has no extensions; only %s has", o.ArchFlags, t.Arch.Name, WithFlags())
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

// LinkABI returns the ABI of a link.
func (t Target) LinkABI() *mpyfile.ABI {
	if t.Device != nil {
		return t.Device.ABI
	}
	return t.For(t.Arch)
}

// Header is that of a module for the architecture of a link.
func (t Target) Header() mpyfile.Header {
	f := mpyfile.File{ABI: t.LinkABI(), Arch: t.Arch, ArchFlags: t.ArchFlags}
	return f.Header()
}

// Loader is the loader of whom the module is for.
func (t Target) Loader() *mpyfile.Loader {
	if t.Device != nil {
		return t.Device.Loader()
	}
	return t.Release.Loader()
}

// Archs are the architectures whose code the device loads without getting floats
// wrong for it alone, the best first.
func (t Target) Archs() []string {
	var names []string
	for _, m := range slices.Backward(machines.All()) {
		if t.Device.Takes(m.Code) && t.Loads(m) && !(t.floatABI() == "softfp" && m.ABI.Floats == "hard") {
			names = append(names, m.Name)
		}
	}
	return names
}

// Names are the values of --target, for completion.
func Names() []string {
	names := append(ABINames(), "latest", "circuitpython")
	for _, r := range mpyfile.Releases {
		names = append(names, r.Name)
	}
	return names
}

// FloatABIs are the values of --float-abi.
func FloatABIs() []string { return relocs.FloatABIs }
