package mpyld_test

import (
	"slices"
	"strings"
	"testing"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/relocs"
	"mpyld/target"
)

// TestNarrow: of the stored objects, Xtensa's have shorter code with -O, and the map says how much less memory
// that is; none of another machine has.
func TestNarrow(t *testing.T) {
	smaller, all := map[string]int{}, map[string]int{}
	for _, set := range fixtures.Sets() {
		if !strings.Contains(set.Name, "-Os-f") {
			continue
		}
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			o := mpyld.Options{
				FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: c.Name + ".mpy", Target: target.Options{Arch: set.Arch},
				KeepUnwind: c.Has("--keep-unwind"), GCSections: c.Has("--gc-sections"), Optimise: true,
				NoRelax: slices.DeleteFunc(mpyld.Relaxations(), func(name string) bool { return name == relocs.ShortForms.String() }),
			}
			if !strings.HasPrefix(set.Arch, "xtensa") && c.Name != "tables" {
				continue // one of each is enough
			}
			is := linked(t, o)
			o.NoRelax = mpyld.Relaxations()
			was := linked(t, o)
			saved := 0
			for _, s := range is.Map.Saved {
				saved += int(s.Bytes)
			}
			all[set.Arch]++
			if less := memoryOf(was) - memoryOf(is); saved != less || less < 0 {
				t.Errorf("%s %s: the map says that %d bytes went, but it is %d", set.Name, c.Name, saved, less)
			} else if less > 0 {
				smaller[set.Arch]++
			}
		}
	}
	for arch, n := range all {
		if strings.HasPrefix(arch, "xtensa") && 2*smaller[arch] < n || !strings.HasPrefix(arch, "xtensa") && smaller[arch] > 0 {
			t.Errorf("%s: %d of %d modules are smaller", arch, smaller[arch], n)
		}
	}
	if len(all) != 10 {
		t.Errorf("modules of %d architectures", len(all))
	}
	t.Log(smaller, all)
}
