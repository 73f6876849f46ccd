package resolve

import (
	"strings"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// An object that was compiled for more than the target's core has, or for another way
// of passing arguments, would link, load and then crash. Compilers leave in each object
// what it was compiled for (elfload reads it as relocs.Facts), and the machine's rows
// say what of it the target cannot run.
//
//	cc -mcpu=cortex-m4 -mfloat-abi=hard    Tag_CPU_arch 13, Tag_ABI_VFP_args 1
//	--arch armv7m                          "is compiled for Armv7E-M, to pass floats in FPU registers"

// checkABI refuses an object that the architecture cannot run or that passes
// arguments in another way.
func (r *Program) checkABI(obj *elfload.Object, errs *diag.List) {
	abi := &r.Machine.ABI
	var found diag.List
	if f := obj.OtherISA; f.Sect != 0 {
		found.Add(linkmap.At(obj.Name, obj.Sections[f.Sect].Name, f.Off), "%s", abi.OtherISAWhy)
	}
	if abi.Incompatible != nil {
		if what := abi.Incompatible(&obj.Facts, r.extensions()); len(what) > 0 {
			e := found.Add(obj.Name, "is compiled %s, which --arch %s cannot run", strings.Join(what, ", "), r.target())
			if flags := r.In.Arch.FlagsOf(obj.ISA); r.In.NoExtensions && flags != 0 {
				e.Note("firmware of this release does not check for %s: devices without it would import the module, and crash", r.In.Arch.FlagNames(flags))
			}
		}
	}
	for _, e := range found {
		if strings.Contains(obj.Name, "(") {
			e.Note("take the library that goes with %s (--print-libgcc-file-name, --print-file-name=libm.a)", abi.Compile)
		} else {
			e.Note("compile with %s", abi.Compile)
			if floats := r.floatsOf(obj); floats != "" {
				e.Note("firmware that is built with -mfloat-abi=%s takes it: link for that with --float-abi %s", floats, floats)
			}
		}
		if !r.In.AllowABIMismatch {
			e.Note("--allow-abi-mismatch links it all the same")
		}
	}
	if r.In.AllowABIMismatch {
		r.Warnings = append(r.Warnings, found...)
	} else {
		*errs = append(*errs, found...)
	}
}

// target is the architecture and what of it is not as usual.
func (r *Program) target() string {
	if r.In.FloatABI != "" {
		return r.In.Arch.Name + " --float-abi " + r.In.FloatABI
	}
	return r.In.Arch.Name
}

// floatsOf returns the float ABI with which an object would be fit, or "".
func (r *Program) floatsOf(obj *elfload.Object) string {
	for _, floats := range relocs.FloatABIs {
		m := r.In.Arch.WithFloats(floats)
		if obj.OtherISA.Sect == 0 && m != nil && m.ABI.Floats != r.Machine.ABI.Floats && m.ABI.Incompatible != nil && len(m.ABI.Incompatible(&obj.Facts, r.extensions())) == 0 {
			return floats
		}
	}
	return ""
}

// extensions are those that objects may be compiled for.
func (r *Program) extensions() []string {
	if r.In.NoExtensions {
		return nil
	}
	return r.In.Arch.Flags
}

// checkFirmware warns about firmware that calls functions in another way than
// the module: that is right for functions which nothing of it applies to, such
// as one without floats, and the device may well run modules of either kind.
func (r *Program) checkFirmware() {
	if r.Machine.ABI.Calls == nil {
		return
	}
	for i := range r.In.Firmware {
		fw := &r.In.Firmware[i]
		r.checkFirmwareAgreement(fw)
		if what := r.Machine.ABI.Calls(&fw.Facts); len(what) > 0 {
			r.Warnings.Add(fw.File, "the firmware is compiled %s, unlike modules for --arch %s", strings.Join(what, ", "), r.target()).
				Note("link for the --arch and --float-abi of the firmware, or call only its functions that do not depend on it")
		}
	}
}
