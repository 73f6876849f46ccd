package diag

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"a.o:(.text.f+0x1c): undefined symbol: f", "a.o:(.text.f+0x1c): undefined symbol: f"},
		{`C:\src\a.o "x"`, `C:\src\a.o "x"`},
		{"größe, Δt, 変数, naïve", "größe, Δt, 変数, naïve"},
		{"a\nmpyld: error: b", `a\nmpyld: error: b`},
		{"a\rb\tc\vd", `a\rb\tc\vd`},
		{"\x1b[2Jx\x07", `\x1b[2Jx\a`},
		{"\x7f", `\x7f`},
		{"\u009b31m", `\u009b31m`},                         // CSI of one character
		{"\x9b31m\xff", `\x9b31m\xff`},                     // and as a byte
		{"a\u202eb\u2066c\u200e", `a\u202eb\u2066c\u200e`}, // directions
		{"a\u2028b\u2029c\u0085d", `a\u2028b\u2029c\u0085d`},
		{"a\u00a0b\u200bc\ufeffd", `a\u00a0b\u200bc\ufeffd`},
		{"a\ufffdb", "a\ufffdb"}, // the sign itself
		{"\xe2\x80", `\xe2\x80`}, // a part of a character
		{"\x00", `\x00`},
		{"\U000e0001", `\U000e0001`},
	} {
		if got := Plain(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestLine: words that no screen holds lose their middle, by characters.
func TestLine(t *testing.T) {
	got := Line("undefined symbol: " + strings.Repeat("x", 10000) + "\x1b (in f)")
	if len(got) > 600 || !strings.HasPrefix(got, "undefined symbol: xxx") || !strings.HasSuffix(got, `xxx\x1b (in f)`) || !strings.Contains(got, "x[9604 more]x") {
		t.Errorf("got %q", got)
	}
	if got := Line(strings.Repeat("word ", 2000)); len(got) != 10000 {
		t.Errorf("%d bytes of many short words are left", len(got))
	}
	if got := Line(strings.Repeat("\u00e9", 6001)); !utf8.ValidString(got) {
		t.Errorf("half a character: %q", got)
	}
}

// TestRenderForged: no name makes a line, or anything that a terminal obeys.
func TestRenderForged(t *testing.T) {
	const name = "x\nmpyld: error: forged\x1b[2J"
	e := New(name+".o:("+name+")", "undefined symbol: %s", name).Note("%s", name)
	got := Render("mpyld: ", e)
	if strings.Count(got, "\n") != 2 || strings.Contains(got, "\x1b") {
		t.Errorf("got %q", got)
	}
}

// FuzzPlain: what comes out is one line of printable characters, and comes out
// the same again.
func FuzzPlain(f *testing.F) {
	f.Add("a\nb\x1b[2J")
	f.Add("größe \xff\u202e")
	f.Fuzz(func(t *testing.T, text string) {
		got := Plain(text)
		if !utf8.ValidString(got) || strings.IndexFunc(got, func(r rune) bool { return r != utf8.RuneError && unprintable(r) }) >= 0 {
			t.Errorf("%q: got %q", text, got)
		}
		if again := Plain(got); again != got {
			t.Errorf("%q: got %q, then %q", text, got, again)
		}
	})
}
