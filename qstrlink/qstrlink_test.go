package qstrlink

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"mpyld/diag"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestScan(t *testing.T) {
	for src, want := range map[string][]string{
		"":                          nil,
		"MP_QSTR":                   nil,
		"MP_QSTR_":                  {""},
		"MP_QSTR_a MP_QSTR_a":       {"a"},
		"MP_QSTR_b;MP_QSTR_a":       {"b", "a"},
		"MP_QSTR_MP_QSTR_a":         {"MP_QSTR_a"},
		"xMP_QSTR_a9_Z":             {"a9_Z"},
		"MP_QSTR_\xc3\xa9":          {""},
		"MP_OBJ_NEW_QSTR(MP_QSTR_a": {"a"},
		"MP_QSTMP_QSTR_a\nMP_QSTR_": {"a", ""},
	} {
		if got := Scan([]byte(src)); !slices.Equal(got, want) {
			t.Errorf("Scan(%q) = %q, want %q", src, got, want)
		}
	}
}

// The header equals what mpy_ld.py made of the same source, but for the lines
// we add; testdata/names.mpy_ld.h was written by it (MicroPython 1c3c201149).
func TestPreprocessGolden(t *testing.T) {
	got := preprocess(read(t, "testdata/names.c"))
	const added = "#ifdef __clang__\n#pragma clang diagnostic ignored \"-Wtypedef-redefinition\"\n#endif\n" +
		"typedef uintptr_t mp_uint_t;\ntypedef intptr_t mp_int_t;\n"
	if n := bytes.Count(got, []byte(added)); n != 1 {
		t.Fatalf("added lines appear %d times", n)
	}
	got = bytes.Replace(got, []byte(added), nil, 1)
	got, records, _ := bytes.Cut(got, []byte(recordOpen))
	if n := bytes.Count(records, []byte("__asm__")); n != 1 || !bytes.HasSuffix(records, []byte(recordClose)) {
		t.Errorf("%d records in %s", n, records)
	}
	if want := read(t, "testdata/names.mpy_ld.h"); !bytes.Equal(got, want) {
		t.Errorf("header differs from mpy_ld.py's:\n%s", got)
	}
}

func TestPreprocessManySources(t *testing.T) {
	got, err := readConfig("c.h", preprocess([]byte("MP_QSTR_b"), []byte("MP_QSTR_a MP_QSTR_print"), []byte("MP_QSTR_b")))
	if err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %q, %v", got, err)
	}
	got, err = readConfig("c.h", preprocess())
	if err != nil || len(got) != 0 {
		t.Errorf("no sources: got %q, %v", got, err)
	}
}

// A header written by mpy_ld.py is read as well as ours, also with the line
// ends of Windows.
func TestReadConfigOfMpyLd(t *testing.T) {
	data := read(t, "testdata/names.mpy_ld.h")
	want := numbers(read(t, "testdata/names.c"))
	for _, data := range [][]byte{data, bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))} {
		if got, err := readConfig("c.h", data); err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}

func TestReadConfigErrors(t *testing.T) {
	good := string(config([]string{"one", "two", "three"}))
	edit := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the header", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for _, c := range []struct{ what, data, want string }{
		{
			"lost line", edit("#define MP_QSTR_two (mp_native_qstr_table[2])\n", ""),
			"c.h:174: MP_QSTR_three has number 3 where 2 must follow: a line is lost or out of order",
		},
		{
			"from zero", edit("table[1]", "table[0]"),
			"c.h:173: MP_QSTR_one has number 0 where 1 must follow: a line is lost or out of order\n" +
				"c.h:174: MP_QSTR_two has number 2 where 1 must follow: a line is lost or out of order",
		},
		{
			"twice", edit("MP_QSTR_two", "MP_QSTR_one"),
			"c.h:174: MP_QSTR_one is defined a second time (first on line 173)",
		},
		{
			"static twice", edit("MP_QSTR_two", "MP_QSTR_len"),
			"c.h:174: MP_QSTR_len is defined a second time (first on line 114)",
		},
		{
			"no number", edit("table[2]", "table[x]"),
			"c.h:174: MP_QSTR_two has no number that can be read: (mp_native_qstr_table[x])",
		},
		{
			"not closed", edit("table[2])", "table[2"),
			"c.h:174: MP_QSTR_two has no number that can be read: (mp_native_qstr_table[2",
		},
		{
			"ABI 5", edit("qstr_table[1]", "qstr_val_table[0]"),
			"c.h:173: MP_QSTR_one is not in mp_native_qstr_table: this header was made for MicroPython 1.12 to 1.18, but the link is for MicroPython 1.21 or later",
		},
		{
			"ABI 6.0", edit("extern", "#define MP_OBJ_NEW_QSTR_MP_QSTR_s ((mp_obj_t)mp_native_obj_table[0])\nextern"),
			"c.h:176: MP_OBJ_NEW_QSTR_MP_QSTR_s is defined: this header was made for MicroPython 1.20 or older, but the link is for MicroPython 1.21 or later",
		},
		{
			"static with a number of its own", edit("#define MP_QSTR_len (107)\n", "#define MP_QSTR_len (mp_native_qstr_table[1])\n"),
			"c.h:114: MP_QSTR_len has number 1, but it is the static name 107\n" +
				"c.h:173: MP_QSTR_one has number 1 where 2 must follow: a line is lost or out of order",
		},
		{"wrong static", edit("(107)", "(108)"), "c.h:114: MP_QSTR_len is (108), but it is (107) in every MicroPython"},
		{"no name", edit("MP_QSTR_two (", "MP_QSTR_tw\xf6 ("), "c.h:174: MP_QSTR_tw\xf6 has a number, but it is no name of C"},
		{"unknown static", edit("MP_QSTR_len", "MP_QSTR_lon"), "c.h:114: MP_QSTR_lon is (107), but it is not a static name"},
		{
			"cut off", good[:strings.Index(good, "extern")],
			"c.h: the config header is cut off: it does not end with the declaration of mp_native_qstr_table",
		},
		{"empty", "", "c.h: not a config header: it defines no MP_QSTR_ word"},
		{"a C file", "#include <stdint.h>\nint x;\n", "c.h: not a config header: it defines no MP_QSTR_ word"},
		{"binary", "\x7fELF\x00\x01", "c.h: not a config header: it has binary data in it"},
		{"long line", good + "//" + strings.Repeat("x", 5000), "c.h:178: a line of 5002 bytes is too long for a config header (at most 4096)"},
		{"gigantic", strings.Repeat("\n", maxConfig+1), "c.h: 16777217 bytes are too much for a config header (at most 16777216)"},
	} {
		names, err := readConfig("c.h", []byte(c.data))
		if err == nil {
			t.Errorf("%s: no error", c.what)
			continue
		}
		if names != nil {
			t.Errorf("%s: names beside an error: %q", c.what, names)
		}
		if got := err.Error(); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.what, got, c.want)
		}
	}
}

// A file that is wrong on every line is not read to its end.
func TestReadConfigStops(t *testing.T) {
	_, err := readConfig("c.h", []byte(strings.Repeat("#define MP_QSTR_x (1)\n", 10000)))
	if list, ok := err.(diag.List); !ok || len(list) != maxErrors+1 {
		t.Errorf("%d errors", len(list))
	}
}

func TestStatic(t *testing.T) {
	for name, want := range map[string]int{"": 1, "__dir__": 2, "\n": 3, "<module>": 7, "len": 107, "utf-8": 161, "zip": 165} {
		if id, ok := Static(name); !ok || id != want {
			t.Errorf("Static(%q) = %d, %v, want %d", name, id, ok, want)
		}
		if got, ok := StaticName(want); !ok || got != name {
			t.Errorf("StaticName(%d) = %q, %v, want %q", want, got, ok, name)
		}
	}
	if len(static) != 165 {
		t.Errorf("%d names, want 165", len(static))
	}
	for i, text := range static {
		id, ok := Static(text)
		word, known := staticWord(Escape(text))
		if id != i+1 || word != i+1 || !ok || !known {
			t.Errorf("%q is found as %d, %t, its word as %d, %t; want %d", text, id, ok, word, known, i+1)
		}
	}
	for _, name := range []string{"\n", "utf-8", "_0x0a", "x"} {
		if id, ok := staticWord(name); ok {
			t.Errorf("the word %q is found as %d", name, id)
		}
	}
	for _, name := range []string{"utf_hyphen_8", "MP_QSTR_", "x"} {
		if id, ok := Static(name); ok {
			t.Errorf("Static(%q) = %d", name, id)
		}
	}
	for _, id := range []int{-1, 0, 166} {
		if _, ok := StaticName(id); ok {
			t.Errorf("StaticName(%d) exists", id)
		}
	}
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a_1": "a_1", "\n": "_0x0a_", " ": "_space_", "*": "_star_", "/": "_slash_",
		"<module>": "_lt_module_gt_", "utf-8": "utf_hyphen_8", "a.b\"": "a_dot_b_quot_", "`": "_0x60_", "\x7f": "_0x7f_", "é": "_0xe9_",
		"(a)": "_paren_open_a_paren_close_", "[]{}": "_bracket_open__bracket_close__brace_open__brace_close_",
	} {
		if got := Escape(text); got != want {
			t.Errorf("Escape(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestEscapes: no two characters have one name.
func TestEscapes(t *testing.T) {
	of := map[string]rune{}
	for c := range rune(256) {
		name := Escape(string(c))
		if other, ok := of[name]; ok {
			t.Errorf("%q and %q are %s", other, c, name)
		}
		of[name] = c
	}
}

// TestStaticNames: no static name gets a number of the module's, and every other one
// does.
func TestStaticNames(t *testing.T) {
	var source strings.Builder
	for _, name := range static {
		source.WriteString(" MP_QSTR_" + Escape(name) + " MP_QSTR_" + Escape(name) + "2")
	}
	got := numbers([]byte(source.String()))
	if len(got) != len(static) {
		t.Errorf("%d names, want %d", len(got), len(static))
	}
	for _, name := range got {
		if !strings.HasSuffix(name, "2") {
			t.Errorf("%s has a number", name)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("MP_QSTR_a MP_QSTR_"))
	f.Add([]byte("MP_QSTMP_QSTR_MP_QSTR_é"))
	f.Fuzz(func(t *testing.T, src []byte) {
		seen := map[string]bool{}
		for _, name := range Scan(src) {
			if seen[name] || wordLen(name) != len(name) || !bytes.Contains(src, []byte(word(name))) {
				t.Errorf("name %q", name)
			}
			seen[name] = true
		}
	})
}

// What readConfig accepts, config writes back: no name is lost, moved or
// invented on the way from the compiler to the linker.
func FuzzReadConfig(f *testing.F) {
	f.Add(config(nil))
	f.Add(config([]string{"a", "b"}))
	f.Add([]byte("#define MP_QSTR_ (1)\n#define MP_QSTR_x (mp_native_qstr_table[1])\n" + tableDecl))
	f.Add([]byte("#define MP_QSTR_x (mp_native_qstr_table[99999999999999999999])\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		names, err := readConfig("c.h", data)
		if err != nil {
			if names != nil {
				t.Errorf("names beside an error")
			}
			return
		}
		again, err := readConfig("again.h", config(names))
		if err != nil || !slices.Equal(again, names) {
			t.Errorf("%q became %q, %v", names, again, err)
		}
	})
}

// The newest layout, which has no objects.

func config(names []string) []byte { return Table.Config(QStrs{Values: names}) }

func preprocess(sources ...[]byte) []byte { return Table.Preprocess(sources...) }

func readConfig(name string, data []byte) ([]string, error) {
	qstrs, err := Table.Read(name, data)
	return qstrs.Values, err
}
