package mpyfile

import (
	"fmt"
	"slices"

	"mpyld/relocs/machines"
)

// Loader is the loader of some firmware: which headers it accepts
// (py/persistentcode.c: mp_raw_code_load).
type Loader struct {
	Name string // for messages

	abi          *ABI
	takes        func(code byte) bool   // whether code of an architecture runs
	settings     func(code byte) []byte // version 5: flags of firmware for an architecture
	instead      string                 // what it says to other architectures
	native       bool                   // it loads machine code of some architecture
	smallIntBits byte                   // 0: not known
	archFlags    uint64                 // extensions it has
	knowsFlags   bool                   // it can read the field
	relink       string                 // what makes a module for it
}

// A Refusal is why a loader does not take a file.
type Refusal struct {
	Message string // the loader's own, as import raises it
	Why     string // what in the header it is about
	Remedy  string
}

// What loaders say (py/persistentcode.c, MicroPython's and CircuitPython's).
const (
	SaysFile        = "ValueError: incompatible .mpy file"
	SaysArch        = "ValueError: incompatible .mpy arch"
	SaysUnsupported = "ValueError: native code in .mpy unsupported"
	SaysMicroPython = "ValueError: MicroPython .mpy file; use CircuitPython mpy-cross"
)

// FirmwareWithNative is the remedy where firmware loads no native code.
const FirmwareWithNative = "it needs firmware configured with native code, like MICROPY_EMIT_THUMB or MICROPY_PERSISTENT_CODE_LOAD_NATIVE"

// Loader is the release's, on whatever board suits the file.
func (r *Release) Loader() *Loader {
	return &Loader{
		Name: r.String(), abi: r.ABI, takes: r.takes, settings: r.settings,
		instead: r.String() + " has no firmware for that", native: true,
		archFlags: ^uint64(0), knowsFlags: r.ArchFlags,
		relink: "compile against the headers of " + r.String() + " and link with --target " + r.Name,
	}
}

func (r *Release) takes(code byte) bool {
	switch arch := machines.InFormat(code); {
	case arch == nil:
		return false
	case machines.ByCode(code) == nil:
		return arch.LoadedLike == "" || slices.Contains(r.Archs, arch.LoadedLike)
	default:
		return r.Loads(arch)
	}
}

// settings are a port's own choice, but on some architectures all ports made
// the same.
func (r *Release) settings(code byte) []byte {
	if arch := machines.InFormat(code); arch != nil && r.ABIOf[arch.Name] != nil {
		return []byte{r.ABIOf[arch.Name].Sub}
	}
	list := []byte{r.ABI.Sub}
	for _, abi := range r.ABIOf {
		if !slices.Contains(list, abi.Sub) {
			list = append(list, abi.Sub)
		}
	}
	return list
}

// Loader is the device's.
func (d *Device) Loader() *Loader {
	l := &Loader{
		Name: fmt.Sprintf("the device (0x%04x: .mpy %s, %s)", d.Number, d.ABI.Name, d.ABI.Releases),
		abi:  d.ABI, takes: d.Takes, settings: func(byte) []byte { return []byte{d.ABI.Sub} },
		native: d.Arch != 0, archFlags: d.Flags, knowsFlags: true,
		relink: fmt.Sprintf("link with --device 0x%04x", d.Number),
	}
	if d.release != nil {
		l.Name, l.knowsFlags = d.Name, d.release.ArchFlags
		l.relink = "compile and link for " + l.Name
	}
	l.instead = l.Name + " is " + machines.Name(d.Arch)
	if !l.native {
		l.instead = l.Name + " loads no native code"
	}
	if arch := machines.InFormat(d.Arch); arch != nil {
		l.smallIntBits = byte(8*arch.Word - 1)
		if arch.Word == 8 {
			l.smallIntBits = 63
		}
	}
	return l
}

// Refuses returns why the loader does not take a file, or nil if it does. Checks
// come in the loader's own order.
func (l *Loader) Refuses(h Header) *Refusal {
	native, version := h.ArchCode() != 0, l.abi.Version
	no := func(message, format string, args ...any) *Refusal {
		return &Refusal{message, fmt.Sprintf(format, args...), l.relink}
	}
	switch {
	case h.Magic != l.abi.Magic && h.Magic == Magic:
		return no(SaysMicroPython, "it is made for %s, not for %s", h.whose(), l.Name)
	case h.Magic != l.abi.Magic:
		return no(SaysFile, "it is made for %s, not for %s", h.whose(), l.Name)
	case h.Version != version:
		return no(SaysFile, "its mpy version is %d, and %s loads %d", h.Version, l.Name, version)
	case version == 5 && !slices.Contains(l.settings(h.ArchCode()), h.Sub()):
		has := fmt.Sprint(l.settings(h.ArchCode())[0])
		if native {
			has += " on " + machines.Name(h.ArchCode())
		}
		return no(SaysFile, "the flags in its header are %d, and %s has %s", h.Sub(), l.Name, has)
	case version == 6 && native && h.Sub() != l.abi.Sub:
		return no(SaysFile, "its native code is for .mpy 6.%d (%s), and %s has 6.%d", h.Sub(), h.whose(), l.Name, l.abi.Sub)
	case l.smallIntBits != 0 && h.SmallIntBits > l.smallIntBits:
		return no(SaysFile, "it needs small ints of %d bits, and %s has %d", h.SmallIntBits, l.Name, l.smallIntBits)
	case !native:
		return nil
	case !l.takes(h.ArchCode()):
		if !l.native && version == 6 && l.abi.Sub > 0 {
			return &Refusal{SaysUnsupported, "it has native code, and " + l.Name + " loads none", FirmwareWithNative}
		}
		return no(SaysArch, "it is native code for %s, and %s", machines.Name(h.ArchCode()), l.instead)
	case h.flagged():
		return l.refusesFlags(h)
	}
	return nil
}

// refusesFlags compares extensions. Loaders that do not know of them take their
// bit for one of the architecture.
func (l *Loader) refusesFlags(h Header) *Refusal {
	const remedy = "link with --arch-flags 0, if the code does not need them after all"
	arch := machines.InFormat(h.ArchCode())
	switch missing := h.ArchFlags &^ l.archFlags; {
	case !l.knowsFlags:
		return &Refusal{SaysArch, fmt.Sprintf("it says that it needs %s, which %s cannot read", arch.FlagNames(h.ArchFlags), l.Name), remedy}
	case arch == nil || len(arch.Flags) == 0:
		return &Refusal{SaysFile, "it says that it needs extensions, and " + machines.Name(h.ArchCode()) + " has none", remedy}
	case missing != 0:
		return &Refusal{SaysFile, fmt.Sprintf("it needs %s, which %s does not have", arch.FlagNames(missing), l.Name), remedy}
	}
	return nil
}

// whose names the firmware that a file is for, as narrowly as its header does.
func (h Header) whose() string {
	switch abi := h.ABI(); {
	case abi != nil:
		return abi.Releases
	case h.Magic == MagicCircuit:
		return "CircuitPython"
	}
	return "MicroPython"
}

// Accepting returns the releases whose loaders take a file, in the order of
// Releases.
func Accepting(h Header) []*Release {
	var list []*Release
	for _, r := range Releases {
		if r.Loader().Refuses(h) == nil {
			list = append(list, r)
		}
	}
	return list
}
