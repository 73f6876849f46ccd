package target

import (
	"fmt"
	"slices"

	"mpyld/diag"
	"mpyld/inspect"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/relocs"
)

// An Answer is what a target says to a file.
type Answer struct {
	Yes  bool
	Text string   // "yes: the device imports it"
	More []string // lines below it
}

// Answer says whether the firmware imports a file and gets right numbers from it.
func (t Target) Answer(f *mpytree.File) Answer {
	loader := t.Loader()
	if no := loader.Refuses(f.Header()); no != nil {
		return Answer{Text: "no: " + no.Message + ": " + no.Why}
	}
	if name := longName(f); name != "" {
		return Answer{Text: "no: " + mpyfile.SaysName + ": " + name}
	}
	switch wrong, doubt := t.WrongFloats("", f); {
	case wrong != nil:
		return Answer{Text: "no: " + wrong.Text, More: wrong.NoteTexts()}
	case doubt != nil:
		return Answer{Text: "cannot know: " + doubt.Text, More: doubt.NoteTexts()}
	}
	condition := t.ifHard(f)
	if t.floatABI() == "" {
		condition = onlyWithFloats(f)
	}
	return Answer{Yes: true, Text: "yes: " + loader.Name + " imports it" + condition}
}

// longName says which name of a file no firmware takes, or is "".
func longName(f *mpytree.File) string {
	for _, q := range f.QStrs {
		if n := len(q.Text); n > mpyfile.MaxQStr {
			return fmt.Sprintf("its name %q has %d bytes, and firmware takes %d", q.Text[:16]+"...", n, mpyfile.MaxQStr)
		}
	}
	return ""
}

// onlyWithFloats is what a release leaves open: how the firmware of a board
// passes floats.
func onlyWithFloats(f *mpytree.File) string {
	for _, floats := range relocs.FloatABIs {
		if c, _ := inspect.FloatsDiffer(f, floats); c == inspect.Yes {
			return "; its floats are wrong where firmware is built with -mfloat-abi=" + floats + " (--device tells)"
		}
	}
	return ""
}

// Refused is the error about a module that the firmware does not take, or nil.
func (t Target) Refused(name string, h mpyfile.Header) error {
	loader := t.Loader()
	no := loader.Refuses(h)
	if no == nil {
		return nil
	}
	return diag.New(name, "%s refuses it: %s", loader.Name, no.Message).Note("%s", no.Why).Note("%s", no.Remedy)
}

// LacksObjects warns of what no loader notices: where a release has qstr
// objects in a table, a module without one may have been compiled for a later
// release that makes them by a call.
func (t Target) LacksObjects(f *mpyfile.File) diag.List {
	var warnings diag.List
	if t.Objects && f.ABI.Objects && len(f.Objects) == 0 && !allObjects(f.ABI) {
		warnings.Add("", "nothing in it shows whether it was compiled for %s", t).
			Note("compiled for MicroPython 1.21, whose .mpy version is the same, MP_OBJ_NEW_QSTR gives numbers instead of strings there")
	}
	return warnings
}

// allObjects reports whether every release of an ABI has qstr objects in tables.
func allObjects(abi *mpyfile.ABI) bool {
	return !slices.ContainsFunc(mpyfile.Releases, func(r *mpyfile.Release) bool { return r.ABI == abi && !r.Objects })
}
