package build

import (
	"slices"
	"testing"
)

func TestIncbins(t *testing.T) {
	for text, want := range map[string][]string{
		"int a;": nil,
		"two: .incbin \"two.bin\", 4\n .incbin\t\"b.bin\"\n":             {"two.bin", "b.bin"},
		`__asm__(".incbin \"one.bin\"\n");`:                              {"one.bin"},
		"__asm__(\".incbin \\\"\" \"data/\"\n \"a b.bin\" \"\\\"\\n\");": {"data/a b.bin"},
		`.incbin NAME`: {".incbin"},
		`.incbins "x"`: nil,
	} {
		if got := incbins(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
