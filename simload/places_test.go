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

// TestDistances: what is right at the first place is not asked again at the second one if it is the distance of
// two places in text, and its bytes are the same.
func TestDistances(t *testing.T) {
	const distance = 0x20 // in text: R_ARM_REL32 of helper, number 6 of section 0
	for _, tt := range []struct {
		name, want string
		spoil      func(l *module, im *Image, put func(v uint64))
	}{
		{"a distance that the firmware adds an address to", "R_ARM_REL32", func(l *module, im *Image, put func(uint64)) {
			put(0x2d - distance - im.Start(mpyfile.Text))
			l.file.Words = append(l.file.Words, inText(distance, toText))
		}},
		{"a distance to what moves on its own", "R_ARM_REL32", func(l *module, im *Image, put func(uint64)) {
			l.m.Sections[0].Relocs[6].S = 3 // counter
			put(im.Start(mpyfile.BSS) - im.Start(mpyfile.Text) - distance)
		}},
		{"a distance of what moves on its own", "R_ARM_REL32", func(l *module, im *Image, _ func(uint64)) {
			l.m.Sections[3].Relocs[0].Howto = l.m.Machine.Howto(3)
			l.file.Words = l.file.Words[:len(l.file.Words)-1]
			im.putWord(l.file.Rodata[4:], im.Start(mpyfile.Text)+0x2d-im.Start(mpyfile.Rodata)-4)
		}},
		{"a distance to a slot that does not move", "R_ARM_GOT_PREL", func(l *module, im *Image, _ func(uint64)) {
			drop(l.file, 0x58)
			im.putWord(l.file.Text[0x58:], im.Start(mpyfile.Text)+0x2d)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bothWays(t, func(t *testing.T) {
				l := thumbModule()
				im := Load(l.file, invented(4)[0])
				tt.spoil(l, im, func(v uint64) { im.putWord(l.file.Text[distance:], v) })
				v := newVerifier(l.file, l.m)
				v.layout()
				at := v.load(invented(4))
				v.contents(at)
				if len(at[0].errs) > 0 {
					t.Errorf("not right at the first place: %v", at[0].errs)
				}
				if len(at[1].errs) != 1 || !strings.Contains(at[1].errs[0].Error(), tt.want+" against") {
					t.Errorf("at the second place: got %v", at[1].errs)
				}
			})
		})
	}
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
