package qstrlink

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"mpyld/diag"
)

// The config header is what MicroPython's headers include as MP_CONFIGFILE.
// Its text is that of mpy_ld.py --preprocess, with one addition: typedefs of
// mp_uint_t and mp_int_t.
//
// MicroPython 1.19 to 1.26 leave those two to the config header. From 1.27
// py/mpconfig.h has the same typedefs itself. C allows the repetition (gcc in
// every mode but -pedantic), but clang warns about it in C99 mode, at the
// second typedef: so the warning has to stay off for the rest of the file, and
// a push and pop around these lines would do nothing.
const (
	configHead = "#include <stdint.h>\n" +
		"#ifdef __clang__\n" +
		"#pragma clang diagnostic ignored \"-Wtypedef-redefinition\"\n" +
		"#endif\n" +
		"typedef uintptr_t mp_uint_t;\n" +
		"typedef intptr_t mp_int_t;\n" +
		"typedef uintptr_t mp_off_t;\n"
	configTail = tableDecl + "\n" +
		"extern const uintptr_t mp_native_obj_table[];\n"

	define    = "#define "
	table     = "(mp_native_qstr_table["
	tableDecl = "extern const uint16_t mp_native_qstr_table[];"
)

// Config returns the config header that gives names the numbers 1, 2, ... in
// the order given. (Entry 0 of a module's qstr table is its file name.)
func Config(names []string) []byte {
	var b bytes.Buffer
	b.WriteString(configHead)
	for i, name := range static {
		fmt.Fprintf(&b, "%s%s (%d)\n", define, word(Escape(name)), i+1)
	}
	for i, name := range names {
		fmt.Fprintf(&b, "%s%s %s%d])\n", define, word(name), table, i+1)
	}
	b.WriteString(configTail)
	return b.Bytes()
}

// What a header that a person or a tool made could never exceed; a bigger file
// is something else and would only waste time.
const (
	maxConfig = 16 << 20
	maxLine   = 4096
	maxErrors = 100
)

const regenerate = "make it again with mpyld --preprocess, then compile again"

// ReadConfig returns the names that a config header numbers, in file order,
// which is the order of their numbers. Reports call the file name.
//
// mpy_ld.py takes any file and trusts the order of its lines, so a header
// with a line lost or from another release gives a module that
// uses wrong names. Here every such header is an error.
func ReadConfig(name string, data []byte) ([]string, error) {
	switch {
	case len(data) > maxConfig:
		return nil, diag.New(name, "%d bytes are too much for a config header (at most %d)", len(data), maxConfig)
	case bytes.IndexByte(data, 0) >= 0:
		return nil, diag.New(name, "not a config header: it has binary data in it").
			Note("--qstrs takes the header that --preprocess wrote")
	}
	r := configReader{name: name, lines: map[string]int{}}
	for line := range bytes.Lines(data) {
		if r.line++; len(r.errs) > maxErrors {
			break
		}
		if len(line) > maxLine {
			r.add("a line of %d bytes is too long for a config header (at most %d)", len(line), maxLine)
			continue
		}
		r.read(strings.TrimRight(string(line), "\r\n"))
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	return r.names, nil
}

// configReader is the state of one ReadConfig.
type configReader struct {
	name  string // of the file
	line  int
	lines map[string]int // word → line that defined it
	names []string

	expect   int  // how many lines number a name of the module, up to this one
	declared bool // the table itself is declared
	stop     bool // a cause was found that makes all later lines wrong too
	errs     diag.List
}

func (r *configReader) add(format string, args ...any) *diag.Error {
	return r.errs.Add(fmt.Sprintf("%s:%d", r.name, r.line), format, args...)
}

// read takes one line. Lines that define no MP_QSTR_ word are nobody's
// business here: people put their own macros into a copy of the header.
func (r *configReader) read(line string) {
	if line == tableDecl {
		r.declared = true
	}
	rest, ok := strings.CutPrefix(line, define)
	if !ok || r.stop {
		return
	}
	w, value, _ := strings.Cut(rest, " ")
	if strings.HasPrefix(w, "MP_OBJ_NEW_QSTR_") {
		r.stop = true
		r.add("%s is defined: this header was made for MicroPython 1.20 or older", w).Note(regenerate)
		return
	}
	name, ok := trimWord(w)
	if !ok || wordLen(name) != len(name) {
		return
	}
	own := strings.HasPrefix(value, "(mp_native_")
	if own {
		r.expect++
	}
	if prev := r.lines[w]; prev != 0 {
		r.add("%s is defined a second time (first on line %d)", w, prev).Note(regenerate)
		return
	}
	r.lines[w] = r.line
	if own {
		r.own(name, value)
	} else {
		r.static(name, value)
	}
}

// own reads the number of one of the module's own names.
func (r *configReader) own(name, value string) {
	digits, ok := strings.CutPrefix(value, table)
	if !ok {
		// MicroPython 1.12 to 1.18 numbered from 0, in mp_native_qstr_val_table.
		r.stop = true
		r.add("%s is not in mp_native_qstr_table: this header was made for MicroPython 1.18 or older", word(name)).Note(regenerate)
		return
	}
	digits, _, closed := strings.Cut(digits, "])")
	n, err := strconv.Atoi(digits)
	if err != nil || !closed {
		r.add("%s has no number that can be read: %.60s", word(name), value).Note(regenerate)
		return
	}
	if id, ok := staticWords[name]; ok {
		r.add("%s has number %d, but it is the static name %d", word(name), n, id).Note(regenerate)
		return
	}
	if n != r.expect {
		r.add("%s has number %d where %d must follow: a line is lost or out of order", word(name), n, r.expect).Note(regenerate)
		r.expect = n // report one lost line once
	}
	r.names = append(r.names, name)
}

// static checks the number of a static name, which is the same in all releases.
func (r *configReader) static(name, value string) {
	id, ok := staticWords[name]
	if want := fmt.Sprintf("(%d)", id); !ok {
		r.add("%s is %.60s, but it is not a static name", word(name), value).Note(regenerate)
	} else if value != want {
		r.add("%s is %.60s, but it is %s in every MicroPython", word(name), value, want).Note(regenerate)
	}
}

// finish looks at the file as a whole: is it such a header, and all of it?
func (r *configReader) finish() error {
	switch {
	case len(r.errs) > 0:
		return r.errs.Err()
	case len(r.lines) == 0:
		return diag.New(r.name, "not a config header: it defines no MP_QSTR_ word").
			Note("--qstrs takes the header that --preprocess wrote; a module without names of its own needs no --qstrs")
	case !r.declared:
		return diag.New(r.name, "the config header is cut off: it does not end with the declaration of mp_native_qstr_table").
			Note(regenerate)
	}
	return nil
}
