package simload

import (
	"strings"
	"testing"

	"mpyld/mpyfile"
)

// TestLongNames: firmware keeps the length of a name in a byte, in both versions. MicroPython
// 1.26 says "RuntimeError: name too long" to 256, and imports 255.
func TestLongNames(t *testing.T) {
	for n, want := range map[int]string{255: "", 256: "the loader raises RuntimeError: name too long: \"aaaaaaaaaaaaaaaa...\" has 256 bytes, and 255 is what firmware takes"} {
		name := strings.Repeat("a", n)
		for _, f := range []mpyfile.File{
			{QStrs: []string{name}},
			{QStrs: []string{"m.mpy", "b", name}},
			{Links: []mpyfile.QStrLink{{QStr: "b"}, {QStr: name}}},
		} {
			got := ""
			if e := tooLong(&f); e != nil {
				got = e.Text
			}
			if got != want {
				t.Errorf("%d bytes: %q, not %q", n, got, want)
			}
		}
	}
}
