package inspect_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/inspect"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/target"
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
			m, err := mpyld.Link(context.Background(), mpyld.Options{
				FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: c.Name + ".mpy", NoVerify: true,
				Target: target.Options{Release: release.Name, Arch: set.Arch}, KeepUnwind: c.Has("--keep-unwind"), GCSections: c.Has("--gc-sections"),
			})
			if err != nil {
				continue
			}
			file, err := mpytree.Parse(m.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			f(set, c.Name, file)
		}
	}
}

// TestFloats: of all stored modules for Cortex-M, from every compiler, in every
// code model and for every release, those that exchange floats are seen to, and
// no others.
func TestFloats(t *testing.T) {
	var counts [3]int
	armModules(t, func(set fixtures.Set, name string, file *mpytree.File) {
		c, entries := inspect.Inspect(file).Floats()
		want := inspect.No
		if name == "floats" {
			want = inspect.Yes
		}
		if c != want || (c == inspect.No) != (len(entries) == 0) {
			t.Errorf("%s/%s: %d, %v", set.Name, name, c, entries)
		}
		counts[c]++
	})
	if counts[inspect.Yes] < 15 || counts[inspect.No] < 150 {
		t.Errorf("only %d", counts)
	}
}

// TestFloatsDiffer: code for Cortex-M3 has its floats in core registers, as
// softfp firmware has; code for Cortex-M4F has them in others, unless it was
// linked for such firmware, which nothing shows.
func TestFloatsDiffer(t *testing.T) {
	type row [3]inspect.Certainty // with firmware that is hard, softfp, soft
	want := map[string]row{
		"armv6m floats": {inspect.Yes, inspect.No, inspect.No}, "armv7m floats": {inspect.Yes, inspect.No, inspect.No},
		"armv7emsp floats": {inspect.No, inspect.Maybe, inspect.Maybe}, "armv7emdp floats": {inspect.No, inspect.Maybe, inspect.Maybe},
	}
	checked := 0
	armModules(t, func(set fixtures.Set, name string, file *mpytree.File) {
		if !strings.HasSuffix(set.Name, "-gcc12.2-Os-fpic") || name != "floats" && name != "hello" {
			return
		}
		var got row
		for i, firmware := range []string{"hard", "softfp", "soft"} {
			c, why := inspect.FloatsDiffer(file, firmware)
			if (c == inspect.No) != (why == "") {
				t.Errorf("%s/%s with %s: %d because of %q", set.Name, name, firmware, c, why)
			}
			got[i] = c
		}
		if got != want[set.Arch+" "+name] {
			t.Errorf("%s/%s: %d", set.Name, name, got)
		}
		if c, _ := inspect.FloatsDiffer(file, ""); c != inspect.No {
			t.Errorf("%s/%s: %d with firmware that is not known", set.Name, name, c)
		}
		checked++
	})
	if checked != 8 {
		t.Errorf("%d modules", checked)
	}
}
