package diag

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestRender: errors come sorted by place, each with its notes.
func TestRender(t *testing.T) {
	var l List
	l.Add("b.o:(.text+0x10)", "third")
	l.Add("b.o:(.text+0x9)", "second").Note("remedy %d", 1).Note("remedy 2")
	l.Add("", "whole link")
	l.Add("a.o", "first")
	const want = `mpyld: error: whole link
mpyld: error: a.o: first
mpyld: error: b.o:(.text+0x9): second
mpyld: note: remedy 1
mpyld: note: remedy 2
mpyld: error: b.o:(.text+0x10): third
`
	if got := Render("mpyld: ", l.Err()); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// TestRenderLimit: past the limit errors are only counted.
func TestRenderLimit(t *testing.T) {
	var l List
	for i := range Limit + 3 {
		l.Add("", "error %02d", i)
	}
	got := Render("", l.Err())
	if n := strings.Count(got, "error: error "); n != Limit {
		t.Errorf("%d errors shown, want %d", n, Limit)
	}
	if !strings.HasSuffix(got, "error: 3 more errors not shown\n") {
		t.Errorf("no count at the end of:\n%s", got)
	}
}

// TestJoin: lists are flattened through wrapping, other errors keep their text.
func TestJoin(t *testing.T) {
	var inner List
	inner.Add("x", "one")
	inner.Add("y", "two")
	var l List
	l.Join(nil)
	l.Join(fmt.Errorf("wrapped: %w", inner.Err()))
	l.Join(New("z", "three"))
	l.Join(errors.New("four"))
	if len(l) != 4 {
		t.Fatalf("%d errors, want 4: %v", len(l), l)
	}
	if err := l.Err(); err.Error() != "four\nx: one\ny: two\nz: three" {
		t.Errorf("got %q", err)
	}
	if (List{}).Err() != nil {
		t.Error("an empty list is an error")
	}
}
