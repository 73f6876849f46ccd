package mpyfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// Device is what a device says of itself in sys.implementation._mpy (mpy
// before MicroPython 1.19).
type Device struct {
	Number uint32
	ABI    *ABI
	Arch   byte // of header byte 2; 0 if the firmware loads no native code
	Flags  uint64

	Name    string   // of a board, "" if the number is all that is known
	release *Release // what the board runs
}

// On is a board with firmware of the release, whose architecture and extensions
// it has.
func (r *Release) On(arch *relocs.Machine, flags uint64, name string) *Device {
	abi := r.For(arch)
	if !r.ArchFlags || len(arch.Flags) == 0 {
		flags = 0
	}
	h := Header{Magic: abi.Magic, Version: abi.Version, Feature: abi.Sub | arch.Code<<ArchShift, ArchFlags: flags}
	return &Device{Number: h.Number(), ABI: abi, Arch: arch.Code, Flags: flags, Name: name + " with " + r.String(), release: r}
}

// ParseTarget understands what --target takes: a release ("1.24", "v1.24.1",
// "circuitpython-10.2") or a preview of one ("1.30-preview"), an ABI, which means its newest release
// ("6.1", "circuitpython-6.3"), "latest" and "circuitpython".
func ParseTarget(s string) (*Release, error) {
	name, circuit := strings.CutPrefix(strings.ToLower(s), "circuitpython")
	name = strings.TrimPrefix(name, "-")
	prefix := ""
	if circuit {
		prefix = "circuitpython-"
	} else {
		name = strings.TrimPrefix(name, "micropython-")
	}
	name = strings.Replace(strings.TrimPrefix(name, "v"), ".0-preview", "-preview", 1)
	var newest, before *Release
	for _, r := range Releases {
		if (r.ABI.Magic == MagicCircuit) != circuit {
			continue
		}
		if r.Number() == name || r.called(number(name)) || before != nil && r.previewed(name, before) {
			return r, nil
		}
		before = r
		abi := strings.TrimPrefix(r.ABI.Name, prefix)
		if name == abi || name == "latest" || name == "" && circuit {
			newest = r
		}
	}
	if newest != nil {
		return newest, nil
	}
	return nil, fmt.Errorf("%s is neither a release nor an ABI that mpyld knows", s)
}

// called reports whether a number is the release's, which it has before it is out.
func (r *Release) called(number string) bool {
	return number == strings.TrimSuffix(r.Number(), previewSuffix)
}

// previewed reports whether a name is that of previews of the release that are
// sure to be like it, since the release before it had its ABI too.
func (r *Release) previewed(name string, before *Release) bool {
	number, preview := strings.CutSuffix(name, previewSuffix)
	return preview && r.Number() == number && r.ABI == before.ABI && r.Config == before.Config
}

const previewSuffix = "-preview"

// number is the part of a version that names a release: patches change nothing
// that matters here.
func number(version string) string {
	if parts := strings.SplitN(version, ".", 3); len(parts) == 3 {
		if _, err := strconv.ParseUint(parts[2], 10, 8); err == nil {
			return parts[0] + "." + parts[1]
		}
	}
	return version
}

// ParseDevice understands the number that sys.implementation._mpy is, decimal or
// with 0x. CircuitPython has the same numbers as MicroPython; circuit says
// which it is.
func ParseDevice(s string, circuit bool) (*Device, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 0, 32)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number of 32 bits", s)
	}
	magic := byte(Magic)
	if circuit {
		magic = MagicCircuit
	}
	version, feature := byte(n), byte(n>>8)
	d := &Device{Number: uint32(n), Arch: feature >> ArchShift & ArchMask, Flags: n >> 16}
	if d.ABI = abiOf(magic, version, feature&3); d.ABI == nil || feature&0xc0 != 0 {
		return nil, fmt.Errorf("0x%x is .mpy version %d with header byte 2 0x%02x, which mpyld does not know", n, version, feature)
	}
	return d, nil
}

// NewestOn returns the newest release that can be what the device runs.
func (d *Device) NewestOn() *Release {
	for _, r := range slices.Backward(Releases) {
		if d.Runs(r) {
			return r
		}
	}
	return nil
}

// Runs reports whether a release's firmware can have said the number. The
// settings of version 5 are a port's own choice until 1.17.
func (d *Device) Runs(r *Release) bool {
	if arch := d.arch(); r.ABI != &abi5 || d.ABI != &abi5 || arch == nil {
		return d.ABI == r.ABI || d.ABI == &abi5Cache && r.ABIOf["x64"] == d.ABI
	} else {
		return r.For(arch) == d.ABI
	}
}

func (d *Device) arch() *relocs.Machine { return machines.ByCode(d.Arch) }

// Takes reports whether the device's loader accepts code of an architecture:
// its own, and of some families, whose codes are in order, any that is no richer.
func (d *Device) Takes(code byte) bool {
	if arch := machines.InFormat(d.Arch); arch != nil && arch.LoadsFrom != 0 {
		return arch.LoadsFrom <= code && code <= d.Arch
	}
	return code == d.Arch
}

// abiOf is the row with these header bytes, or nil.
func abiOf(magic, version, sub byte) *ABI {
	for _, abi := range ABIs {
		if abi.Magic == magic && abi.Version == version && abi.Sub == sub {
			return abi
		}
	}
	return nil
}
