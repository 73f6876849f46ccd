package merge

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/diag"
	"mpyld/fixtures"
	"mpyld/mpytree"
	"mpyld/mpywriter"
)

func read(t *testing.T, release, name string) Input {
	t.Helper()
	list, err := fixtures.Compiled(release)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		if file.Name == name+".mpy" {
			f, err := mpytree.Parse(file.Data)
			if err != nil {
				t.Fatal(err)
			}
			return Input{name, f}
		}
	}
	t.Fatalf("%s has no %s", release, name)
	return Input{}
}

// meaning is all that a code does, without the numbers that a merge changes:
// instructions with the texts they refer to, with numbers of instructions for
// targets, and with their lines.
func meaning(t *testing.T, f *mpytree.File, c *mpytree.Code) string {
	t.Helper()
	var b strings.Builder
	var walk func(c *mpytree.Code)
	walk = func(c *mpytree.Code) {
		fmt.Fprintf(&b, "%s\n", c.Kind)
		if c.Kind != mpytree.Bytecode {
			fmt.Fprintf(&b, "%x\n", c.Body)
		} else {
			p, err1 := c.Prelude(f.Version)
			insns, err2 := f.Insns(c)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			fmt.Fprintf(&b, "state %d %d %x %d %d %d cells %x", p.State, p.ExcStack, p.ScopeFlags, p.PosArgs, p.KwOnly, p.DefPos, c.Body[p.Cells:p.Code])
			for _, name := range p.Names {
				fmt.Fprintf(&b, " %s", f.Text(name))
			}
			number := map[int]int{len(c.Body): len(insns)}
			for i := range insns {
				number[insns[i].Off] = i
			}
			lines := mpytree.LineMap(f.Version, c.Body[p.Lines:p.Cells])
			for i, in := range insns {
				line := 1
				for _, l := range lines {
					if l.Off <= in.Off-p.Code {
						line = l.Line
					}
				}
				if mpytree.FormatOf(in.Op) == mpytree.FormatOffset {
					n, ok := number[in.Target]
					if !ok {
						t.Fatalf("jump to %d, into an instruction", in.Target)
					}
					in.Target = n
				}
				fmt.Fprintf(&b, "\n%d line %d: %s", i, line, f.Describe(c, &in))
			}
			b.WriteByte('\n')
		}
		for _, child := range c.Children {
			walk(child)
		}
	}
	walk(c)
	return b.String()
}

// TestMerge: what each module does in a merged one is what it does alone, line
// numbers included, with tables so large that indices and jumps get longer.
func TestMerge(t *testing.T) {
	releases, err := fixtures.CompiledReleases()
	if err != nil {
		t.Fatal(err)
	}
	for _, release := range releases {
		for _, share := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s share=%v", release, share), func(t *testing.T) {
				var inputs []Input
				for _, name := range strings.Fields("flow-O0 functions-O1 constants-O2 native-armv7m flow-O3 functions-O0 thumb-armv7m constants-O0 flow-O2") {
					inputs = append(inputs, read(t, release, name))
				}
				f, err := Merge(inputs, Options{ShareNames: share})
				if err != nil {
					t.Fatal(err)
				}
				data, err := mpywriter.WriteTree(f)
				if err != nil {
					t.Fatal(err)
				}
				if f, err = mpytree.Parse(data); err != nil {
					t.Fatal(err)
				}
				if f.Version == 6 { // native code first
					inputs = append([]Input{inputs[3], inputs[6]}, append(append(inputs[:3:3], inputs[4:6]...), inputs[7:]...)...)
				}
				if len(f.Code.Children) != len(inputs) {
					t.Fatalf("%d children", len(f.Code.Children))
				}
				for i, in := range inputs {
					want, got := meaning(t, in.File, in.File.Code), meaning(t, f, f.Code.Children[i])
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s: %s", in.Name, diff)
					}
				}
			})
		}
	}
}

// TestMany: more modules than mpy-tool.py can merge for version 5, and than one
// byte counts.
func TestMany(t *testing.T) {
	for _, release := range []string{"1.12", "1.17", "1.29-preview"} {
		one := read(t, release, "constants-O3")
		var inputs []Input
		for range 200 {
			inputs = append(inputs, one)
		}
		f, err := Merge(inputs, Options{ShareNames: true})
		if err != nil {
			t.Fatal(err)
		}
		data, err := mpywriter.WriteTree(f)
		if err != nil {
			t.Fatal(err)
		}
		read, err := mpytree.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		if len(read.Code.Children) != 200 {
			t.Error(len(read.Code.Children))
		}
		want := meaning(t, one.File, one.File.Code)
		if got := meaning(t, read, read.Code.Children[199]); got != want {
			t.Error(cmp.Diff(want, got))
		}
		if f.Version == 6 && len(f.QStrs) != len(one.File.QStrs) {
			t.Errorf("%d names, one module has %d", len(f.QStrs), len(one.File.QStrs))
		}
	}
}

// TestLikeMpyTool: in version 5, where mpy-tool.py moves nothing, its output
// and ours are the same; but 1.12's leaves values on the stack.
func TestLikeMpyTool(t *testing.T) {
	for _, release := range []string{"1.17", "1.18"} {
		for name, parts := range map[string][]string{
			"merged-bytecode": {"flow-O0", "functions-O0", "constants-O0"},
			"merged-native":   {"functions-O0", "native-armv7m", "constants-O3"},
		} {
			var inputs []Input
			for _, part := range parts {
				inputs = append(inputs, read(t, release, part))
			}
			f, err := Merge(inputs, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := mpywriter.WriteTree(f)
			if err != nil {
				t.Fatal(err)
			}
			want, err := mpywriter.WriteTree(read(t, release, name).File)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s of %s: not what mpy-tool.py makes (%v)\n%x\n%x", name, release, err, got, want)
			}
		}
	}
}

// TestSmallInts: a merged module needs what any of its parts does.
func TestSmallInts(t *testing.T) {
	wide, narrow := read(t, "1.28", "flow-O0"), read(t, "1.28", "flow-smallint")
	other := *wide.File
	other.SmallIntBits = 63
	wide.File = &other
	for _, inputs := range [][]Input{{wide, narrow}, {narrow, wide}} {
		if f, err := Merge(inputs, Options{}); err != nil || f.SmallIntBits != 63 {
			t.Error(f, err)
		}
	}
}

// TestHeader: and so does its header, in whichever order the parts come.
func TestHeader(t *testing.T) {
	native := func(flags uint64) *mpytree.File {
		return &mpytree.File{Maker: mpytree.MicroPython, Version: 6, Feature: 11<<2 | 3, ArchFlags: flags, SmallIntBits: 31} // rv32imc
	}
	old := func(window int) *mpytree.File {
		return &mpytree.File{Maker: mpytree.MicroPython, Version: 5, Feature: 2, Window: uint64(window), SmallIntBits: 31}
	}
	bytecode := &mpytree.File{Maker: mpytree.MicroPython, Version: 6, SmallIntBits: 31}
	for _, c := range []struct {
		name    string
		parts   []*mpytree.File
		flags   uint64
		window  uint64
		feature byte
	}{
		{"flags", []*mpytree.File{native(1), native(2)}, 3, 0, 11<<2 | 3},
		{"flags of one", []*mpytree.File{native(4), native(0)}, 4, 0, 11<<2 | 3},
		{"bytecode and native code", []*mpytree.File{bytecode, native(1)}, 1, 0, 11<<2 | 3},
		{"windows", []*mpytree.File{old(32), old(64)}, 0, 64, 2},
	} {
		for range 2 {
			var inputs []Input
			for _, f := range c.parts {
				inputs = append(inputs, Input{c.name, f})
			}
			var errs diag.List
			got := header(inputs, &errs)
			if errs.Err() != nil || got.ArchFlags != c.flags || uint64(got.Window) != c.window || got.Feature != c.feature || got.Maker != mpytree.MicroPython {
				t.Errorf("%s: %+v, %v", c.name, got, errs.Err())
			}
			slices.Reverse(c.parts)
		}
	}
}

func TestErrors(t *testing.T) {
	old, new := read(t, "1.17", "flow-O0"), read(t, "1.28", "flow-O0")
	cached := read(t, "1.17", "flow-cache")
	arm, x64 := read(t, "1.28", "native-armv7m"), read(t, "1.28", "native-x64")
	older := read(t, "1.22", "native-armv7m")
	circuit := Input{"circuit", &mpytree.File{Maker: mpytree.CircuitPython, Version: 6}}
	for _, c := range []struct {
		inputs []Input
		want   string
	}{
		{[]Input{old, new}, "flow-O0: cannot be merged with flow-O0: the mpy versions differ"},
		{[]Input{old, cached}, "flow-cache: cannot be merged with flow-O0: the feature flags of their headers differ"},
		{[]Input{new, circuit}, "circuit: cannot be merged with flow-O0: one is for MicroPython, the other for CircuitPython"},
		{[]Input{new, arm, x64}, "native-x64: cannot be merged with native-armv7m: it is native code for x64, the other for armv7m"},
		{[]Input{arm, older}, "native-armv7m: cannot be merged with native-armv7m: the sub-versions of native code differ"},
		{[]Input{arm, arm}, "native-armv7m: has compiled functions in native code, and so has native-armv7m: their places in the tables are fixed"},
	} {
		if _, err := Merge(c.inputs, Options{}); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// TestSameNames: of modules that have all names in common, constants are their own.
func TestSameNames(t *testing.T) {
	one := read(t, "1.28", "constants-O0")
	other := Input{"other", &mpytree.File{}}
	*other.File = *one.File
	other.File.Objects = slices.Clone(one.File.Objects)
	for i := range other.File.Objects {
		other.File.Objects[i] = mpytree.Object{Type: mpytree.ObjInt, Text: fmt.Sprint(1000 + i)}
	}
	inputs := []Input{one, other}
	f, err := Merge(inputs, Options{ShareNames: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range inputs {
		if diff := cmp.Diff(meaning(t, in.File, in.File.Code), meaning(t, f, f.Code.Children[i])); diff != "" {
			t.Errorf("%s: %s", in.Name, diff)
		}
	}
}
