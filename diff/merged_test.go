package diff

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/merge"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/mpywriter"
)

// TestMergedByMPYTool: what mpy-tool.py merges does what its parts do; but 1.12's leaves values on the stack, and
// from 1.19 on there are no line numbers.
func TestMergedByMPYTool(t *testing.T) {
	releases, err := fixtures.CompiledReleases()
	if err != nil {
		t.Fatal(err)
	}
	for _, release := range releases {
		for name, parts := range map[string][]string{
			"merged-bytecode": {"flow-O0", "functions-O0", "constants-O0"},
			"merged-native":   {"functions-O0", "native-armv7m", "constants-O3"},
		} {
			var inputs []*mpytree.File
			for _, part := range parts {
				inputs = append(inputs, stored(t, release, part))
			}
			differ := slices.DeleteFunc(Merged(parts, inputs, stored(t, release, name)), func(line string) bool {
				return release >= "1.19" && strings.Contains(line, "merged of line 1") // it leaves line numbers out
			})
			if left := release == "1.12"; left && !strings.HasPrefix(strings.Join(differ, "\n"), "the merged module: it does not run ") || !left && len(differ) > 0 {
				t.Errorf("%s of %s: %q", name, release, differ)
			}
		}
	}
}

// linkedFile is a module of one linked code for x64: a word of text, two of the names, one of the objects.
func linkedFile() *mpytree.File {
	word := func(addend byte) []byte { return []byte{addend, 0, 0, 0, 0, 0, 0, 0} }
	record := func(region mpyfile.Region, index uint64, to mpyfile.DestKind) mpytree.Reloc {
		return mpytree.Reloc{Region: region, Index: index, Dest: mpyfile.Dest{Kind: to}, Count: 1, Placed: true}
	}
	f := &mpytree.File{
		Maker: mpytree.MicroPython, Version: 6, Feature: 0x40 | 2<<2 | 3, ArchFlags: 1, SmallIntBits: 31,
		QStrs:   []mpytree.QStr{{Text: "m.py"}, {Text: "f"}, {Text: "g"}},
		Objects: []mpytree.Object{{Type: mpytree.ObjFunTable}, {Type: mpytree.ObjInt, Text: "7"}},
		Code: &mpytree.Code{
			Kind: mpytree.Viper, Body: slices.Concat(word(4), word(2), word(4)), Rodata: word(8),
			Relocs: []mpytree.Reloc{record(mpyfile.Text, 0, mpyfile.ToText), record(mpyfile.Text, 1, mpyfile.ToQStrTable), record(mpyfile.Text, 2, mpyfile.ToQStrTable), record(mpyfile.Rodata, 0, mpyfile.ToObjTable)},
		},
	}
	f.Code.ScopeFlags = f.Scope().Relocs | f.Scope().Rodata
	return f
}

// TestMergedFalsehoods: each change of a merged module that firmware can tell is seen.
func TestMergedFalsehoods(t *testing.T) {
	names := []string{"linked", "flow", "functions"}
	inputs := []*mpytree.File{linkedFile(), stored(t, "1.28", "flow-O0"), stored(t, "1.28", "functions-native-x64")}
	var list []merge.Input
	for i, f := range inputs {
		list = append(list, merge.Input{Name: names[i], File: f})
	}
	tree, err := merge.Merge(list, merge.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := mpywriter.WriteTree(tree)
	if err != nil {
		t.Fatal(err)
	}
	merged := func() *mpytree.File {
		f, err := mpytree.Parse(bytes.Clone(data))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if differ := Merged(names, inputs, merged()); len(differ) > 0 {
		t.Fatal(differ)
	}
	linked, functions, flow := 0, 1, 2
	part := func(f *mpytree.File, i int) *mpytree.Code { return f.Code.Children[i] }
	first := func(f *mpytree.File, is func(in *mpytree.Insn) bool) *byte { // the byte behind such an instruction's opcode
		for _, c := range append(part(f, flow).Children, part(f, flow)) {
			insns, err := f.Insns(c)
			if err != nil {
				t.Fatal(err)
			}
			if i := slices.IndexFunc(insns, func(in mpytree.Insn) bool { return is(&in) }); i >= 0 {
				return &c.Body[insns[i].Off+1]
			}
		}
		t.Fatal("there is no such instruction")
		return nil
	}
	last := func(b []byte) *byte { return &b[len(b)-1] }
	for _, c := range []struct {
		want   string
		change func(f *mpytree.File)
	}{
		{"the merged module: modules: 3, merged 2", func(f *mpytree.File) { f.Code.Children = f.Code.Children[:2] }},
		{"the merged module: it does not run ", func(f *mpytree.File) { *last(f.Code.Body) = mpytree.OpPopTop }},
		{"the merged module: arguments and handlers: ", func(f *mpytree.File) { f.Code.Body[0] |= 4 }},
		{"linked: maker and version: ", func(f *mpytree.File) { f.Maker++ }},
		{"flow: small integers need 31 bits, merged 5", func(f *mpytree.File) { f.SmallIntBits = 5 }},
		{"linked: architecture: x64, merged armv6", func(f *mpytree.File) { f.Feature = 3<<2 | 3 }},
		{"linked: sub-version: 3, merged 2", func(f *mpytree.File) { f.Feature = 2<<2 | 2 }},
		{"linked: flags and signature: ", func(f *mpytree.File) { part(f, linked).BSS = 8 }},
		{"linked: words that are relocated: 4, merged 2", func(f *mpytree.File) { part(f, linked).Relocs = part(f, linked).Relocs[:2] }},
		{"linked: word that is relocated: ", func(f *mpytree.File) { part(f, linked).Relocs[0].Dest.Kind = mpyfile.ToBSS }},
		{"linked: code: other bytes", func(f *mpytree.File) { part(f, linked).Body[0]++ }},
		{"linked: a table is ", func(f *mpytree.File) { part(f, linked).Body[8]++ }},
		{`linked: name 0 is "m.py", merged "f"`, func(f *mpytree.File) { part(f, linked).Body[8] += 2; part(f, linked).Body[16] += 2 }},
		{"linked: a table is 66 entries further on, and 67", func(f *mpytree.File) { part(f, linked).Body[16] += 2 }},
		{"flow: <module>: nested_finally: instruction 7: LOAD_CONST_OBJ", func(f *mpytree.File) { f.Objects[len(f.Objects)-1].Items[0].Text = "8" }},
		{"linked: constant 1 is another", func(f *mpytree.File) { f.Objects[len(inputs[2].Objects)+1].Text = "8" }},
		{"functions: <module>: code: other bytes", func(f *mpytree.File) { part(f, functions).Body[0]++ }},
		{"functions: name 1 is ", func(f *mpytree.File) { f.QStrs[1].Text += "!" }},
		{"flow: <module>: stack and arguments: ", func(f *mpytree.File) { part(f, flow).Body[0] ^= 8 }},
		{"flow: <module>: bytecode with 12 inside, merged bytecode with 11", func(f *mpytree.File) { part(f, flow).Children = part(f, flow).Children[1:] }},
		{"flow: <module>: Guard: instruction 0: LOAD_NAME __name__, merged LOAD_NAME ", func(f *mpytree.File) {
			*first(f, func(in *mpytree.Insn) bool { return mpytree.FormatOf(in.Op) == mpytree.FormatQStr })++
		}},
		{"flow: <module>: with_continue: instruction 4: JUMP 50, merged JUMP 51", func(f *mpytree.File) {
			*first(f, func(in *mpytree.Insn) bool { return mpytree.FormatOf(in.Op) == mpytree.FormatOffset })++
		}},
		{"flow: <module>: instruction 0 is of line 2, merged of line 3", func(f *mpytree.File) {
			c := part(f, flow)
			p, err := c.Prelude(6)
			if err != nil {
				t.Fatal(err)
			}
			c.Body[p.Lines] += 1 << 5 // one line more
		}},
		{"linked: extensions 0x1 are not in the header", func(f *mpytree.File) { f.ArchFlags = 0 }},
	} {
		f := merged()
		c.change(f)
		if differ := Merged(names, inputs, f); !slices.ContainsFunc(differ, func(line string) bool { return strings.HasPrefix(line, c.want) }) {
			t.Errorf("want %q: %.300q", c.want, differ)
		}
	}
}
