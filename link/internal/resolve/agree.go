package resolve

import (
	"strings"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Two objects that were compiled for other sizes of enum or wchar_t have other
// ideas of one struct:
//
//	struct rec { enum kind k; unsigned char n; };   n is at 1 or at 4
//
// GNU ld warns of that. Here it is an error between objects of the command line,
// which are one program. Toolchains compile their libraries once, for functions
// without such data: about members of an archive there is a warning, one for each
// archive, and none about the helpers of compilers.

// agreed is what the first object that says something of an attribute says.
type agreed struct {
	value   uint64
	setting relocs.Setting
	by      string          // the object
	warned  map[string]bool // archives
}

// checkAgreement compares an object that comes in with those before it.
func (r *Program) checkAgreement(obj *elfload.Object, errs *diag.List) {
	library, _, member := strings.Cut(obj.Name, "(")
	if member && (r.support != nil && library == r.support.Name || onlyReserved(obj)) {
		return
	}
	for i := range r.Machine.ABI.Agree {
		row := &r.Machine.ABI.Agree[i]
		value := obj.Facts.Number(row.Tag)
		setting, ok := row.Setting(value)
		if !ok {
			continue
		}
		a, before := r.agreed[row.Tag]
		switch {
		case !before:
			r.agreed[row.Tag] = agreed{value, setting, obj.Name, map[string]bool{}}
		case a.value == value || a.warned[library]:
		case member:
			a.warned[library] = true
			r.Warnings.Add(obj.Name, "is compiled for %s, but %s for %s", setting, a.by, a.setting).
				Note("if they share such data, it is misread: %s", alike(setting, a.setting))
		default:
			e := diag.New(obj.Name, "is compiled for %s, but %s for %s: they misread each other's data", setting, a.by, a.setting).
				Note("%s", alike(setting, a.setting))
			if r.In.AllowABIMismatch {
				r.Warnings = append(r.Warnings, e)
			} else {
				*errs = append(*errs, e.Note("if they share no such data, --allow-abi-mismatch links it all the same"))
			}
		}
	}
}

// alike is the remedy for objects with two settings.
func alike(a, b relocs.Setting) string {
	if a.Flag == "" || b.Flag == "" {
		return "compile all objects and libraries alike"
	}
	return "compile all objects and libraries with " + a.Flag + ", or all with " + b.Flag
}

// checkFirmwareAgreement warns about firmware that differs from the objects.
func (r *Program) checkFirmwareAgreement(fw *linkmap.Firmware) {
	for i := range r.Machine.ABI.Agree {
		row := &r.Machine.ABI.Agree[i]
		value := fw.Facts.Number(row.Tag)
		setting, ok := row.Setting(value)
		if a, said := r.agreed[row.Tag]; ok && said && a.value != value {
			r.Warnings.Add(fw.File, "the firmware is compiled for %s, but %s for %s", setting, a.by, a.setting).
				Note("if they share such data, it is misread: compile the module as the firmware is")
		}
	}
}

// onlyReserved reports whether all that an object defines has names that are for
// the helpers of compilers, like __aeabi_idiv: those take and return plain numbers
// (ISO C, "Reserved identifiers").
func onlyReserved(obj *elfload.Object) bool {
	for i := obj.Locals; i < len(obj.Symbols); i++ {
		s := &obj.Symbols[i]
		if s.Where != elfload.Undefined && !s.Local() && (!strings.HasPrefix(s.Name, "__") || strings.HasPrefix(s.Name, "__wrap_")) {
			return false
		}
	}
	return true
}
