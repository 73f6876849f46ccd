package main

import "testing"

func TestClosest(t *testing.T) {
	names := []string{"verify", "help", "output", "arch"}
	for _, test := range []struct{ word, want string }{
		{"verfy", "verify"},
		{"verifyy", "verify"},
		{"vreify", "verify"},
		{"hepl", "help"},
		{"hlep", "help"},
		{"ouput", "output"},
		{"arhc", "arch"},
		{"link", ""},
		{"x", ""},
		{"", ""},
	} {
		if got := closest(test.word, names); got != test.want {
			t.Errorf("closest(%q) = %q, want %q", test.word, got, test.want)
		}
	}
}
