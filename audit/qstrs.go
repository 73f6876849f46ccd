package audit

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"mpyld/mpyfile"
)

// Code has numbers for its names, and the config header that it was compiled with
// says which is which. The module's names must be those, in the order of their
// numbers. A header that mpyld wrote also leaves the names in each object.
//
// For example
//
//	#define MP_QSTR_greet (mp_native_qstr_table[1])      name number 1 is "greet"
//	".mpyld.qstrs": 1.21 values 1 greet                  the object has it so too

// names compares the names of the map with the header and the objects. Entry 0 of a table of names is that of
// the source (py/compile.c: "the source file as the first entry"; py/vm.c takes it for tracebacks).
func (a *audit) names() {
	if table := a.file.QStrs; a.in.ABI.Names == mpyfile.NameTable && (len(table) == 0 || table[0] != a.in.SourceName) {
		a.bad("", "the file has the names %q, the first has to be that of the source, %q", table, a.in.SourceName)
	}
	values, objects := headerNames(a.in.Config)
	if !slices.Equal(a.m.QStrs, values) {
		a.bad("", "the map has the qstrs %q, the config header has %q", a.m.QStrs, values)
	}
	if !slices.Equal(a.m.QStrObjs, objects) {
		a.bad("", "the map has the qstr objects %q, the config header has %q", a.m.QStrObjs, objects)
	}
	for i := range a.files {
		for _, records := range a.files[i].Records {
			a.recorded(&a.files[i], records)
		}
	}
}

// headerNames returns the names that a config header gives entries of the module's own
// tables, by their numbers.
func headerNames(header []byte) (values, objects []string) {
	const define, object = "#define MP_QSTR_", "#define MP_OBJ_NEW_QSTR_MP_QSTR_"
	for line := range strings.Lines(string(header)) {
		text := strings.TrimRight(line, "\r\n")
		if rest, ok := strings.CutPrefix(text, object); ok {
			if name, _, ok := entry(rest, "((mp_obj_t)mp_native_"); ok {
				objects = append(objects, name)
			}
		} else if rest, ok := strings.CutPrefix(text, define); ok {
			if name, _, ok := entry(rest, "(mp_native_"); ok {
				values = append(values, name)
			}
		}
	}
	return values, objects
}

// entry reads "NAME (mp_native_TABLE[N])".
func entry(text, open string) (name string, number int, ok bool) {
	name, value, _ := strings.Cut(text, " ")
	value, ok = strings.CutPrefix(value, open)
	_, digits, in := strings.Cut(value, "[")
	digits, _, _ = strings.Cut(digits, "]")
	number, err := strconv.Atoi(digits)
	return name, number, ok && in && err == nil
}

// recorded compares the names that a config header left in an object.
func (a *audit) recorded(f *file, records []byte) {
	if !f.refersTo(mpyfile.QStrTableSymbol, mpyfile.QStrValsSymbol) {
		return
	}
	for record := range bytes.SplitSeq(records, []byte{0}) {
		words := strings.Fields(string(record))
		if len(words) < 3 || words[1] != "values" {
			continue
		}
		first, err := strconv.Atoi(words[2])
		if a.in.ABI.Names == mpyfile.NameTable {
			first--
		}
		for i, name := range words[3:] {
			if k := first + i; err != nil || k < 0 || k >= len(a.m.QStrs) || a.m.QStrs[k] != name {
				a.bad(f.Name, "the map has other qstrs than it was compiled with: number %d is %s there", k, name)
				return
			}
		}
	}
}

// refersTo reports whether a file has an undefined symbol of one of some names.
func (f *file) refersTo(names ...string) bool {
	for i := f.Locals; i < len(f.Symbols); i++ {
		if slices.Contains(names, f.Symbols[i].Name) {
			return true
		}
	}
	return false
}
