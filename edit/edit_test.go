package edit

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestList: where bytes and labels are after edits of each kind.
func TestList(t *testing.T) {
	for _, tt := range []struct {
		name           string
		edits          []Edit
		word           int
		want           string
		out, label, in []uint64 // of the offsets 0, 1, 2...
	}{
		{"none", nil, 0, "abcdefgh", []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8}, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8}, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8}},
		{"a cut", []Edit{{Off: 2, Del: 3}}, 0, "abfgh", []uint64{0, 1, 2, 2, 2, 2, 3, 4, 5}, []uint64{0, 1, 2, 2, 2, 2, 3, 4, 5}, []uint64{0, 1, 5, 6, 7, 8}},
		{
			"less padding, and another cut",
			[]Edit{{Off: 1, Del: 4, Ins: []byte("--")}, {Off: 6, Del: 2}},
			0, "a--f",
			[]uint64{0, 1, 2, 3, 3, 3, 4, 4, 4},
			[]uint64{0, 1, 2, 3, 3, 3, 4, 4, 4},
			[]uint64{0, 1, 2, 5, 8},
		},
		{"replaced", []Edit{{Off: 4, Del: 2, Ins: []byte("EF")}}, 0, "abcdEFgh", []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8}, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8}, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8}},
		{"inserted", []Edit{{Off: 4, Ins: []byte("++")}}, 0, "abcd++efgh", []uint64{0, 1, 2, 3, 6, 7, 8, 9, 10}, []uint64{0, 1, 2, 3, 6, 7, 8, 9, 10}, []uint64{0, 1, 2, 3, 4, 4, 4, 5, 6, 7, 8}},
		{"turned around", nil, 4, "efghabcd", []uint64{4, 5, 6, 7, 0, 1, 2, 3, 8}, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8}, []uint64{4, 5, 6, 7, 0, 1, 2, 3, 8}},
		{"cut and turned", []Edit{{Off: 2, Del: 2}}, 2, "ghefab", []uint64{4, 5, 2, 2, 2, 3, 0, 1, 6}, []uint64{0, 1, 2, 2, 2, 3, 4, 5, 6}, []uint64{6, 7, 4, 5, 0, 1, 8}},
	} {
		l := New([]byte("abcdefgh"), tt.edits, tt.word)
		if got := string(l.Bytes()); got != tt.want || !l.Valid() {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		for off, want := range tt.out {
			if got := l.Out(uint64(off)); got != want {
				t.Errorf("%s: %d is at %d, want %d", tt.name, off, got, want)
			}
			if got := l.Label(uint64(off)); got != tt.label[off] {
				t.Errorf("%s: a label of %d is at %d, want %d", tt.name, off, got, tt.label[off])
			}
		}
		for off, want := range tt.in {
			if got := l.In(uint64(off)); got != want {
				t.Errorf("%s: %d was at %d, want %d", tt.name, off, got, want)
			}
		}
	}
	var none *List
	if none.Out(3) != 3 || none.In(3) != 3 || none.Label(3) != 3 {
		t.Error("no list moves something")
	}
}

// TestOutAndIn: every byte of the object that is there is where Out says, and In
// leads back.
func TestOutAndIn(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		from := make([]byte, r.IntN(60))
		for i := range from {
			from[i] = byte(i)
		}
		var edits []Edit
		kept := make([]bool, len(from))
		for at := 0; at < len(from); {
			n := min(r.IntN(8), len(from)-at)
			for i := range n {
				kept[at+i] = true
			}
			at += n
			del := min(r.IntN(6), len(from)-at)
			if at < len(from) && (n > 0 || len(edits) == 0) {
				edits = append(edits, Edit{Off: uint32(at), Del: uint32(del), Ins: bytes.Repeat([]byte{0xff}, r.IntN(4))})
			} else {
				del = 0
			}
			at += del
		}
		l := New(from, edits, 0)
		if len(l.Bytes())%4 == 0 && r.IntN(2) == 0 {
			l = New(from, edits, 4)
		}
		got := l.Bytes()
		for i, kept := range kept {
			if !kept {
				continue
			}
			if at := l.Out(uint64(i)); at >= uint64(len(got)) || got[at] != byte(i) || l.In(at) != uint64(i) {
				t.Fatalf("%v, words of %d: %d is at %d of % x, and back at %d", edits, l.Word, i, at, got, l.In(at))
			}
		}
	}
}

// TestValid: what is no list.
func TestValid(t *testing.T) {
	for name, l := range map[string]*List{
		"behind the end": New([]byte("abcd"), []Edit{{Off: 3, Del: 2}}, 0),
		"out of order":   New([]byte("abcd"), []Edit{{Off: 2, Del: 1}, {Off: 0, Del: 1}}, 0),
		"overlapping":    New([]byte("abcd"), []Edit{{Off: 0, Del: 2}, {Off: 1, Del: 1}}, 0),
		"half words":     New([]byte("abcde"), nil, 4),
		"negative":       New([]byte("abcd"), nil, -4),
	} {
		if l.Valid() {
			t.Errorf("%s: valid", name)
		}
	}
}
