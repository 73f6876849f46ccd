package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// targetOptions is what the options that say whom a module is for set.
type targetOptions struct {
	target string
	device string
	floats string // float ABI of the firmware
}

func (o *targetOptions) flags() []cli.Flag {
	return []cli.Flag{
		&option{"target", "", "TARGET", "for a MicroPython release (" + span("MicroPython") + ", latest), the newest release of an ABI (" + strings.Join(abiNames(), ", ") + "), or circuitpython[-RELEASE]; mpyld targets lists them", setText(&o.target)},
		&option{"device", "", "NUMBER", "for the device whose sys.implementation._mpy (before 1.19: .mpy) is NUMBER, decimal or 0x...; also called --device-mpy", setText(&o.device)},
		&option{"device-mpy", "", "NUMBER", "the same as --device", setText(&o.device)},
		&option{"float-abi", "", "ABI", "for firmware that is built with -mfloat-abi=ABI: hard, softfp or soft (default: as is usual for the architecture)", setText(&o.floats)},
	}
}

// given reports whether any option says whom a module is for.
func (o *targetOptions) given() bool { return o.target != "" || o.device != "" }

// goal is whom a module is for, with nothing left open.
type goal struct {
	*mpyfile.Release
	device *mpyfile.Device // nil: any of the release
	floats string          // float ABI of its firmware; "": that of the architecture
}

// find returns what the options mean. The error is one of the command line.
func (o *targetOptions) find() (goal, error) {
	g := goal{Release: mpyfile.Newest, floats: o.floats}
	if o.floats != "" && !slices.Contains(relocs.FloatABIs, o.floats) {
		return g, diag.New("", "--float-abi %s: there is no such float ABI", o.floats).Note("it is one of %s", strings.Join(relocs.FloatABIs, ", "))
	}
	if o.target != "" {
		r, err := mpyfile.ParseTarget(o.target)
		if err != nil {
			return g, diag.New("", "--target %v", err).Note("%s", knownTargets())
		}
		g.Release = r
	}
	if o.device == "" {
		return g, nil
	}
	d, err := mpyfile.ParseDevice(o.device, g.ABI.Magic == mpyfile.MagicCircuit)
	if err != nil {
		return g, diag.New("", "--device: %v", err).
			Note("it takes what the device prints for: import sys; print(sys.implementation._mpy)")
	}
	g.device = d
	switch {
	case o.target == "":
		g.Release = d.NewestOn()
	case !d.Runs(g.Release):
		return g, diag.New("", "--target %s: the device (0x%04x) runs %s (.mpy %s)", o.target, d.Number, d.ABI.Releases, d.ABI.Name).
			Note("leave --target out")
	}
	return g, nil
}

// knownTargets names the targets there are.
func knownTargets() string {
	return "the targets are " + span("MicroPython") + ", " + span("CircuitPython") +
		", and the ABIs " + strings.Join(abiNames(), ", ") + ": see mpyld targets"
}

// span names the first and the last release of a system.
func span(system string) string {
	var names []string
	for _, r := range mpyfile.Releases {
		if r.System() == system {
			names = append(names, r.Name)
		}
	}
	return names[0] + " to " + names[len(names)-1]
}

// abiNames names the ABIs of MicroPython, oldest first.
func abiNames() []string {
	var names []string
	for _, r := range mpyfile.Releases {
		if r.System() == "MicroPython" {
			names = append(names, r.ABI.Name)
		}
	}
	return slices.Compact(names)
}

// arch returns the architecture of a link: the one that --arch names, else the
// device's own, else x64.
func (g goal) arch(name string) (*mpyfile.Arch, error) {
	if name == "" {
		name = "x64"
		if g.device != nil {
			return g.deviceArch()
		}
	}
	arch := mpyfile.ArchByName(name)
	if arch == nil {
		return nil, noSuchArch(name)
	}
	if g.device != nil {
		if g.device.Arch == 0 {
			return g.deviceArch()
		}
		if !g.device.Takes(arch.Code) {
			return nil, diag.New("", "--arch %s: the device (0x%04x) loads %s code", name, g.device.Number, mpyfile.ArchName(g.device.Arch)).
				Note("leave --arch out to link for the device's own architecture")
		}
		return arch, nil
	}
	if first := g.since(arch); first != "" {
		return nil, diag.New("", "--arch %s: no firmware of %s loads such code", name, g.Release).Note("%s", first)
	}
	return arch, nil
}

// noSuchArch is the error about a name that is none of an architecture.
func noSuchArch(name string) error {
	err := diag.New("", "--arch %s: there is no such architecture", name)
	called, never := mpyfile.ArchCalled(name)
	like := diag.Closest(name, archNames())
	switch {
	case never:
		err.Note("no firmware of MicroPython loads native code of it")
	case called != nil && called.Name != like:
		err.Note("firmware for %s loads modules for --arch %s", name, called.Name)
	case like != "":
		err.Note("did you mean %s?", like)
	}
	return err.Note("mpyld links for %s", strings.Join(archNames(), ", "))
}

// since says from when on a release loads code of an architecture, or "" if
// this one does.
func (g goal) since(arch *mpyfile.Arch) string {
	for _, r := range mpyfile.Releases {
		if r.System() != g.System() {
			continue
		}
		for _, name := range r.Archs {
			if name == arch.Name {
				if g.Loads(arch) {
					return ""
				}
				return "the first that does is " + r.String()
			}
		}
	}
	return "no release of " + g.System() + " does"
}

func (g goal) deviceArch() (*mpyfile.Arch, error) {
	d := g.device
	if d.Arch == 0 {
		return nil, diag.New("", "the device (0x%04x) runs firmware that loads no native code", d.Number).
			Note("%s", mpyfile.FirmwareWithNative)
	}
	if arch := mpyfile.ArchByCode(d.Arch); arch != nil {
		return arch, nil
	}
	return nil, diag.New("", "the device (0x%04x) is %s, which nothing is linked for", d.Number, mpyfile.ArchName(d.Arch)).
		Note("name another architecture that it loads with --arch: armv7em devices load armv7m")
}

// abi returns the ABI of a link.
func (g goal) abi(arch *mpyfile.Arch) *mpyfile.ABI {
	if g.device != nil {
		return g.device.ABI
	}
	return g.For(arch)
}

// loader is the loader of whom the module is for.
func (g goal) loader() *mpyfile.Loader {
	if g.device != nil {
		return g.device.Loader()
	}
	return g.Loader()
}
