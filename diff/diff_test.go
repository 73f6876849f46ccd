package diff

import (
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/linkmap"
	"mpyld/merge"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

func stored(t *testing.T, release, name string) *mpytree.File {
	t.Helper()
	list, err := fixtures.Compiled(release)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(f fixtures.File) bool { return f.Name == name+".mpy" })
	if i < 0 {
		t.Fatalf("%s has no %s", release, name)
	}
	f, err := mpytree.Parse(list[i].Data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestMoved: code whose names have other numbers, and whose jumps therefore
// have other lengths, is the same code.
func TestMoved(t *testing.T) {
	flow := stored(t, "1.28", "flow-O0")
	var inputs []merge.Input
	for _, name := range []string{"constants-O0", "functions-O0", "constants-O3", "flow-O0"} {
		inputs = append(inputs, merge.Input{Name: name, File: stored(t, "1.28", name)})
	}
	merged, err := merge.Merge(inputs, merge.Options{})
	if err != nil {
		t.Fatal(err)
	}
	moved := *merged
	moved.Code = merged.Code.Children[3]
	if len(moved.Code.Children[0].Body) == len(flow.Code.Children[0].Body) {
		t.Error("nothing has moved")
	}
	for _, line := range Compare(Side{File: flow}, Side{File: &moved}) {
		if !strings.HasPrefix(line, "name: +") && !strings.HasPrefix(line, "constant object: ") && !strings.HasPrefix(line, "source file: ") {
			t.Error(line)
		}
	}
}

// TestForms: how a thing is stored is no difference.
func TestForms(t *testing.T) {
	f := stored(t, "1.28", "functions-O0")
	g := *f
	g.QStrs = slices.Clone(f.QStrs)
	for i := range g.QStrs {
		g.QStrs[i].Form = mpytree.Written
	}
	if list := Compare(Side{File: f}, Side{File: &g}); len(list) > 0 {
		t.Error(list)
	}
}

// TestChanges: one change, one line.
func TestChanges(t *testing.T) {
	for _, c := range []struct {
		change func(*mpytree.File)
		want   string
	}{
		{func(f *mpytree.File) { f.QStrs[0].Text = "other.py" }, `source file: flow.py -> other.py`},
		{func(f *mpytree.File) { f.Objects = append(f.Objects, mpytree.Object{Type: mpytree.ObjInt, Text: "1"}) }, `constant object: + 1`},
		{func(f *mpytree.File) {
			f.Code.Children[1].Children = append(f.Code.Children[1].Children, f.Code.Children[2])
		}, `with_continue.with_break: + bytecode, 68 bytes`},
		{func(f *mpytree.File) { f.Code.Children[9] = changed(f.Code.Children[9]) }, `reraise: 34 -> 34 instructions, 59 -> 59 bytes; from line 117: RETURN_VALUE -> RAISE_LAST`},
	} {
		f, g := stored(t, "1.28", "flow-O0"), stored(t, "1.28", "flow-O0")
		c.change(g)
		if list := Compare(Side{File: f}, Side{File: g}); len(list) != 1 || list[0] != c.want {
			t.Errorf("%q, want %s", list, c.want)
		}
	}
}

// changed is a code whose last instruction is another.
func changed(c *mpytree.Code) *mpytree.Code {
	d := *c
	d.Body = slices.Clone(c.Body)
	d.Body[len(d.Body)-1]++
	return &d
}

// TestMaps: sections whose sizes changed are told, whatever they are.
func TestMaps(t *testing.T) {
	f := stored(t, "1.28", "functions-O0")
	side := func(common uint64, more ...linkmap.PlacedSection) Side {
		return Side{File: f, Map: &linkmap.Listing{Sections: append([]linkmap.PlacedSection{
			{Class: linkmap.Code, Object: "a b.o", Name: ".text", Size: 8},
			{Kind: linkmap.Common, Class: linkmap.Zeroed, Region: mpyfile.BSS, Object: "a b.o", Name: "COMMON x", Size: common},
		}, more...)}}
	}
	got := Compare(side(16), side(1600, linkmap.PlacedSection{Kind: linkmap.Veneer, Class: linkmap.Code, Name: "veneer memset", Size: 8}))
	want := []string{"section a b.o:(COMMON x) in bss: bytes: 16 -> 1600", "section: + mpyld:(veneer memset) in text, 8 bytes"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
