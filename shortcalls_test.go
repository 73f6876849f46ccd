package mpyld_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/linkmap"
	"mpyld/relocs"
	"mpyld/target"
)

// TestShortCalls: with -O, code that is compiled for it is no larger than what lld makes of the
// same objects, and code that is not stays as it is. testdata/relaxed has lld's sizes of the text sections of a
// case's objects; an e2e test, TestNoLargerThanLLD, asks it.
func TestShortCalls(t *testing.T) {
	text, err := os.ReadFile("testdata/relaxed")
	if err != nil {
		t.Fatal(err)
	}
	lld := map[string]int{}
	for line := range strings.Lines(string(text)) {
		var set, name string
		var size int
		if n, _ := fmt.Sscan(line, &set, &name, &size); n == 3 {
			lld[set+" "+name] = size
		}
	}
	sets, smaller := 0, 0
	for _, set := range fixtures.Sets() {
		marked := strings.HasSuffix(set.Name, "-relax")
		if !marked && set.Name != "rv32imc-gcc12.2-Os-fpic" {
			continue
		}
		sets++
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			was, none := codeOf(t, set, c, false)
			is, saved := codeOf(t, set, c, true)
			if none != 0 || saved != was-is {
				t.Errorf("%s %s: the map says that %d bytes went, but it is %d", set.Name, c.Name, saved, was-is)
			}
			switch want, ok := lld[set.Name+" "+c.Name]; {
			case !marked && was != is:
				t.Errorf("%s %s: %d bytes of code, with -O %d, but nothing in it allows that", set.Name, c.Name, was, is)
			case marked && !ok:
				t.Errorf("testdata/relaxed has nothing of %s %s, which has %d bytes of code", set.Name, c.Name, is)
			case is < was && c.Name == "threadlocal": // lld counts from the thread pointer, which modules do not have
			case marked && (is > want || is > was):
				t.Errorf("%s %s: %d bytes of code, with -O %d, lld's has %d", set.Name, c.Name, was, is, want)
			case is < was:
				smaller++
			}
		}
	}
	if sets != 6 || smaller < 50 {
		t.Errorf("%d sets, %d modules are smaller", sets, smaller)
	}
}

// codeOf links a case, with the check, and returns the bytes of code that its objects have
// in the module, and what the map says that shorter calls saved.
func codeOf(t *testing.T, set fixtures.Set, c fixtures.Case, optimise bool) (n, saved int) {
	t.Helper()
	o := mpyld.Options{
		FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: c.Name + ".mpy", Target: target.Options{Arch: set.Arch},
		KeepUnwind: c.Has("--keep-unwind"), GCSections: c.Has("--gc-sections"), Optimise: optimise,
		// Others move sections, which lld does not; with them, the module as a whole is no larger (link.shorten).
		NoRelax: slices.DeleteFunc(relocs.RelaxationNames(), func(name string) bool { return name == relocs.ShortCalls.String() }),
	}
	m, err := mpyld.Link(context.Background(), o)
	if err != nil {
		t.Fatalf("%s %s: %v", set.Name, c.Name, err)
	}
	for i := range m.Map.Sections {
		if s := &m.Map.Sections[i]; s.Kind == linkmap.Input && s.Instructions && strings.HasSuffix(s.Object, ".o") {
			n += int(s.Size)
		}
	}
	for _, s := range m.Map.Saved {
		if s.By == relocs.ShortCalls && s.Section >= 0 { // what it does to padding is about none
			saved += int(s.Bytes)
		}
	}
	return n, saved
}
