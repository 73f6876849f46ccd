package link

import (
	"strings"
	"testing"

	"mpyld/fixtures/elfmake"
	"mpyld/link/internal/resolve"
)

// TestInitCode: what never runs at exit is left out, and a function that is
// called stays, whatever its section is called.
func TestInitCode(t *testing.T) {
	call := func(sym int) elfmake.Reloc { return elfmake.Reloc{Off: 4, Type: x64PC32, Sym: sym, A: -4} }
	caller := elfmake.Object{Sections: []elfmake.Section{text(16, call(1))}, Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0), undef("f")}}
	own := elfmake.Object{
		Sections: []elfmake.Section{text(16, call(0)), section(".init", alloc|exec, 8)},
		Symbols:  []elfmake.Symbol{local("f", 1, 0), fn("mpy_init", 0, 0)},
	}
	in := func(name string) elfmake.Object {
		return elfmake.Object{Sections: []elfmake.Section{section(name, alloc|exec, 8)}, Symbols: []elfmake.Symbol{fn("f", 0, 0)}}
	}
	fragment := elfmake.Object{Sections: []elfmake.Section{section(".init", alloc|exec, 8)}}
	exit := elfmake.Object{Sections: []elfmake.Section{section(".fini", alloc|exec, 8, call(0))}, Symbols: []elfmake.Symbol{undef("nobody")}}
	table := section(".fini_array", alloc|write, 8, elfmake.Reloc{Off: 0, Type: x64Abs64, Sym: 0})
	listed := elfmake.Object{Sections: []elfmake.Section{table}, Symbols: []elfmake.Symbol{undef("f")}}
	empty := elfmake.Object{Sections: []elfmake.Section{section(".init", alloc|exec, 0)}}
	tests := []struct {
		name        string
		objects     []elfmake.Object
		errs, notes int
		text        int // bytes
	}{
		{"called", []elfmake.Object{caller, in(".init")}, 0, 0, 24},
		{"called at exit", []elfmake.Object{caller, in(".fini")}, 0, 0, 24},
		{"called in its own object", []elfmake.Object{own}, 0, 0, 24},
		{"called, but not alone", []elfmake.Object{caller, in(".init"), fragment}, 2, 0, 0},
		{"not called", []elfmake.Object{withEntry, in(".init")}, 1, 0, 0},
		{"to be called at exit", []elfmake.Object{withEntry, in(".init"), listed}, 1, 0, 0},
		{"at exit", []elfmake.Object{withEntry, exit, in(".fini")}, 0, 2, 16},
		{"empty", []elfmake.Object{withEntry, empty}, 0, 0, 16},
		{"of another name", []elfmake.Object{withEntry, in(".init.text")}, 0, 0, 24},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := Checked(input(t, "x64", tt.objects...))
			if err != nil {
				if n := strings.Count(err.Error(), "which nothing runs in a module"); n != tt.errs || n == 0 {
					t.Errorf("%v, want %d errors", err, tt.errs)
				}
				return
			}
			if text := len(res.File.Text); tt.errs != 0 || len(res.Notes) != tt.notes || text != tt.text {
				t.Errorf("no error, notes %v, text of %d bytes; want %d errors, %d notes, %d bytes", res.Notes, text, tt.errs, tt.notes, tt.text)
			}
		})
	}
	res, err := Checked(input(t, "x64", withEntry, elfmake.Object{Sections: []elfmake.Section{section(".junk", alloc|resolve.ShfExclude, 64)}}))
	if err != nil || len(res.File.Text) != 16 {
		t.Errorf("an excluded section is in the module (%v)", err)
	}
}
