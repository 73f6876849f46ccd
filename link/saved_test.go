package link

import (
	"slices"
	"testing"

	"mpyld/link/internal/layout"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// TestSavedBetween: what a relaxation saves is told by section, though the linker has made other sections besides:
// a thunk that is not needed any more, or one that is.
func TestSavedBetween(t *testing.T) {
	lay := func(sizes ...uint64) *layout.Layout {
		l := &layout.Layout{}
		for i, size := range sizes {
			kind := linkmap.Input
			if i >= 2 {
				kind = linkmap.Thunk
			}
			l.Map.Sections = append(l.Map.Sections, linkmap.Section{Origin: &linkmap.Origin{Kind: kind}, Size: size})
			l.Sizes[0] += size
		}
		return l
	}
	saved := func(section, bytes int32, why string) linkmap.Saved {
		return linkmap.Saved{By: relocs.DirectLoads, Section: section, Bytes: bytes, Why: why}
	}
	for name, tt := range map[string]struct {
		was, is *layout.Layout
		want    []linkmap.Saved
	}{
		"fewer": {lay(10, 20, 4, 4), lay(8, 20, 4), []linkmap.Saved{saved(0, 2, "why"), saved(-1, 4, "rest")}},
		"more":  {lay(10, 20), lay(8, 14, 4), []linkmap.Saved{saved(0, 2, "why"), saved(1, 6, "why"), saved(-1, -4, "rest")}},
	} {
		if got := savedBetween(relocs.DirectLoads, tt.was, tt.is, "why", "rest"); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
