package inspect

import (
	"fmt"
	"slices"
	"strings"

	"mpyld/mpytree"
)

// No loader sees how a module passes floats: in registers of the floating-point
// unit (hard), or of the core (soft, and softfp, which has a unit all the same).
// A Cortex-M4F takes modules for Cortex-M3, and those get floats that nobody
// gave. That matters for modules which call one of four entries of mp_fun_table.

// Certainty is how certain a conclusion is.
type Certainty uint8

const (
	No Certainty = iota
	Maybe
	Yes
)

// Floats says whether the linked modules of a file exchange floats with the
// firmware, and by what.
func (r *Report) Floats() (c Certainty, entries []string) {
	for _, n := range r.Natives {
		for _, e := range n.Entries {
			if isFloat(e.Name) && !slices.Contains(entries, e.Name) {
				c, entries = Yes, append(entries, e.Name)
			}
		}
	}
	for _, n := range r.Natives {
		if c == No && (n.Table && !n.Read || slices.ContainsFunc(n.Maybe, isFloat)) {
			c, entries = Maybe, n.Maybe
		}
	}
	return c, slices.DeleteFunc(slices.Clone(entries), func(name string) bool { return !isFloat(name) })
}

func isFloat(entry string) bool {
	return strings.HasPrefix(entry, "obj_new_float") || strings.HasPrefix(entry, "obj_get_float")
}

// Passes says how a file exchanges floats with the firmware, where boards differ
// in that; "" if it does not.
func Passes(f *mpytree.File, r *Report) string {
	arch := f.Header().Arch()
	c, _ := r.Floats()
	switch {
	case arch == nil || arch.ABI.Floats == "" || c == No:
		return ""
	case c == Maybe:
		return "whether it exchanges any with the firmware is not known; if so, as code for " + arch.Name + " does, in " + registers(arch.ABI.Floats)
	case inCore(arch.ABI.Floats):
		return "in core registers: wrong with firmware that is built with -mfloat-abi=hard, which imports it all the same"
	}
	return "in FPU registers: wrong with firmware that is built with -mfloat-abi=softfp (unless linked for it, by --float-abi), which imports it all the same"
}

// FloatsDiffer says whether a file gets wrong floats from firmware with a float
// ABI, and why: "" where that is not known or all have one. A module for
// hard-float firmware may have been linked for softfp: nothing shows it.
func FloatsDiffer(f *mpytree.File, firmware string) (c Certainty, why string) {
	arch := f.Header().Arch()
	if arch == nil || arch.ABI.Floats == "" || firmware == "" || inCore(arch.ABI.Floats) == inCore(firmware) {
		return No, ""
	}
	c, entries := Inspect(f).Floats()
	uses := "it exchanges floats with the firmware (" + strings.Join(entries, ", ") + ")"
	switch {
	case c == No:
		return No, ""
	case c == Maybe:
		uses = "it may exchange floats with the firmware"
	case !inCore(arch.ABI.Floats):
		c = Maybe
	}
	why = fmt.Sprintf("%s in %s, as code for %s does, and firmware built with -mfloat-abi=%s has them in %s",
		uses, registers(arch.ABI.Floats), arch.Name, firmware, registers(firmware))
	if !inCore(arch.ABI.Floats) {
		why += ": right only if it was linked with --float-abi " + firmware
	}
	return c, why
}

func inCore(floats string) bool { return floats != "hard" }

func registers(floats string) string {
	if inCore(floats) {
		return "core registers"
	}
	return "FPU registers"
}
