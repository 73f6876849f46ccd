package main

import "testing"

// TestNoticed: the file noticed is about mistakes that the lists have, and somebody noticed each that is harmful.
func TestNoticed(t *testing.T) {
	mutants, err := readAll("mutants")
	if err != nil {
		t.Fatal(err)
	}
	known, err := readNotes("noticed")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants {
		if known[m.title()].who == byNobody && m.harmless == "" {
			t.Errorf("%s: nobody noticed", m.title())
		}
		delete(known, m.title())
	}
	for title := range known {
		t.Errorf("%s: no list has it", title)
	}
}
