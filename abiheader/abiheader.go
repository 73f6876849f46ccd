// Package abiheader writes what a native module has to know of MicroPython: the
// C and C++ header mpyld.h and its Rust counterpart mpyld.rs. Which entry of
// mp_fun_table is where comes from mpyfile's rows, which the linker uses too;
// what each entry is comes from the rows here (entries.go); the rest is text
// (mpyld.h.in, mpyld.rs.in).
//
// The header is one for all releases: the macro MPYLD_TARGET says which it is
// for. Rust has no preprocessor, so mpyld.rs is for one release.
//
// Example: mp_fun_table of MicroPython 1.22 has get_buffer in [64], that of 1.24
// has load_method_maybe there and get_buffer behind it. The header has
//
//	#if MPYLD_TARGET >= 123
//	    void (*load_method_maybe)(...);
//	#endif
//	#if MPYLD_TARGET >= 122
//	    bool (*get_buffer)(...);
//	#endif
package abiheader

import (
	"slices"
	"strconv"
	"strings"

	"mpyld/mpyfile"
)

// Macro is the name of the macro that says whom a compilation is for.
const Macro = "MPYLD_TARGET"

// FileC and FileRust are the names that the files go by.
const (
	FileC    = "mpyld.h"
	FileRust = "mpyld.rs"
)

// fill puts what is for a release, and parts, into the text of a file.
func fill(text string, r *mpyfile.Release, parts ...string) []byte {
	parts = append(parts, "@DEFAULT@", strconv.Itoa(Number(r)), "@RELEASE@", r.String())
	return []byte(strings.NewReplacer(parts...).Replace(text))
}

// Number is the value of MPYLD_TARGET for a release: 124 for MicroPython 1.24,
// 11002 for CircuitPython 10.2. Later releases have greater ones, and
// CircuitPython's are greater than MicroPython's.
func Number(r *mpyfile.Release) int {
	major, minor, _ := strings.Cut(strings.TrimSuffix(r.Number(), "-preview"), ".")
	n := number(major)*100 + number(minor)
	if r.ABI.Magic == mpyfile.MagicCircuit {
		n += circuit
	}
	return n
}

// circuit is what CircuitPython's numbers are greater than.
const circuit = 10000

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		panic("a release has a name without numbers: " + digits)
	}
	return n
}

// Define is the definition that a compiler is given for a release, without -D:
// "MPYLD_TARGET=124".
func Define(r *mpyfile.Release) string { return Macro + "=" + strconv.Itoa(Number(r)) }

// in reports whether the entry has this type for a target.
func (e *entry) in(target int) bool {
	return target >= e.since && (e.until == 0 || target < e.until)
}

// tableOf returns the entries of mp_fun_table of a release, in order.
func tableOf(r *mpyfile.Release) []*entry {
	var table []*entry
	for _, name := range r.ABI.Fun {
		table = append(table, entryOf(name, Number(r)))
	}
	return table
}

// entryOf returns the row for an entry. Each has one, which a test looks after.
func entryOf(name string, target int) *entry {
	i := slices.IndexFunc(entries, func(e entry) bool { return e.name == name && e.in(target) })
	if i < 0 {
		panic("mp_fun_table has an entry without a row in abiheader: " + name)
	}
	return &entries[i]
}

// field is the entry's name in the struct: without mp_, and with a _ behind what a C
// library may have a macro for.
func (e *entry) field() string {
	switch e.name {
	case "setjmp", "memset", "memmove", "realloc", "printf", "vprintf":
		return e.name + "_"
	}
	return strings.TrimPrefix(e.name, "mp_")
}

// wrap breaks text into lines of at most width bytes.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
