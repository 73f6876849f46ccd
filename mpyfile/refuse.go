package mpyfile

import "fmt"

// A Refusal is why a loader does not take a file.
type Refusal struct {
	Message string // the loader's own, as import raises it
	Why     string // what in the file it is about
	Remedy  string
}

// What loaders say (py/persistentcode.c: mp_raw_code_load).
const (
	saysFile        = "ValueError: incompatible .mpy file"
	saysArch        = "ValueError: incompatible .mpy arch"
	saysUnsupported = "ValueError: native code in .mpy unsupported"
	saysMicroPython = "ValueError: MicroPython .mpy file; use CircuitPython mpy-cross"
)

// Refuses returns why the firmware of a release does not load a module, or nil
// if it does on the right architecture.
func (r *Release) Refuses(f *File) *Refusal {
	if refusal := r.refusesABI(f); refusal != nil {
		return refusal
	}
	if !r.Loads(f.Arch) {
		return &Refusal{saysArch, fmt.Sprintf("no firmware of %s runs %s code", r, f.Arch.Name), relink(r)}
	}
	if f.ArchFlags == 0 || r.ArchFlags {
		return nil
	}
	// Older loaders take the bit of the flags for one of the architecture.
	return &Refusal{
		saysArch, fmt.Sprintf("it says that it needs %s, which %s cannot read", f.Arch.FlagNames(f.ArchFlags), r),
		"link with --arch-flags 0, if the code does not need them after all",
	}
}

// refusesABI compares what the file's ABI and the release's say about a file
// in general: the loader's first checks.
func (r *Release) refusesABI(f *File) *Refusal {
	abi := r.For(f.Arch)
	switch {
	case f.ABI == abi:
		return nil
	case abi.Magic == MagicCircuit && f.ABI.Magic == Magic:
		return &Refusal{saysMicroPython, "it is made for " + f.ABI.Releases, relink(r)}
	case f.ABI.Version == 5 && abi.Version == 5:
		return &Refusal{
			saysFile, fmt.Sprintf("header byte 2 has the flags %d, this firmware's are %d (%s)", f.ABI.Sub, abi.Sub, abi.Releases),
			relink(r),
		}
	}
	return &Refusal{saysFile, fmt.Sprintf("it is made for %s (.mpy %s), not for .mpy %s", f.ABI.Releases, f.ABI.Name, abi.Name), relink(r)}
}

func relink(r *Release) string {
	return "compile against the headers of " + r.String() + " and link with --target " + r.Name
}
