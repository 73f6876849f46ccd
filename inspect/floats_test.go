package inspect

import (
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/fixtures/linked"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// armModules calls f for the modules of all stored objects for Cortex-M, as far
// as they link by themselves.
func armModules(t *testing.T, f func(set fixtures.Set, name string, file *mpytree.File)) {
	t.Helper()
	for _, set := range slices.Concat(fixtures.Sets(), fixtures.FamilySets()) {
		release := mpyfile.Newest
		if _, family, ok := strings.Cut(set.Name, "@"); ok {
			var err error
			if release, err = mpyfile.ParseTarget(family); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.HasPrefix(set.Arch, "armv") {
			continue
		}
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			_, data, err := linked.Case(set, c, release)
			if err != nil {
				continue
			}
			file, err := mpytree.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			f(set, c.Name, file)
		}
	}
}

// TestFloats: of all stored modules for Cortex-M, from every compiler, in every
// code model and for every release, those that exchange floats are seen to, and
// no others. At -O0 the address of the table is in memory, so it may be that one
// does.
func TestFloats(t *testing.T) {
	var counts [3]int
	armModules(t, func(set fixtures.Set, name string, file *mpytree.File) {
		c, entries := Inspect(file).Floats()
		want := No
		switch {
		case name == "floats" && strings.Contains(set.Name, "clang14-O0"):
			want = Maybe
		case name == "floats":
			want = Yes
		}
		if c != want || (c == No) != (len(entries) == 0) {
			t.Errorf("%s/%s: %d, %v", set.Name, name, c, entries)
		}
		counts[c]++
	})
	if counts[Yes] < 15 || counts[No] < 150 || counts[Maybe] == 0 {
		t.Errorf("only %d", counts)
	}
}

// TestFloatsDiffer: code for Cortex-M3 has its floats in core registers, as
// softfp firmware has; code for Cortex-M4F has them in others, unless it was
// linked for such firmware, which nothing shows.
func TestFloatsDiffer(t *testing.T) {
	type row [3]Certainty // with firmware that is hard, softfp, soft
	want := map[string]row{
		"armv6m floats": {Yes, No, No}, "armv7m floats": {Yes, No, No},
		"armv7emsp floats": {No, Maybe, Maybe}, "armv7emdp floats": {No, Maybe, Maybe},
	}
	checked := 0
	armModules(t, func(set fixtures.Set, name string, file *mpytree.File) {
		if !strings.HasSuffix(set.Name, "-gcc12.2-Os-fpic") || name != "floats" && name != "hello" {
			return
		}
		var got row
		for i, firmware := range []string{"hard", "softfp", "soft"} {
			c, why := FloatsDiffer(file, firmware)
			if (c == No) != (why == "") {
				t.Errorf("%s/%s with %s: %d because of %q", set.Name, name, firmware, c, why)
			}
			got[i] = c
		}
		if got != want[set.Arch+" "+name] {
			t.Errorf("%s/%s: %d", set.Name, name, got)
		}
		if c, _ := FloatsDiffer(file, ""); c != No {
			t.Errorf("%s/%s: %d with firmware that is not known", set.Name, name, c)
		}
		checked++
	})
	if checked != 8 {
		t.Errorf("%d modules", checked)
	}
}
