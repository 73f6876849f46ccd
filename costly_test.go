package mpyld_test

import (
	"context"
	"strings"
	"testing"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/target"
)

// caseOf is the case that is linked of a set: in one of them, all objects go through the GOT.
func caseOf(set string) string {
	if set == "armv7m-gcc12.2-Os-fpic" {
		return "twofiles"
	}
	return "variables"
}

// TestCostlyFlags: what an object was compiled with is told if it is asked to be small, and shows in nothing
// but its relocations.
func TestCostlyFlags(t *testing.T) {
	const arm, riscv = "compiled with -fpic: variables.o; -fno-pic makes modules about 9 % smaller", "compiled with -mno-relax: variables.o; -mrelax makes modules about 5 % smaller"
	for name, want := range map[string]string{
		"armv6m-gcc12.2-Os-fpic":        arm,
		"armv7emdp-gcc12.2-Os-fpic":     arm,
		"armv7m-gcc12.2-Os-fpic":        strings.Replace(arm, ";", " and 1 more;", 1),
		"armv7m-gcc12.2-Os-fno-pic":     "",
		"rv32imc-gcc12.2-Os-fpic":       riscv,
		"rv32imc-gcc12.2-Os-fpic-relax": "",
		"x64-gcc12.2-Os-fpic":           "",
		"xtensawin-gcc12.2-Os-fpic":     "",
	} {
		set, c, err := fixtures.Stored(name, caseOf(name))
		if err != nil {
			t.Fatal(err)
		}
		want = strings.ReplaceAll(want, "variables.o", c.Objects[0].Name)
		for _, optimise := range []bool{true, false} {
			m, err := mpyld.Link(context.Background(), mpyld.Options{
				FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: "variables.mpy", Target: target.Options{Arch: set.Arch}, Optimise: optimise,
				NoRelax: []string{"direct"}, // or else -fpic of Arm costs nothing
			})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got := ""
			for _, note := range m.Notes {
				if strings.HasPrefix(note, "compiled with ") {
					got += note
				}
			}
			if expect := want; got != expect && optimise || !optimise && got != "" {
				t.Errorf("%s, optimised %v: got %q, want %q", name, optimise, got, expect)
			}
		}
	}
}
