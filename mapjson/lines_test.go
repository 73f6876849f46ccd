package mapjson_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/mapjson"
	"mpyld/target"
)

// TestLines: of objects with debug information the map says where symbols are declared, and what line each
// reference is from; why prints that.
func TestLines(t *testing.T) {
	text, err := fixtures.Source("lines/lines.c")
	if err != nil {
		t.Fatal(err)
	}
	source := strings.Split(string(text), "\n")
	definition := regexp.MustCompile(`^(?:int|void) \(?\*?(?:const )?(\w+)`)
	defined := map[string]int{} // line of each definition
	for i, line := range source {
		if m := definition.FindStringSubmatch(line); m != nil {
			defined[m[1]] = i + 1
		}
	}
	for _, set := range fixtures.DebugSets() {
		t.Run(set.Name, func(t *testing.T) {
			c, err := set.DebugCase()
			if err != nil {
				t.Fatal(err)
			}
			o := mpyld.Options{
				FS: c.FS(), Files: []string{"lines.o"}, QStrs: "config.h", SourceName: "lines.mpy", Target: target.Options{Arch: set.Arch}, Symbols: true, Reasons: true,
			}
			for i, name := range strings.Fields("called from_macro from_data from_header behind variable second") {
				// At an address that branches of all machines can go to; it is not asked how they get there.
				o.Defsyms = append(o.Defsyms, fmt.Sprintf("%s=%d", name, 1+0x1000*(i+1)))
			}
			m, err := mpyld.Link(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := m.MapJSON()
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := mapjson.Parse("map.json", []byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			symbols, refs := 0, 0
			for _, s := range parsed.Sections {
				for _, sym := range s.Symbols {
					if want := defined[sym.Name]; want > 0 {
						symbols++
						if sym.File != "lines.c" || sym.Line != want {
							t.Errorf("%s is declared at %s:%d, want lines.c:%d", sym.Name, sym.File, sym.Line, want)
						}
						why, _, err := parsed.Why(sym.Name)
						if err != nil || !strings.Contains(why, fmt.Sprintf(", lines.c:%d\n", want)) {
							t.Errorf("%v\n%s", err, why)
						}
					}
				}
				for _, r := range s.Refs {
					if defined[r.Symbol] == 0 || r.File == "" {
						continue
					}
					refs++
					// What a compiler takes out of a loop is of the function's first line.
					if line := source[r.Line-1]; r.File != "lines.c" || r.Line != defined[r.In] && (r.In == "table" || !strings.Contains(line, r.Symbol)) {
						t.Errorf("%s refers to %s at %s:%d, %s", r.In, r.Symbol, r.File, r.Line, line)
					}
				}
			}
			if symbols != len(defined) || refs < 2 {
				t.Errorf("lines of %d symbols and %d references", symbols, refs)
			}
		})
	}
}
