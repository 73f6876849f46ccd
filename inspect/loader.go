package inspect

import (
	"fmt"
	"slices"

	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// Loader is a firmware as its loader: what it accepts (py/persistentcode.c,
// mp_raw_code_load).
type Loader struct {
	Name    string // for messages
	Maker   byte
	Version byte
	Sub     byte
	Flags5  []byte   // version 5: feature flags that some port has
	Arch    byte     // of a device; 0: it loads no native code
	Archs   []string // of a release: those that some firmware of it has

	ArchFlags    uint64 // those it has
	KnowsFlags   bool   // it can read the field
	SmallIntBits byte   // 0: not known
	takes        func(code byte) bool
}

// No is why a loader does not take a file.
type No struct {
	Says string // the exception that import raises
	Why  string
}

// What loaders say (py/persistentcode.c; CircuitPython's py/persistentcode.c).
const (
	saysFile        = "ValueError: incompatible .mpy file"
	saysArch        = "ValueError: incompatible .mpy arch"
	saysUnsupported = "ValueError: native code in .mpy unsupported"
	saysMicroPython = "ValueError: MicroPython .mpy file; use CircuitPython mpy-cross"
)

// ReleaseLoader is the loader of a release, on whatever board suits the file.
func ReleaseLoader(r *mpyfile.Release) *Loader {
	l := &Loader{
		Name: r.String(), Maker: r.ABI.Magic, Version: r.ABI.Version, Sub: r.ABI.Sub, Archs: r.Archs,
		ArchFlags: ^uint64(0), KnowsFlags: r.ArchFlags,
	}
	if l.Version == 5 {
		l.Flags5 = []byte{r.ABI.Sub}
		for _, abi := range r.ABIOf {
			if !slices.Contains(l.Flags5, abi.Sub) {
				l.Flags5 = append(l.Flags5, abi.Sub)
			}
		}
	}
	return l
}

// DeviceLoader is the loader of a device.
func DeviceLoader(d *mpyfile.Device) *Loader {
	l := &Loader{
		Name:  fmt.Sprintf("the device (0x%04x: .mpy %s, %s)", d.Number, d.ABI.Name, d.ABI.Releases),
		Maker: d.ABI.Magic, Version: d.ABI.Version, Sub: d.ABI.Sub, Arch: d.Arch,
		ArchFlags: d.Flags, KnowsFlags: true, takes: d.Takes,
	}
	if l.Version == 5 {
		l.Flags5 = []byte{d.ABI.Sub}
	}
	like := &mpytree.File{Version: 6, Feature: d.Arch << mpyfile.ArchShift}
	l.SmallIntBits = map[int]byte{4: 31, 8: 63}[like.Word()] // 0 if the architecture is not known
	return l
}

// Refuses returns why a loader does not take a file, or nil if it does. Checks
// come in the loader's own order.
func Refuses(f *mpytree.File, l *Loader) *No {
	native := f.ArchCode() != 0
	switch {
	case f.Maker != l.Maker && f.Maker == mpytree.MicroPython:
		return &No{saysMicroPython, "it is made for MicroPython, and " + l.Name + " runs CircuitPython"}
	case f.Maker != l.Maker:
		return &No{saysFile, "it is made for CircuitPython, and " + l.Name + " runs MicroPython"}
	case f.Version != l.Version:
		return &No{saysFile, fmt.Sprintf("its mpy version is %d, and %s loads %d", f.Version, l.Name, l.Version)}
	case l.Version == 5 && !slices.Contains(l.Flags5, f.Feature&3):
		return &No{saysFile, fmt.Sprintf("the flags in its header are %d, and %s has %d", f.Feature&3, l.Name, l.Flags5[0])}
	case l.Version == 6 && native && f.Sub() != l.Sub:
		return &No{saysFile, fmt.Sprintf("its native code is for .mpy 6.%d, and %s has 6.%d", f.Sub(), l.Name, l.Sub)}
	case l.SmallIntBits != 0 && f.SmallIntBits > l.SmallIntBits:
		return &No{saysFile, fmt.Sprintf("it needs small ints of %d bits, and %s has %d", f.SmallIntBits, l.Name, l.SmallIntBits)}
	case !native:
		return nil
	case !l.accepts(f):
		if l.Archs == nil && l.Arch == 0 && l.Version == 6 && l.Sub > 0 {
			return &No{saysUnsupported, "it has native code, and " + l.Name + " loads none"}
		}
		return &No{saysArch, fmt.Sprintf("it is native code for %s, and %s", f.ArchName(), l.archs())}
	case f.Feature&mpyfile.ArchFlagsBit != 0 && f.Version == 6 && !l.KnowsFlags:
		return &No{saysArch, "it says which extensions it needs, which " + l.Name + " cannot read"}
	case f.Feature&mpyfile.ArchFlagsBit != 0 && f.Version == 6 && f.ArchName() != "rv32imc":
		return &No{saysFile, "it says that it needs extensions, which only rv32imc has"}
	case f.ArchFlags&^l.ArchFlags != 0:
		return &No{saysFile, fmt.Sprintf("it needs extensions (flags 0x%x) that %s does not have", f.ArchFlags&^l.ArchFlags, l.Name)}
	}
	return nil
}

// accepts says whether the loader takes the file's architecture.
func (l *Loader) accepts(f *mpytree.File) bool {
	if l.takes != nil {
		return l.takes(f.ArchCode())
	}
	switch name := f.ArchName(); name {
	case "armv6": // firmware for it is rare, but there is some of each release
		return true
	case "armv7em":
		return slices.Contains(l.Archs, "armv7emsp")
	default:
		return slices.Contains(l.Archs, name)
	}
}

// archs says what a loader takes instead.
func (l *Loader) archs() string {
	if l.takes == nil {
		return l.Name + " has no firmware for that"
	}
	other := &mpytree.File{Version: 6, Feature: l.Arch << mpyfile.ArchShift}
	if l.Arch == 0 {
		return l.Name + " loads no native code"
	}
	return l.Name + " is " + other.ArchName()
}
