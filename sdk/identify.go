package sdk

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mpyld/diag"
	"mpyld/mpyfile"
)

// Every release's headers say who they are: py/mpconfig.h has the version, and
// py/persistentcode.h that of the files its firmware loads; CircuitPython has a
// header more.

// required are headers without which nothing compiles.
var required = []string{"py/mpconfig.h", "py/persistentcode.h", "py/obj.h", "py/nativeglue.h", "py/dynruntime.h"}

const circuitMark = "py/circuitpy_mpconfig.h"

// identify finds out whose headers they are.
func (h *Headers) identify(t tree) error {
	if err := h.complete(t); err != nil {
		return err
	}
	var parts [3]string
	for i, part := range []string{"MAJOR", "MINOR", "MICRO"} {
		if parts[i] = defined(t["py/mpconfig.h"], "MICROPY_VERSION_"+part); parts[i] == "" {
			return diag.New(path.Join(h.Source, "py/mpconfig.h"), "does not define MICROPY_VERSION_%s as a number", part).
				Note("these are not the headers of a release of MicroPython since 1.12")
		}
	}
	h.Version = strings.Join(parts[:], ".")
	if p := defined(t["py/mpconfig.h"], "MICROPY_VERSION_PRERELEASE"); p != "" && p != "0" {
		h.Version += "-preview"
	}
	_, circuit := t[circuitMark]
	if h.Release = find(h.Version, circuit); h.Release == nil {
		return h.unknown()
	}
	return h.checkABI(t)
}

// complete reports what is missing.
func (h *Headers) complete(t tree) error {
	var missing []string
	for _, name := range required {
		if _, ok := t[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	e := diag.New(h.Source, "these are not MicroPython's sources: there is no %s", strings.Join(missing, ", "))
	switch {
	case len(missing) < len(required) && slices.Equal(missing, []string{"py/dynruntime.h"}):
		e = diag.New(h.Source, "this MicroPython has no py/dynruntime.h: native modules are there since 1.12")
	case path.Base(h.Source) == "py" && h.Dir != "":
		return e.Note("give the directory above: %s", path.Join(h.Source, ".."))
	}
	return e.Note("give the top directory of a checkout, an archive of a release, or a file that mpyld sdk made")
}

// defined returns the number that a header defines a macro as, "" if it does not.
func defined(text []byte, macro string) string {
	m := regexp.MustCompile(`(?m)^[ \t]*#[ \t]*define[ \t]+` + macro + `[ \t]+\(?([0-9]{1,4})\)?[ \t\r]*(?:/[/*].*)?$`).FindSubmatch(text)
	if m == nil {
		return ""
	}
	return string(m[1])
}

// find returns the release with a version. What is newer than all of them is
// taken for the newest, if its ABI is too (checkABI).
func find(version string, circuit bool) *mpyfile.Release {
	if circuit {
		r, err := mpyfile.ParseTarget("circuitpython")
		if err != nil {
			return nil
		}
		return r
	}
	if r, err := mpyfile.ParseTarget(version); err == nil {
		return r
	}
	if newer(version, mpyfile.Newest.Number()) {
		return mpyfile.Newest
	}
	return nil
}

// newer compares two versions by their first two numbers.
func newer(a, b string) bool {
	x, y := numbers(a), numbers(b)
	return x[0] > y[0] || x[0] == y[0] && x[1] > y[1]
}

func numbers(version string) (n [2]int) {
	parts := strings.SplitN(strings.TrimSuffix(version, "-preview"), ".", 3)
	for i := range min(len(parts), 2) {
		n[i], _ = strconv.Atoi(parts[i])
	}
	return n
}

func (h *Headers) unknown() error {
	e := diag.New(h.Source, "the headers are MicroPython %s's, for which mpyld cannot link", h.Version)
	if strings.HasSuffix(h.Version, "-preview") {
		return e.Note("what loads modules changed between that release and the one before: take the headers of the release itself")
	}
	return e.Note("mpyld links for MicroPython %s to %s: see mpyld targets", mpyfile.Releases[0].Number(), mpyfile.Newest.Number())
}

// checkABI compares what else the headers say with what the release is known for:
// headers of a fork, or from between two releases, differ.
func (h *Headers) checkABI(t tree) error {
	abi := h.Release.ABI
	version, sub := defined(t["py/persistentcode.h"], "MPY_VERSION"), defined(t["py/persistentcode.h"], "MPY_SUB_VERSION")
	has := version
	if sub != "" && version != "5" {
		has += "." + sub
	}
	want := strconv.Itoa(int(abi.Version))
	if abi.Version >= 6 && sub != "" {
		want += "." + strconv.Itoa(int(abi.Sub))
	}
	if has == want {
		return nil
	}
	return diag.New(path.Join(h.Source, "py/persistentcode.h"), "says .mpy version %s, but %s has %s", has, h.Release, abiNumber(h.Release)).
		Note("the headers are from between two releases, or changed: take those of a release")
}
