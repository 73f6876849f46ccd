package mpytree

import (
	"bytes"
	"fmt"

	"mpyld/mpyfile"
	"mpyld/qstrlink"
)

// maxDepth is how deep codes and tuples may nest. Python functions do not
// nest a dozen deep.
const maxDepth = 250

// Parse reads a .mpy file. The error is a *diag.Error whose place is the byte
// offset and the path of the field that is wrong.
//
// Parts of the tree are parts of data, not copies.
func Parse(data []byte) (*File, error) {
	return parse(&reader{data: data})
}

// ParseFields is Parse, and calls each for what each byte of the file is, in the
// order of the file: up to where it is wrong.
func ParseFields(data []byte, each func(Field)) (*File, error) {
	return parse(&reader{data: data, each: each})
}

func parse(r *reader) (*File, error) {
	f := &File{}
	r.header(f)
	if r.err == nil && f.Version == 6 {
		r.tables(f)
	}
	r.push("code", -1)
	f.Code = r.code(f)
	r.pop()
	if n := r.left(); r.err == nil && n > 0 {
		r.fail(r.off, "end", "%d bytes after the end of the module", n)
	}
	if r.err != nil {
		return nil, r.err
	}
	return f, nil
}

// insteadOf says what a file is that is no module but belongs to one, and what to do about it.
func insteadOf(data []byte) string {
	object, relocatable := bytes.HasPrefix(data, []byte("\x7fELF")), []byte{1, 0} // ET_REL
	switch {
	case object && (len(data) < 18 || bytes.Equal(data[16:18], relocatable)):
		return "it is an ELF file: link it to make a module of it"
	case object && bytes.Contains(data, []byte("\x00.note.mpyld\x00")):
		return "it is the companion of a module for debuggers (--debug-elf): name the .mpy file of the same link"
	case object:
		return "it is a linked ELF file, no module: mpyld links objects, which compilers make with -c"
	case bytes.HasPrefix(data, []byte("{")):
		return "it may be the map of a link (--map-json), which mpyld size and mpyld why read"
	}
	return ""
}

func (r *reader) header(f *File) {
	r.push("header", -1)
	defer r.pop()
	f.Maker = r.byte(Meta, "maker", func(b byte) string { return fmt.Sprintf("%q", b) })
	if r.err == nil && f.Maker != MicroPython && f.Maker != CircuitPython {
		err := r.fail(0, "maker", "not an .mpy file: it starts with 0x%02x instead of '%c' or '%c'", f.Maker, MicroPython, CircuitPython)
		if what := insteadOf(r.data); what != "" {
			err.Note("%s", what)
		}
		return
	}
	f.Version = r.byte(Meta, "version", func(b byte) string { return fmt.Sprint(b) })
	if r.err == nil && f.Version != 5 && f.Version != 6 {
		r.fail(1, "version", "mpy version %d%s; mpyld knows 5 and 6", f.Version, madeBy(f.Maker, f.Version))
	}
	f.Feature = r.byte(Meta, "feature", func(b byte) string { f.Feature = b; return describeFeature(f) })
	f.SmallIntBits = r.byte(Meta, "small_int_bits", func(b byte) string { return fmt.Sprint(b) })
	if r.err != nil {
		return
	}
	if f.Version == 5 {
		at := r.off
		f.Window = r.uint("window")
		if r.err == nil && f.Window > mpyfile.QStrWindow {
			r.fail(at, "window", "a window of %d qstrs; the firmware has %d", f.Window, mpyfile.QStrWindow)
		}
		return
	}
	if f.Feature&0x80 != 0 {
		r.fail(2, "feature", "byte 0x%02x has unknown bits", f.Feature)
	}
	if f.Feature&mpyfile.ArchFlagsBit != 0 {
		f.ArchFlags = r.uint("arch_flags")
	}
}

// madeBy names the releases that made an old version
// (docs/reference/mpyfiles.rst).
func madeBy(maker, version byte) string {
	releases := map[byte]string{0: "1.5.1 to 1.8.7", 2: "1.9 to 1.9.2", 3: "1.9.3 to 1.10", 4: "1.11"}[version]
	if maker != MicroPython || releases == "" {
		return ""
	}
	return " (MicroPython " + releases + ")"
}

func describeFeature(f *File) string {
	if f.Version == 5 {
		s := "architecture " + f.ArchName()
		if f.Feature&FeatureUnicode != 0 {
			s += ", unicode"
		}
		if f.Feature&FeatureMapCache != 0 {
			s += ", map cache"
		}
		return s
	}
	if f.ArchCode() == 0 {
		return "architecture none"
	}
	s := fmt.Sprintf("architecture %s, sub-version %d", f.ArchName(), f.Header().Sub())
	if f.Feature&mpyfile.ArchFlagsBit != 0 {
		s += ", flags follow"
	}
	return s
}

// tables reads the qstr table and the object table of version 6.
func (r *reader) tables(f *File) {
	n := r.count("n_qstr")
	objs := r.count("n_obj")
	for i := range n {
		r.push("qstrs", i)
		f.QStrs = append(f.QStrs, r.tableQStr())
		r.pop()
		if r.err != nil {
			return
		}
	}
	for i := range objs {
		r.push("objects", i)
		f.Objects = append(f.Objects, r.object6())
		r.pop()
		if r.err != nil {
			return
		}
	}
}

// tableQStr reads an entry of the qstr table: the number of a static qstr, or
// the text with a NUL behind it for firmware that uses it in place.
func (r *reader) tableQStr() QStr {
	start := r.off
	v := r.rawUint("")
	q := QStr{}
	if v&1 != 0 {
		q = r.static(start, "", v>>1)
	} else {
		q.Text = string(r.rawBytes(v>>1, ""))
		r.nul()
	}
	if r.each != nil {
		r.note(Names, start, "", func() string { return describeQStr(q) })
	}
	return q
}

func (r *reader) nul() {
	end := r.off
	if b := r.rawByte("nul"); r.err == nil && b != 0 {
		r.fail(end, "nul", "0x%02x in place of the NUL at the end of a string", b)
	}
}

// static is the static qstr with a number.
func (r *reader) static(at int, name string, id uint64) QStr {
	text, ok := "", false
	if id <= 1<<16 {
		text, ok = qstrlink.StaticName(int(id))
	}
	if !ok {
		r.fail(at, name, "there is no static qstr %d", id)
	}
	return QStr{text, Numbered}
}

func describeQStr(q QStr) string {
	return fmt.Sprintf("%q%s", q.Text, [...]string{"", " (static)", " (again)"}[q.Form])
}

// inlineQStr reads a qstr of version 5: 0 and the number of a static qstr, an
// odd number for a place in the window, or an even number for text.
func (r *reader) inlineQStr(name string) QStr {
	start := r.off
	v := r.rawUint(name)
	q := QStr{}
	switch {
	case r.err != nil:
		return q
	case v == 0:
		id := r.rawByte(name)
		q = r.static(start, name, uint64(id))
	case v&1 != 0:
		q = r.recent(start, name, v>>1)
	default:
		q.Text = string(r.rawBytes(v>>1, name))
		r.window = PushWindow(r.window, q.Text)
	}
	r.note(Names, start, name, func() string { return describeQStr(q) })
	return q
}

func (r *reader) recent(at int, name string, i uint64) QStr {
	if i >= uint64(len(r.window)) {
		r.fail(at, name, "refers to the qstr that is %d back, but there are %d", i+1, len(r.window))
		return QStr{}
	}
	text := r.window[i]
	if InWindow(r.window, text) != int(i) {
		r.fail(at, name, "refers to an older %q than the last", text)
		return QStr{}
	}
	r.window = TouchWindow(r.window, int(i))
	return QStr{text, Recent}
}

// The window of version 5 is the list of the last 32 different texts, the most
// recent one first; using one makes it the most recent. PushWindow, InWindow and
// TouchWindow are its operations, for reader and writer.

// PushWindow adds text to a window.
func PushWindow(window []string, text string) []string {
	if len(window) < mpyfile.QStrWindow {
		window = append(window, "")
	}
	copy(window[1:], window)
	window[0] = text
	return window
}

// InWindow is the place of text in a window, or -1.
func InWindow(window []string, text string) int {
	for i, s := range window {
		if s == text {
			return i
		}
	}
	return -1
}

// TouchWindow makes entry i the most recent one.
func TouchWindow(window []string, i int) []string {
	text := window[i]
	copy(window[1:i+1], window[:i])
	window[0] = text
	return window
}
