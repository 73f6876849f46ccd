package intern

import (
	"strconv"
	"testing"
)

func TestNumbersAreInOrder(t *testing.T) {
	for _, room := range []int{0, 3, 1000} {
		table := New(room)
		const n = 300 // more than there is room for: it grows four times
		for round := range 2 {
			for i := range int32(n) {
				if got := table.Number("name" + strconv.Itoa(int(i))); got != i {
					t.Fatalf("room for %d, round %d: number %d is %d", room, round, i, got)
				}
			}
			if table.Len() != n {
				t.Errorf("room for %d, round %d: %d strings, want %d", room, round, table.Len(), n)
			}
		}
		for i := range int32(n) {
			name := table.Name(i)
			if got, ok := table.Find(name); name != "name"+strconv.Itoa(int(i)) || !ok || got != i {
				t.Errorf("room for %d: number %d is %q, which is found as %d, %t", room, i, name, got, ok)
			}
		}
		if n, ok := table.Find("none"); ok || n >= 0 {
			t.Errorf("room for %d: a string that nobody gave has number %d, %t", room, n, ok)
		}
		if table.Len() != n {
			t.Errorf("room for %d: to look for a string makes it one", room)
		}
	}
}

func TestEmptyString(t *testing.T) {
	table := New(0)
	if n := table.Number(""); n != 0 || table.Name(0) != "" {
		t.Errorf("the empty string has number %d", n)
	}
}
