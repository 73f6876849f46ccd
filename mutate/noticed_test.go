package main

import "testing"

// least is how many of a hundred mistakes of the linker that make another module its check has to notice by itself.
const least = 95

// TestNoticed: the file noticed is about mistakes that the lists have, somebody noticed each that is harmful, and
// the check of links enough of those that it can.
func TestNoticed(t *testing.T) {
	mutants, err := readAll("mutants")
	if err != nil {
		t.Fatal(err)
	}
	known, err := readNotes("noticed")
	if err != nil {
		t.Fatal(err)
	}
	houses, err := newHouses()
	if err != nil {
		t.Fatal(err)
	}
	all := newTally(houses)
	for _, m := range mutants {
		v, ok := known[m.title()]
		if v.who == byNobody && m.harmless == "" {
			t.Errorf("%s: nobody noticed", m.title())
		}
		if ok {
			all.count(m, v)
		}
		delete(known, m.title())
	}
	for title := range known {
		t.Errorf("%s: no list has it", title)
	}
	if n, of := all.byVerify(); 100*n < least*of {
		t.Errorf("the check notices %s", percent(n, of))
	}
}
