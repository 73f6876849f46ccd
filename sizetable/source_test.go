package sizetable_test

import (
	"strings"
	"testing"

	"mpyld/sizetable"
)

// TestSources: rows of symbols for programs, and the picture, say where symbols are declared.
func TestSources(t *testing.T) {
	i := item("m.json")
	i.Map.Sections[0].Symbols[0].File, i.Map.Sections[0].Symbols[0].Line = "src/a.c", 12
	i.Map.Sections[1].Symbols[0].File, i.Map.Sections[1].Symbols[0].Line = "m.c", 3
	sources := map[string]string{}
	for _, r := range sizetable.By(i, "symbol") {
		sources[r.Name] = r.Source
	}
	if sources["mpy_init"] != "src/a.c:12" || sources["f (lib.a(m.o))"] != "m.c:3" || sources["inner"] != "" {
		t.Errorf("%v", sources)
	}
	for _, r := range sizetable.By(i, "object") {
		if r.Source != "" {
			t.Errorf("%+v", r)
		}
	}
	svg := sizetable.Picture(i).SVG()
	for _, want := range []string{"mpy_init: 10 bytes, src/a.c:12<", "f: 16 bytes, m.c:3<", "inner: 6 bytes<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture has no %s", want)
		}
	}
}
