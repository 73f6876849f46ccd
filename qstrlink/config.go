package qstrlink

import (
	"bytes"
	"strconv"
	"strings"

	"mpyld/diag"
)

// C code has its qstrs by number, and which number a name has is written once, into the
// config header, and read back at link time. A header with a line lost, or from another
// release, would give a module that uses wrong names. So it is read strictly: each
// number follows the one before, and only lines of this release's header are known.
//
//	#define MP_QSTR_a (mp_native_qstr_table[1])
//	#define MP_QSTR_c (mp_native_qstr_table[3])    an error: the line of [2] is missing

// The config header is what MicroPython's headers include as MP_CONFIGFILE.
// Its text is that of mpy_ld.py --preprocess of the release, with records of
// the names at its end, and typedefs of mp_uint_t and mp_int_t for the releases
// from 1.21 on too.
//
// MicroPython up to 1.26 leaves those two to the config header. From 1.27
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

	define    = "#define "
	tableDecl = "extern const uint16_t mp_native_qstr_table[];"
)

// What a header that a person or a tool made could never exceed; a bigger file
// is something else and would only waste time.
const (
	maxConfig = 16 << 20
	maxLine   = 4096
	maxErrors = 100
)

const regenerate = "make it again with mpyld --preprocess, then compile again"

// Read returns the names that a config header numbers, in file order, which is
// the order of their numbers. Reports call the file name.
//
// mpy_ld.py takes any file and trusts the order of its lines.
func (l *Layout) Read(name string, data []byte) (QStrs, error) {
	switch {
	case len(data) > maxConfig:
		return QStrs{}, diag.New(name, "%d bytes are too much for a config header (at most %d)", len(data), maxConfig)
	case bytes.IndexByte(data, 0) >= 0:
		return QStrs{}, diag.New(name, "not a config header: it has binary data in it").
			Note("--qstrs takes the header that --preprocess wrote")
	}
	r := configReader{layout: l, name: name, lines: make(map[string]int, bytes.Count(data, []byte{'\n'})), expect: l.first - 1}
	for line := range strings.Lines(string(data)) {
		if r.line++; len(r.errs) > maxErrors {
			break
		}
		if len(line) > maxLine {
			r.add("a line of %d bytes is too long for a config header (at most %d)", len(line), maxLine)
			continue
		}
		r.read(strings.TrimRight(line, "\r\n"))
	}
	if err := r.finish(); err != nil {
		return QStrs{}, err
	}
	return r.names, nil
}

// configReader is the state of one Read.
type configReader struct {
	layout *Layout
	name   string // of the file
	line   int
	lines  map[string]int // word → line that defined it
	names  QStrs

	expect   int  // the number of the module's last name so far
	declared bool // the table itself is declared
	stop     bool // a cause was found that makes all later lines wrong too
	errs     diag.List
}

func (r *configReader) add(format string, args ...any) *diag.Error {
	return r.errs.Add(diag.Source{File: r.name, Line: r.line}, format, args...)
}

// otherHeaders reports a line that only headers for other releases have.
func (r *configReader) otherHeaders(what, whose string) {
	r.stop = true
	e := r.add("%s: this header was made for %s, but the link is for %s", what, whose, r.layout.Releases)
	if whose == WideLinks.Releases || r.layout == &WideLinks {
		e.Note("make it again with mpyld --preprocess and the --target and --arch of the link, then compile again")
	} else {
		e.Note("%s, or link for the MicroPython that the objects were compiled for, with --target", regenerate)
	}
}

// read takes one line. Lines that define no MP_QSTR_ word are nobody's
// business here: people put their own macros into a copy of the header.
func (r *configReader) read(line string) {
	rest, ok := strings.CutPrefix(line, define)
	switch {
	case line == r.layout.decl:
		r.declared = true
		return
	case !ok && !r.stop && strings.HasPrefix(line, "extern const "):
		r.declares(line)
		return
	case !ok || r.stop:
		return
	}
	w, value, _ := strings.Cut(rest, " ")
	if strings.HasPrefix(line, objectDefine) {
		r.object(w, value)
		return
	}
	own := strings.HasPrefix(value, "(mp_native_")
	name, ok := trimWord(w)
	if own && ok {
		r.expect++
	}
	switch {
	case !ok || wordLen(name) != len(name) && !own:
		return
	case wordLen(name) != len(name):
		r.noName(w)
		return
	}
	if r.again(w) {
		return
	}
	if own {
		r.own(name, value)
	} else {
		r.static(name, value)
	}
}

// declares refuses the declarations of other layouts' tables.
func (r *configReader) declares(line string) {
	if line == r.layout.tail {
		return
	}
	for _, other := range layouts {
		// What mpy_ld.py of 1.21 to 1.28 wrote is also the tail of 1.20.
		if other.decl == line || other.tail == line && (r.layout != &Table || other != &Tables) {
			r.otherHeaders("it declares "+strings.Trim(line[strings.LastIndexByte(line, ' '):], " [];"), other.Releases)
			return
		}
	}
}

// again reports a word that an earlier line defined.
func (r *configReader) again(w string) bool {
	prev := r.lines[w]
	if prev != 0 {
		r.add("%s is defined a second time (first on line %d)", w, prev).Note(regenerate)
		return true
	}
	r.lines[w] = r.line
	return false
}

// noName reports a word with a number that no code can have used.
func (r *configReader) noName(w string) {
	r.add("%s has a number, but it is no name of C", w).Note(regenerate)
}

// number reads "TABLE[n])" behind open, or reports that it cannot.
func (r *configReader) number(w, open, value string) (int, bool) {
	digits, closed := strings.CutSuffix(strings.TrimPrefix(value, open), "])")
	n, err := strconv.Atoi(digits)
	if err != nil || !closed {
		r.add("%s has no number that can be read: %.60s", w, value).Note(regenerate)
		return 0, false
	}
	return n, true
}

// object reads the place of a qstr object.
func (r *configReader) object(w, value string) {
	open := "((mp_obj_t)" + r.layout.object + "["
	switch {
	case r.layout.object == "":
		r.otherHeaders(w+" is defined", "MicroPython 1.20 or older")
		return
	case !strings.HasPrefix(value, open):
		for _, other := range layouts {
			if other.object != "" && strings.Contains(value, other.object+"[") {
				r.otherHeaders(w+" is in "+other.object, other.Releases)
				return
			}
		}
	case wordLen(w) != len(w):
		r.noName(w)
		return
	case r.again(w):
		return
	}
	n, ok := r.number(w, open, value)
	if !ok {
		return
	}
	if want := len(r.names.Objects); n != want {
		r.add("%s has number %d where %d must follow: a line is lost or out of order", w, n, want).Note(regenerate)
	}
	r.names.Objects = append(r.names.Objects, strings.TrimPrefix(w, "MP_OBJ_NEW_QSTR_MP_QSTR_"))
}

// own reads the number of one of the module's own names.
func (r *configReader) own(name, value string) {
	open := "(" + r.layout.table + "["
	if !strings.HasPrefix(value, open) {
		for _, other := range layouts {
			if strings.HasPrefix(value, "("+other.table+"[") {
				whose := "MicroPython 1.19 or later"
				if other.first == 0 {
					whose = other.Releases
				}
				r.otherHeaders(word(name)+" is not in "+r.layout.table, whose)
				return
			}
		}
	}
	n, ok := r.number(word(name), open, value)
	if !ok {
		return
	}
	if id, ok := staticWord(name); ok {
		r.add("%s has number %d, but it is the static name %d", word(name), n, id).Note(regenerate)
		return
	}
	if n != r.expect {
		r.add("%s has number %d where %d must follow: a line is lost or out of order", word(name), n, r.expect).Note(regenerate)
		r.expect = n // report one lost line once
	}
	r.names.Values = append(r.names.Values, name)
}

// static checks the number of a static name, which is the same in all releases.
func (r *configReader) static(name, value string) {
	id, ok := staticWord(name)
	if want := "(" + strconv.Itoa(id) + ")"; !ok {
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
		return diag.New(r.name, "the config header is cut off: it does not end with the declaration of %s", r.layout.table).
			Note(regenerate)
	}
	return nil
}
