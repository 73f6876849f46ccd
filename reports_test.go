package mpyld

import "testing"

// TestMakeNames: names as make reads them.
func TestMakeNames(t *testing.T) {
	for _, tt := range []struct{ name, target, prerequisite string }{
		{"a.o", "a.o", "a.o"},
		{"a b#c:d$e", `a\ b\#c\:d$$e`, `a\ b\#c\:d$$e`},
		{"a%b", `a\%b`, "a%b"},
		{"a*b?c[d]", `a\*b\?c\[d]`, `a\*b\?c\[d]`},
		{`a\b\ c\\#`, `a\b\\\ c\\\\\#`, `a\b\\\ c\\\\\#`},
	} {
		if got := makeTarget(tt.name); got != tt.target {
			t.Errorf("%s: target %s, want %s", tt.name, got, tt.target)
		}
		if got := makeName(tt.name); got != tt.prerequisite {
			t.Errorf("%s: prerequisite %s, want %s", tt.name, got, tt.prerequisite)
		}
		if _, err := (&Module{Inputs: []string{tt.name}}).Dependencies(tt.name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"a\nb", "a\tb", "a;b", "a=b", "a|b", `a\`, "a&", "a\x1b"} {
		if _, err := (&Module{Inputs: []string{name}}).Dependencies("ok"); err == nil {
			t.Errorf("%q is accepted", name)
		}
		if _, err := (&Module{}).Dependencies(name); err == nil {
			t.Errorf("%q is accepted as an output", name)
		}
	}
}
