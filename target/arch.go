package target

import (
	"strings"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

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
			return nil, diag.New("", "--arch %s: %s loads %s code", name, t.deviceName(), machines.Name(t.Device.Arch)).
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
	suggest(err, name, ArchNames())
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
	err := diag.New("", "the device (0x%04x) is %s, which nothing is linked for", d.Number, machines.Name(d.Arch))
	var others []string
	for _, m := range machines.All() {
		if d.Takes(m.Code) {
			others = append(others, m.Name)
		}
	}
	if len(others) == 0 {
		return nil, err.Note("mpy-cross compiles Python for it, its native code too")
	}
	return nil, err.Note("name another architecture that it loads with --arch: %s", strings.Join(others, ", "))
}

// WithFlags names the architectures with extensions that a module can say it needs.
func WithFlags() string {
	var names []string
	for _, a := range machines.All() {
		if len(a.Flags) > 0 {
			names = append(names, a.Name)
		}
	}
	return strings.Join(names, ", ")
}

// ArchNames names the architectures that modules can be linked for.
func ArchNames() []string {
	names := make([]string, len(machines.All()))
	for i, a := range machines.All() {
		names[i] = a.Name
	}
	return names
}
