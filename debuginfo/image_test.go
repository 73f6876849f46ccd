package debuginfo

import (
	"fmt"
	"testing"

	"mpyld/diag"
)

// TestAt: code is in the functions around it, innermost first, with where each was called; a function in a function is
// its own; what two functions claim is nobody's.
func TestAt(t *testing.T) {
	at := func(line int) diag.Source { return diag.Source{File: "a.c", Line: line} }
	r := func(low, high uint64) [][2]uint64 { return [][2]uint64{{low, high}} }
	i := &Image{
		lines: &lines{},
		tree: &tree{whole: true, scopes: []scope{
			{ranges: r(0x10, 0x50), name: "f", depth: 1},
			{ranges: r(0x18, 0x30), name: "g", call: at(5), inlined: true, depth: 2},
			{ranges: r(0x20, 0x28), name: "h", call: at(7), inlined: true, depth: 3},
			{ranges: r(0x60, 0x70), name: "nested", depth: 2},
			{ranges: r(0x62, 0x64), name: "g", call: at(9), inlined: true, depth: 3},
			{ranges: r(0x30, 0x38), name: "g", call: at(11), inlined: true, depth: 2},
			{ranges: r(0x80, 0x90), name: "one", depth: 1},
			{ranges: r(0x88, 0x98), name: "other", depth: 1},
			{ranges: r(^uint64(0), 3), name: "removed", depth: 1},
			{ranges: r(0, 0x100), name: "g", call: at(13), inlined: true, depth: 2},
		}},
	}
	i.index()
	for addr, want := range map[uint64]string{
		0x0: "", 0x10: "f@0", 0x18: "g@0 f@5", 0x20: "h@0 g@7 f@5", 0x28: "g@0 f@5", 0x30: "g@0 f@11", 0x38: "f@0", 0x50: "",
		0x60: "nested@0", 0x62: "g@0 nested@9", 0x80: "", 0x8c: "", 0x94: "",
	} {
		got := ""
		for n, w := range i.At(addr) {
			if n > 0 {
				got += " "
			}
			got += fmt.Sprintf("%s@%d", w.Function, w.At.Line)
		}
		if got != want {
			t.Errorf("%#x is in %q, want %q", addr, got, want)
		}
	}
}
