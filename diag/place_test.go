package diag

import "testing"

// TestPlace: the coordinates that messages have.
func TestPlace(t *testing.T) {
	for _, test := range []struct {
		place Place
		want  string
	}{
		{Place{Object: "a.o", Section: ".text.f", Off: 28}, "a.o:(.text.f+0x1c)"},
		{Place{Section: "got", Off: 4}, "(got+0x4)"},
		{Place{Object: "lib.a(m.o)", Section: "COMMON", Whole: true}, "lib.a(m.o):(COMMON)"},
		{Place{Object: "a.o", Whole: true}, "a.o"},
		{Place{}, ""},
	} {
		if got := test.place.String(); got != test.want {
			t.Errorf("%+v: %s, want %s", test.place, got, test.want)
		}
	}
}

// TestSeen: a source is called as the compiler called it where that ran, and elsewhere by a name that leads to it.
func TestSeen(t *testing.T) {
	for _, test := range []struct{ file, dir, from, want string }{
		{"src/wave.c", "/home/x/wave", "/home/x/wave", "src/wave.c"},
		{"../wave.c", "/home/x/wave", "/home/x/wave/", "../wave.c"},
		{"src/wave.c", "/home/x/wave", "/home/x", "wave/src/wave.c"},
		{"../wave.c", "/home/x/build", "/home/x", "wave.c"},
		{"src/wave.c", "/home/x/wave", "/home/xy", "/home/x/wave/src/wave.c"},
		{"src/wave.c", "/home/x/wave", "/", "home/x/wave/src/wave.c"},
		{"/usr/include/a.h", "/home/x", "/usr", "/usr/include/a.h"},
		{"wave.c", ".", "/home/x", "wave.c"},
		{"wave.c", "", "/home/x", "wave.c"},
		{"wave.c", "/home/x", "", "/home/x/wave.c"},
		{"", "/home/x", "/home", ""},
	} {
		at := Source{File: test.file, Dir: test.dir, Line: 3}
		if got := at.Seen(test.from); got.File != test.want || got.Line != 3 {
			t.Errorf("%+v from %s: %s, want %s", at, test.from, got.File, test.want)
		}
	}
}

// TestRenderSources: lines begin with the source where one is known, and no name of one breaks them.
func TestRenderSources(t *testing.T) {
	at := Place{Object: "a.o", Section: ".text", Off: 4, Source: Source{File: "wave.c", Line: 14, Column: 3}}
	other := at
	other.Source = Source{File: "a\nb.c", Line: 7}
	e := New(at, "undefined symbol: %s", "sinf").Note("also at %s", other).Note("it is in libm.a")
	const want = `wave.c:14: error: a.o:(.text+0x4): undefined symbol: sinf
a\nb.c:7: note: also at a.o:(.text+0x4)
mpyld: note: it is in libm.a
`
	if got := Render("mpyld: ", e); got != want {
		t.Errorf("%s", got)
	}
	e.Place.Source.Line = 0
	const warning = `mpyld: warning: a.o:(.text+0x4): undefined symbol: sinf
a\nb.c:7: note: also at a.o:(.text+0x4)
mpyld: note: it is in libm.a
`
	if got := RenderWarnings("mpyld: ", List{e}); got != warning {
		t.Errorf("%s", got)
	}
	seen := List{e}.Seen("/")
	if e.Notes[0].Place.Source != other.Source || seen[0] == e {
		t.Error("Seen changes the error")
	}
	detail := New("", "internal").Note("%s", New(other, "wrong")).NoteAt(Source{File: "m.toml", Line: 2}, "it is named there")
	const details = `mpyld: error: internal
a\nb.c:7: note: a.o:(.text+0x4): wrong
m.toml:2: note: it is named there
`
	if got := Render("mpyld: ", detail); got != details {
		t.Errorf("%s", got)
	}
	script := New(Source{File: "rom.ld", Line: 3, Column: 9}, "expected a number")
	if got := Render("mpyld: ", script); got != "mpyld: error: rom.ld:3:9: expected a number\n" {
		t.Errorf("%s", got)
	}
	if e.Format != "undefined symbol: %s" || e.Where != "a.o:(.text+0x4)" {
		t.Errorf("%+v", e)
	}
}
