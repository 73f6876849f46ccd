package link

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures/elfmake"
	"mpyld/ldscript"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
)

// TestReasons: of each section the map says why it is in the module or not, and of an archive's
// member what it is in for.
func TestReasons(t *testing.T) {
	at := func(off uint64, r elfmake.Reloc) elfmake.Reloc {
		r.Off = off
		return r
	}
	object := elfmake.Object{
		Sections: []elfmake.Section{
			fnSection("mpy_init", at(0, call(3)), at(4, call(4)), at(8, pointerTo(5))),
			fnSection("garbage"),
			fnSection("fixed"),
			section(".data.kept", alloc|write|resolve.ShfGNURetain, 8),
			section("row", alloc|write, 8),
			{Name: ".note.x", Type: elf.SHT_NOTE, Flags: alloc, Align: 1, Data: make([]byte, 4)},
			fnSection("wanted"),
			{Name: "of_wanted", Flags: alloc | elf.SHF_LINK_ORDER, Link: 7, Align: 1, Data: make([]byte, 4)},
			fnSection("other"),
		},
		Symbols: []elfmake.Symbol{
			fn("mpy_init", 0, 0), fn("garbage", 1, 0), fn("fixed", 2, 0), fn("f", elfmake.Undef, 0), fn("fixed2", elfmake.Undef, 0),
			fn("__start_row", elfmake.Undef, 0), fn("wanted", 6, 0), fn("other", 8, 0),
		},
	}
	in := input(t, "x64", object)
	withLibrary(t, &in, elfmake.Object{
		Sections: []elfmake.Section{fnSection("f"), fnSection("g")},
		Symbols:  []elfmake.Symbol{fn("f", 0, 0), fn("g", 1, 0)},
	})
	in.GCSections, in.Symbols, in.Reasons = true, true, true
	in.Undefined = []string{"wanted"}
	for _, set := range []string{"fixed=0x1000", "fixed2=other"} {
		script, err := ldscript.ParseDefsym(set)
		if err != nil {
			t.Fatal(err)
		}
		in.Scripts = append(in.Scripts, script)
	}
	res, err := Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	m, r := res.Map, res.Map.Reasons
	var roots, ties, removed, files, mentions []string
	for _, root := range r.Roots {
		roots = append(roots, fmt.Sprintf("%s %s %s", m.Sections[root.Section].Name, root.Why, root.Symbol))
	}
	for _, tie := range r.Ties {
		ties = append(ties, fmt.Sprintf("%s %s %s", m.Sections[tie.From].Name, tie.Why, m.Sections[tie.To].Name))
	}
	for _, gone := range r.Removed {
		removed = append(removed, fmt.Sprintf("%s:%s %d %s %s", r.Files[gone.File].Name, gone.Name, gone.Size, gone.Why, strings.Join(gone.Symbols, ",")))
	}
	for _, f := range r.Files {
		files = append(files, fmt.Sprintf("%s %q for %s: %s", f.Name, f.Archive, f.For, f.Symbol))
	}
	for _, mention := range r.Mentions {
		text := mention.Symbol
		for _, f := range mention.Files {
			text += " " + r.Files[f].Name
		}
		mentions = append(mentions, text)
	}
	compare := func(what string, got []string, want ...string) {
		t.Helper()
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	compare("roots", roots, ".data.kept kept ", ".text.mpy_init entry mpy_init", ".text.other alias other", ".text.wanted undefined wanted")
	compare("ties", ties, ".text.wanted describes of_wanted", "__start_row ends row")
	compare("removed", removed,
		"a.o:.note.x 4 discarded ", "a.o:.text.fixed 16 overridden fixed", "a.o:.text.garbage 16 gc garbage", "lib.a(m0.o):.text.g 16 unreachable g")
	compare("files", files, `a.o "" for : `, `lib.a(m0.o) "lib.a" for a.o: f`)
	compare("mentions", mentions, "__start_row a.o", "f lib.a(m0.o) a.o", "fixed a.o", "fixed2 a.o", "g lib.a(m0.o)", "garbage a.o", "mpy_init a.o", "other a.o", "wanted a.o")

	// Without --gc-sections, all of objects is there because it is; still not what archives have.
	in = input(t, "x64", object)
	withLibrary(t, &in, elfmake.Object{Sections: []elfmake.Section{fnSection("f"), fnSection("g")}, Symbols: []elfmake.Symbol{fn("f", 0, 0), fn("g", 1, 0)}})
	in.Reasons = true
	script, err := ldscript.ParseDefsym("fixed2=other")
	if err != nil {
		t.Fatal(err)
	}
	in.Scripts = append(in.Scripts, script)
	if res, err = Checked(in); err != nil {
		t.Fatal(err)
	}
	count := map[linkmap.RootReason]int{}
	for _, root := range res.Map.Reasons.Roots {
		count[root.Why]++
	}
	if count[linkmap.IsObject] != 7 || count[linkmap.IsEntry] != 1 {
		t.Errorf("roots: %v", count)
	}
	if gone := res.Map.Reasons.Removed; len(gone) != 2 || gone[0].Name != ".note.x" || gone[1].Name != ".text.g" {
		t.Errorf("removed: %v", gone)
	}

	// Who does not ask is told nothing.
	in = input(t, "x64", calling("mpy_init"))
	if res, err := Checked(in); err != nil || res.Map.Reasons != nil {
		t.Errorf("%v %v", res.Map.Reasons, err)
	}
}

// TestMentions: files are in the order of GNU ld 2.40's --cref, asked for objects like these: who defines
// a symbol, then who has a common one, then the others, and of each the last first.
func TestMentions(t *testing.T) {
	defines := elfmake.Object{Sections: []elfmake.Section{fnSection("f")}, Symbols: []elfmake.Symbol{fn("f", 0, 0), common("shared", 8, 8)}}
	last := calling("mpy_init", "f")
	last.Symbols = append(last.Symbols, common("shared", 4, 4))
	in := input(t, "x64", calling("g", "f", "shared"), defines, calling("h", "f"), calling("i", "f"), last)
	in.Reasons = true
	res, err := Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range res.Map.Reasons.Mentions {
		for _, f := range m.Files {
			got[m.Symbol] += res.Map.Reasons.Files[f].Name + " "
		}
	}
	for symbol, want := range map[string]string{"f": "b.o e.o d.o c.o a.o ", "shared": "e.o b.o a.o ", "mpy_init": "e.o ", "h": "c.o "} {
		if got[symbol] != want {
			t.Errorf("%s: %s, want %s", symbol, got[symbol], want)
		}
	}
}
