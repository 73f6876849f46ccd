package qstrlink

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// assembled is what compilers put into the section for a header: the texts of
// its .asciz directives.
func assembled(header []byte) []byte {
	var section []byte
	for _, m := range regexp.MustCompile(`\.asciz \\"(.*?)\\"\\n`).FindAllSubmatch(header, -1) {
		section = append(append(section, m[1]...), 0)
	}
	return section
}

// TestDiffers: an object is good for every header in which the names it was
// compiled with have their numbers.
func TestDiffers(t *testing.T) {
	text := func(list ...string) []byte { return []byte("MP_QSTR_" + strings.Join(list, " MP_QSTR_")) }
	for _, l := range layouts {
		n := func(i int) int { return i + l.first }
		for _, c := range []struct {
			compiled, linked []string
			want             string
		}{
			{[]string{"a1", "b1"}, []string{"a1", "b1"}, ""},
			{[]string{"a1"}, []string{"a1", "b1"}, ""},
			{nil, []string{"a1"}, ""},
			{[]string{"a1"}, []string{"b1"}, fmt.Sprintf("number %d was MP_QSTR_a1 when it was compiled, and is MP_QSTR_b1 now", n(0))},
			{[]string{"b1"}, []string{"a1", "b1"}, fmt.Sprintf("number %d was MP_QSTR_b1 when it was compiled, and is MP_QSTR_a1 now", n(0))},
			{[]string{"a1", "c1"}, []string{"a1", "b1", "c1"}, fmt.Sprintf("number %d was MP_QSTR_c1 when it was compiled, and is MP_QSTR_b1 now", n(1))},
			{[]string{"a1", "b1"}, []string{"a1"}, fmt.Sprintf("number %d was MP_QSTR_b1 when it was compiled, and there is no number %d now", n(1), n(1))},
		} {
			compiled := assembled(l.Preprocess(text(c.compiled...)))
			if len(compiled) == 0 && len(c.compiled) > 0 {
				t.Fatalf("%s: no record", l.Releases)
			}
			if got := l.Differs(compiled, l.Names(text(c.linked...))); got != c.want {
				t.Errorf("%s: compiled with %q, linked with %q:\n got %s\nwant %s", l.Releases, c.compiled, c.linked, got, c.want)
			}
		}
		for _, other := range layouts {
			got := other.Differs(assembled(l.Preprocess(text("a1"))), QStrs{Values: []string{"a1"}})
			want := "that was made for " + l.Releases + ", but the link is for " + other.Releases
			if l == other {
				want = ""
			}
			if got != want {
				t.Errorf("compiled for %s, linked for %s: %q", l.Releases, other.Releases, got)
			}
		}
	}
}

// TestDiffersObjects: objects have numbers of their own.
func TestDiffersObjects(t *testing.T) {
	for _, l := range []*Layout{&Links, &WideLinks, &Tables} {
		names := func(objects ...string) QStrs { return QStrs{Values: []string{"v"}, Objects: objects} }
		section := assembled([]byte(l.records(names("one", "two"))))
		for _, c := range []struct{ objects, want string }{
			{"one two", ""},
			{"one two zero", ""},
			{"one", "number 1 was MP_OBJ_NEW_QSTR_MP_QSTR_two when it was compiled, and there is no number 1 now"},
			{"one three two", "number 1 was MP_OBJ_NEW_QSTR_MP_QSTR_two when it was compiled, and is MP_OBJ_NEW_QSTR_MP_QSTR_three now"},
		} {
			if got := l.Differs(section, names(strings.Fields(c.objects)...)); got != c.want {
				t.Errorf("%s: %s: %s", l.Releases, c.objects, got)
			}
		}
	}
}

// TestMergedRecords: what ld -r joins, padded or not, must all agree.
func TestMergedRecords(t *testing.T) {
	a, b := "1.21 values 1 a1 b1\x00", "1.21 values 1 b1\x00"
	for section, want := range map[string]string{
		a + a:                       "",
		"\x00\x00" + a + "\x00" + a: "",
		"\x00\x00" + b:              "number 1 was MP_QSTR_b1 when it was compiled, and is MP_QSTR_a1 now",
		a + "\x00\x00\x00" + b:      "number 1 was MP_QSTR_b1 when it was compiled, and is MP_QSTR_a1 now",
		a + b:                       "number 1 was MP_QSTR_b1 when it was compiled, and is MP_QSTR_a1 now",
		b + a:                       "number 1 was MP_QSTR_b1 when it was compiled, and is MP_QSTR_a1 now",
	} {
		if got := Table.Differs([]byte(section), QStrs{Values: []string{"a1", "b1"}}); got != want {
			t.Errorf("%q: %s", section, got)
		}
	}
}

// TestManyRecords: long lists come in records that strict compilers take,
// and each name is in one.
func TestManyRecords(t *testing.T) {
	var names []string
	for i := range 1000 {
		names = append(names, fmt.Sprintf("name_%04d", i))
	}
	header := Table.records(QStrs{Values: names})
	for line := range strings.Lines(header) {
		if len(line) > 3200 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	section := assembled([]byte(header))
	if got := Table.Differs(section, QStrs{Values: names}); got != "" {
		t.Errorf("the same names: %s", got)
	}
	for i := range names {
		changed := slices.Clone(names)
		changed[i] = "another"
		want := fmt.Sprintf("number %d was MP_QSTR_%s when it was compiled, and is MP_QSTR_another now", i+1, names[i])
		if got := Table.Differs(section, QStrs{Values: changed}); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

// TestCorruptRecords: nothing of a section that is no record is shown.
func TestCorruptRecords(t *testing.T) {
	for _, section := range []string{
		"x", "1.21", "1.21 values", "1.21 values x a", "1.21 values -1 a", "1.21 values 0 a", "1.21 names 1 a",
		"1.21 values 1 \x1b[31m", "9.99 values 1 a", "1.21 values 99999999999 a", "1.21\nvalues 1 a",
	} {
		if got := Table.Differs([]byte(section), QStrs{Values: []string{"a"}}); got != "what it left in .mpyld.qstrs cannot be read" {
			t.Errorf("%q: %q", section, got)
		}
	}
}
