package audit_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/target"
)

// TestFixtures: the second look finds nothing in links of all stored objects.
func TestFixtures(t *testing.T) {
	for _, set := range append(fixtures.Sets(), fixtures.FamilySets()...) {
		t.Run(set.Name, func(t *testing.T) {
			t.Parallel()
			cases, err := set.Cases()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases {
				for _, gc := range []bool{false, true} {
					checkFixture(t, set, c, gc)
				}
			}
		})
	}
}

func checkFixture(t *testing.T, set fixtures.Set, c fixtures.Case, gc bool) {
	o := mpyld.Options{
		FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: c.Name + ".mpy",
		Target: target.Options{Arch: set.Arch}, KeepUnwind: c.Has("--keep-unwind"), GCSections: gc || c.Has("--gc-sections"),
	}
	if set.Family != nil {
		o.Target.Release = set.Family.Releases[0]
	}
	_, err := mpyld.Link(context.Background(), o)
	var mistake *mpyld.InternalError
	if errors.As(err, &mistake) {
		t.Errorf("%s, gc %v: %v", c.Name, gc, mistake)
	} else if err != nil && !strings.HasPrefix(c.Name, "relocs_") {
		t.Errorf("%s, gc %v: link: %v", c.Name, gc, err)
	}
}
