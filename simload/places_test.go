package simload

import (
	"strings"
	"testing"

	"mpyld/mpyfile"
	"mpyld/relocs"
)

// bothWays runs a test with one goroutine, and with several.
func bothWays(t *testing.T, f func(t *testing.T)) {
	usual := manyRelocations
	defer func() { manyRelocations = usual }()
	for name, many := range map[string]int{"alone": 1 << 30, "shared": 0} {
		manyRelocations = many
		t.Run(name, f)
	}
}

// frozen is a module with a word that is right at the first place the module
// is loaded at, and that the firmware does not relocate.
func frozen() *module {
	const word = 0x58 // S + A of helper
	l := x64Module()
	im := Load(l.file, invented(l.file.Arch.Word)[0])
	copy(l.file.Text[word:word+8], im.Text[word:])
	drop(l.file, word)
	return l
}

// TestSecondPlace: what is right at one place only is found at the other one.
func TestSecondPlace(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		l := frozen()
		v := newVerifier(l.file, l.m)
		v.layout()
		at := v.load(invented(8))
		v.contents(at)
		if at[0].checkModule(); len(at[0].errs) > 0 {
			t.Fatalf("not right at the first place: %v", at[0].errs)
		}
		err := l.verify(t)
		if err == nil || !strings.HasPrefix(err.Error(), "a.o:(.data.rel.ro+0x8): R_X86_64_64 against helper: the field holds 0x7e4020010") {
			t.Errorf("got %v", err)
		}
	})
}

// TestFirstPlaceAlone: errors at the first place are not repeated for the second.
func TestFirstPlaceAlone(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		l := x64Module()
		drop(l.file, 0x58)
		err := l.verify(t)
		if err == nil || strings.Count(err.Error(), "R_X86_64_64 against helper") != 1 {
			t.Errorf("got %v, not one error", err)
		}
	})
}

// TestSecondPanics: a panic at the second place gets to the caller of Verify,
// who may recover; it does not end the process.
func TestSecondPanics(t *testing.T) {
	bothWays(t, func(t *testing.T) {
		l := x64Module()
		b := &l.m.Sections[2].Relocs[1]
		first := Load(l.file, invented(8)[0]).Start(mpyfile.Text)
		field := *b.Howto.Field
		read := field.Read
		field.Read = func(b []byte) int64 {
			if v := read(b); uint64(v)>>32 != first>>32 {
				panic("at the second place")
			}
			return read(b)
		}
		b.Howto = &relocs.Howto{Name: b.Howto.Name, Formula: b.Howto.Formula, Field: &field}
		defer func() {
			if p := recover(); p != "at the second place" {
				t.Errorf("recovered %v", p)
			}
		}()
		t.Errorf("verified: %v", l.verify(t))
	})
}
