package qstrlink

import (
	"slices"
	"strings"
	"testing"
)

// mpyLd are headers that mpy_ld.py of the release made of testdata/objects.c.
var mpyLd = map[string]*Layout{
	"objects.1.18.x64.h": &Links, "objects.1.18.xtensawin.h": &WideLinks, "objects.1.20.0.x64.h": &Tables,
}

// For releases whose headers need nothing else, ours is mpy_ld.py's to the byte,
// but for the records.
func TestLayouts(t *testing.T) {
	src := read(t, "testdata/objects.c")
	for file, l := range mpyLd {
		want := read(t, "testdata/"+file)
		if got := l.Preprocess(src); string(got) != string(want)+l.records(l.Names(src)) {
			t.Errorf("%s: got\n%s", file, got)
		}
		got, err := l.Read(file, want)
		if names := l.Names(src); err != nil || !slices.Equal(got.Values, names.Values) || !slices.Equal(got.Objects, names.Objects) {
			t.Errorf("%s: read %q, %v", file, got, err)
		}
	}
}

// A header is read for the releases it was made for and for no others.
func TestLayoutMismatch(t *testing.T) {
	src := read(t, "testdata/objects.c")
	for _, made := range layouts {
		for _, linked := range layouts {
			_, err := linked.Read("c.h", made.Preprocess(src))
			if made == linked {
				if err != nil {
					t.Errorf("%s: %v", made.Releases, err)
				}
				continue
			}
			if err == nil || !strings.Contains(err.Error(), "but the link is for "+linked.Releases) {
				t.Errorf("made for %s, linked for %s: %v", made.Releases, linked.Releases, err)
			}
		}
	}
	// Without any names of its own, only the declarations show it.
	for _, made := range layouts {
		for _, linked := range layouts {
			if _, err := linked.Read("c.h", made.Preprocess()); (err == nil) != (made == linked) && !(made == &Tables && linked == &Table) {
				t.Errorf("made for %s without names, linked for %s: %v", made.Releases, linked.Releases, err)
			}
		}
	}
}

func TestReadObjects(t *testing.T) {
	good := string(Links.Config(QStrs{Values: []string{"v"}, Objects: []string{"one", "two"}}))
	for edit, want := range map[string]string{
		"#define MP_OBJ_NEW_QSTR_MP_QSTR_one ((mp_obj_t)mp_native_qstr_obj_table[0])\n|": "c.h:171: MP_OBJ_NEW_QSTR_MP_QSTR_two has number 1 where 0 must follow: a line is lost or out of order",
		"MP_QSTR_two ((|MP_QSTR_tw-o ((": "c.h:172: MP_OBJ_NEW_QSTR_MP_QSTR_tw-o has a number, but it is no name of C",
		"obj_table[1]|obj_table[x]":      "c.h:172: MP_OBJ_NEW_QSTR_MP_QSTR_two has no number that can be read: ((mp_obj_t)mp_native_qstr_obj_table[x])",
		"MP_QSTR_two|MP_QSTR_one":        "c.h:172: MP_OBJ_NEW_QSTR_MP_QSTR_one is defined a second time (first on line 171)",
		"val_table[0]|val_table[1]":      "c.h:170: MP_QSTR_v has number 1 where 0 must follow: a line is lost or out of order",
	} {
		from, to, _ := strings.Cut(edit, "|")
		if _, err := Links.Read("c.h", []byte(strings.Replace(good, from, to, 1))); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", edit, err, want)
		}
	}
}

// TestExpanded: a preprocessor has replaced static names by their numbers, and where
// objects have a table, made one word of what asks for one.
func TestExpanded(t *testing.T) {
	text := []byte("f(MP_QSTR_a); g(MP_OBJ_NEW_QSTR_MP_QSTR_b, (12), MP_OBJ_NEW_QSTR_MP_QSTR_a); MP_QSTR_c")
	for _, l := range []*Layout{&Links, &Tables} {
		got := l.Expanded(text)
		if !slices.Equal(got.Values, []string{"a", "c"}) || !slices.Equal(got.Objects, []string{"a", "b"}) {
			t.Errorf("%s: %q", l.Releases, got)
		}
	}
	if got := Table.Expanded([]byte("f(MP_QSTR_a)")); !slices.Equal(got.Values, []string{"a"}) || got.Objects != nil {
		t.Errorf("%q", got)
	}
}
