package diag

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
		if got := Closest(test.word, names); got != test.want {
			t.Errorf("Closest(%q) = %q, want %q", test.word, got, test.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b        string
		limit, want int
	}{
		{"strlen", "strlen", 2, 0},
		{"strlne", "strlen", 2, 1}, // swapped
		{"strln", "strlen", 2, 1},
		{"strrlen", "strlen", 2, 1},
		{"spqlen", "strlen", 2, 2},
		{"spqlem", "strlen", 2, 3}, // beyond the limit
		{"spqlem", "strlen", 9, 3},
		{"abcdef", "uvwxyz", 2, 3},
		{"", "strlen", 2, 3},
		{"abc", "", 3, 3},
	} {
		if got := Distance(test.a, test.b, test.limit); got != test.want {
			t.Errorf("Distance(%q, %q, %d) = %d, want %d", test.a, test.b, test.limit, got, test.want)
		}
	}
}
