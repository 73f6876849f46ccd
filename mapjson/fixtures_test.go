package mapjson_test

import (
	"debug/elf"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/mapjson"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/size"
	"mpyld/sizetable"
	"mpyld/supportlib"
)

// linked links a case of a set for a release, and returns what the map is made of.
func linked(t *testing.T, set fixtures.Set, c fixtures.Case, r *mpyfile.Release, gc bool, relax relocs.RelaxSet) (link.Input, *mapjson.Link) {
	t.Helper()
	arch := machines.For(set.Arch)
	in := link.Input{
		ABI: r.For(arch), EntryStyle: r.Entry, Arch: arch, SourceName: c.Name + ".mpy", Support: supportlib.Open,
		KeepUnwind: c.Has("--keep-unwind"), GCSections: gc || c.Has("--gc-sections"), Symbols: true, Reasons: true, Relax: relax,
	}
	qstrs, err := r.Layout(arch).Read("config.h", c.Config)
	if err != nil {
		t.Fatal(err)
	}
	in.QStrs, in.QStrObjs = qstrs.Values, qstrs.Objects
	for _, f := range c.Objects {
		obj, err := elfload.Load(f.Name, f.Data, arch)
		if err != nil {
			t.Fatal(err)
		}
		in.Objects = append(in.Objects, obj)
	}
	res, err := link.Link(in)
	if err != nil {
		return in, nil // which other tests are about
	}
	data, err := mpywriter.Write(res.File)
	if err != nil {
		t.Fatal(err)
	}
	return in, &mapjson.Link{Map: res.Map, File: res.File, Data: data, SourceName: in.SourceName, Tool: "test"}
}

// TestFixtures: the map of each module that can be made of what is stored has all of it, once, and says
// why it is there, or is not.
func TestFixtures(t *testing.T) {
	newest := mpyfile.Releases[slices.IndexFunc(mpyfile.Releases, func(r *mpyfile.Release) bool { return r.Name == "1.29" })]
	modules := map[*mpyfile.Release]int{}
	seen := &kinds{seen: map[string]int{}}
	t.Cleanup(func() {
		for _, kind := range strings.Fields("gc comdat discarded entry kept object unwind group describes ends " +
			"entry got literals veneer thunk qstr-numbers qstr-objects boundary padding code constants zeros data literal common") {
			if seen.seen[kind] == 0 {
				t.Errorf("nothing is %s", kind)
			}
		}
	})
	whole := func(set fixtures.Set, r *mpyfile.Release) {
		t.Run(set.Name+" for "+r.Name, func(t *testing.T) {
			t.Parallel()
			cases, err := set.Cases()
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range cases {
				for _, gc := range []bool{false, true} {
					if gc && !slices.Contains(set.Flags, "-ffunction-sections") {
						continue // there is nothing to collect
					}
					in, l := linked(t, set, c, r, gc, 0)
					if l == nil {
						continue
					}
					m, err := mapjson.Make(l)
					if err != nil {
						t.Errorf("%s: %v", c.Name, err)
						continue
					}
					seen.note(m)
					checkWhole(t, c.Name, l, m)
					if r == newest && (i%5 == 0 || strings.HasSuffix(set.Name, "-relax")) {
						checkSmaller(t, set, c, r, gc, m)
					}
					checkPaths(t, c.Name, in, m)
					checkObjects(t, c.Name, in, m)
					checkTables(t, c.Name, m)
					if i%5 == 0 {
						checkWhy(t, c.Name, in, m)
						checkAgain(t, c.Name, m)
					}
				}
			}
		})
		modules[r]++
	}
	for _, set := range fixtures.Sets() {
		whole(set, newest)
	}
	for _, set := range fixtures.FamilySets() {
		for _, r := range mpyfile.Releases {
			if slices.Contains(set.Family.Releases, r.Name) {
				whole(set, r)
				break
			}
		}
	}
	if modules[newest] < 30 || len(modules) < 4 {
		t.Errorf("only %d sets of %d releases", modules[newest], len(modules))
	}
}

// kinds counts what words maps have.
type kinds struct {
	sync.Mutex
	seen map[string]int
}

func (k *kinds) note(m *mapjson.Map) {
	k.Lock()
	defer k.Unlock()
	refs := func(list []mapjson.Ref) {
		for _, r := range list {
			k.seen[r.Type]++
		}
	}
	for _, r := range m.Removed {
		k.seen[r.Reason]++
	}
	for _, r := range m.Roots {
		k.seen[r.Why]++
	}
	for _, s := range m.Sections {
		k.seen[s.Class]++
		refs(s.Refs)
	}
	for _, p := range m.Made {
		k.seen[p.Kind]++
		refs(p.Refs)
	}
}

// checkWhole: parts are the bytes of the module, counted by hand.
func checkWhole(t *testing.T, name string, l *mapjson.Link, m *mapjson.Map) {
	t.Helper()
	want := map[string]int{"text": len(l.File.Text), "rodata": len(l.File.Rodata), "bss": int(l.File.BSSSize)}
	covered := map[string][]bool{}
	for segment, size := range want {
		covered[segment] = make([]bool, size)
	}
	cover := func(segment string, offset, size int) {
		for i := range size {
			if covered[segment][offset+i] {
				t.Fatalf("%s: two parts at %s+%d", name, segment, offset+i)
			}
			covered[segment][offset+i] = true
		}
	}
	for _, s := range m.Sections {
		cover(s.Segment, s.Offset, s.Size)
	}
	for _, p := range m.Made {
		cover(p.Segment, p.Offset, p.Size)
	}
	for segment, all := range covered {
		if i := slices.Index(all, false); i >= 0 {
			t.Errorf("%s: nothing at %s+%d", name, segment, i)
		}
	}
	if m.File.Bytes != len(l.Data) || m.RAM.Text != want["text"] || m.RAM.Rodata != want["rodata"] || m.RAM.BSS != want["bss"] || m.File.Text != want["text"] || m.File.Rodata != want["rodata"] {
		t.Errorf("%s: %+v %+v, want %d bytes, %v", name, m.File, m.RAM, len(l.Data), want)
	}
}

// checkSmaller: the map of a link with -O has all of its module, too, and what it says went is what the
// map without has more.
func checkSmaller(t *testing.T, set fixtures.Set, c fixtures.Case, r *mpyfile.Release, gc bool, without *mapjson.Map) {
	t.Helper()
	_, l := linked(t, set, c, r, gc, relocs.EveryRelaxation)
	if l == nil {
		t.Errorf("%s: no link with -O", c.Name)
		return
	}
	m, err := mapjson.Make(l)
	if err != nil {
		t.Errorf("%s with -O: %v", c.Name, err)
		return
	}
	checkWhole(t, c.Name+" with -O", l, m)
	ram := m.RAM.Bytes
	for _, s := range m.Saved {
		if !s.OfFile {
			ram += s.Bytes
		}
	}
	// What goes from one segment may change the gap behind it, and alignment is 16 bytes at most here.
	if gap := ram - without.RAM.Bytes; max(gap, -gap) >= 16 {
		t.Errorf("%s: by the map with -O, memory would be %d bytes without, but it is %d", c.Name, ram, without.RAM.Bytes)
	}
	checkAgain(t, c.Name+" with -O", m)
}

// checkPaths: each section that is there has a way from a root, with --gc-sections from one that
// is named.
func checkPaths(t *testing.T, name string, in link.Input, m *mapjson.Map) {
	t.Helper()
	paths := m.Paths()
	ring := map[int]int{} // of each section of a group, another refers to it, and it to another
	for _, s := range m.Sections {
		for _, r := range s.Refs {
			if r.Type == "group" {
				ring[s.ID]++
				ring[r.To]--
			}
		}
	}
	for id, n := range ring {
		if n != 0 {
			t.Errorf("%s: what section %d has a group with does not lead back", name, id)
		}
	}
	for _, s := range m.Sections {
		if s.Size == 0 {
			continue
		}
		root, steps := paths.To(s.ID)
		switch {
		case root == nil:
			t.Errorf("%s: no way to %s of %s", name, s.Name, m.Inputs[s.Input].Path)
		case steps[0].ID != root.Section || steps[len(steps)-1].ID != s.ID:
			t.Errorf("%s: the way to %s is %v", name, s.Name, steps)
		case root.Why == "object" && in.GCSections:
			t.Errorf("%s: %s is a root, although sections are collected", name, s.Name)
		}
	}
	if root, _ := paths.To(m.Roots[0].Section); root == nil || !slices.ContainsFunc(m.Roots, func(r mapjson.Root) bool { return r.Why == "entry" && r.Symbol != "" }) {
		t.Errorf("%s: there is no entry", name)
	}
}

// checkWhy: what is said of each symbol begins with the entry or another root, and ends with the symbol's section.
func checkWhy(t *testing.T, name string, in link.Input, m *mapjson.Map) {
	t.Helper()
	for _, s := range m.Sections {
		for _, symbol := range s.Symbols {
			text, isIn, err := m.Why(symbol.Name)
			if err != nil || !isIn || strings.Contains(text, "nothing in the map") && s.Size > 0 {
				t.Errorf("%s: %s: %v\n%s", name, symbol.Name, err, text)
			}
			if !in.GCSections {
				continue
			}
			for part := range strings.SplitSeq(text, "\n\n") {
				if !strings.Contains(part, "runs when the module is imported") && !strings.Contains(part, "is kept: constructors") && !strings.Contains(part, "nothing in the map") && !strings.Contains(part, "--keep-unwind") {
					t.Errorf("%s: %s:\n%s", name, symbol.Name, text)
				}
			}
		}
	}
}

// checkObjects: each section of an object that could be in a module is in the map once: there, or removed.
func checkObjects(t *testing.T, name string, in link.Input, m *mapjson.Map) {
	t.Helper()
	type section struct {
		input int
		name  string
	}
	found := map[section]int{}
	for _, s := range m.Sections {
		if s.Class != "common" {
			found[section{s.Input, s.Name}]++
		}
	}
	for _, r := range m.Removed {
		found[section{r.Input, r.Name}]++
		if r.Reason == "unreachable" && m.Inputs[r.Input].Why == nil || r.Reason == "gc" && (!in.GCSections || m.Inputs[r.Input].Why != nil) {
			t.Errorf("%s: %s of %s: %s", name, r.Name, m.Inputs[r.Input].Path, r.Reason)
		}
	}
	for i, obj := range in.Objects {
		has := map[section]int{}
		for k := range obj.Sections {
			if s := &obj.Sections[k]; s.Flags&elf.SHF_ALLOC != 0 && s.Size > 0 {
				has[section{i, s.Name}]++
			}
		}
		for s, n := range has {
			if found[s] != n {
				t.Errorf("%s: %d sections %s of %s are in the map, of %d", name, found[s], s.name, obj.Name, n)
			}
		}
	}
}

// checkTables: whatever a table is grouped by, its rows are all there is, and nothing has changed since.
func checkTables(t *testing.T, name string, m *mapjson.Map) {
	t.Helper()
	item := &sizetable.Item{Name: name, Module: size.Module{File: m.File, RAM: m.RAM}, Map: m}
	for grouping := range sizetable.Groupings.Get() {
		sum := sizetable.Sum(sizetable.By(item, grouping))
		if sum.File != m.File.Bytes || sum.RAM != m.RAM.Bytes || sum.Text != m.RAM.Text || sum.Rodata != m.RAM.Rodata || sum.BSS != m.RAM.BSS {
			t.Errorf("%s by %s: %+v, not %+v %+v", name, grouping, sum, m.File, m.RAM)
		}
		if rows := sizetable.Diff(item, item, grouping); len(rows) != 0 {
			t.Errorf("%s by %s: %v", name, grouping, rows)
		}
	}
}

// checkAgain: the document says all that the map does.
func checkAgain(t *testing.T, name string, m *mapjson.Map) {
	t.Helper()
	text, err := m.JSON()
	if err != nil {
		t.Fatal(err)
	}
	again, err := mapjson.Parse("map", []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !reflect.DeepEqual(m, again) {
		a, _ := json.Marshal(again)
		t.Errorf("%s: %s\n%s", name, text, a)
	}
}
