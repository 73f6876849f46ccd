package mpytree_test

import (
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/mpywriter"
)

// TestModuleRefusals: good files that no linker makes.
func TestModuleRefusals(t *testing.T) {
	old := must(mpywriter.WriteTree(&mpytree.File{
		Maker: 'M', Version: 5, Feature: 0x16, SmallIntBits: 31, Window: 32,
		Code: &mpytree.Code{
			Kind: mpytree.Viper, Body: make([]byte, 12), ScopeFlags: mpyfile.ScopeRelocs,
			Links: []mpytree.Link{{Off: 4, QStr: mpytree.QStr{Text: "a"}}, {Off: 8, Kind: mpytree.LinkObj, QStr: mpytree.QStr{Text: "b"}}},
		},
	}))
	if f, err := mpytree.Module(old, nil); err != nil || len(f.Links) != 2 {
		t.Fatal(f, err)
	}
	bytecode := must(fixtures.Compiled("1.28"))
	for _, c := range []struct {
		data   []byte
		change func(*mpytree.File)
		want   string
	}{
		{bytecode[0].Data, func(*mpytree.File) {}, `0x2 header.feature: not a native module: it names no architecture, so it is bytecode`},
		{small, func(f *mpytree.File) { f.Code = &mpytree.Code{Body: []byte{0, 2, 0, 0x63}} }, `0xc code.kind_len: not a native module: it is bytecode with compiled functions in it`},
		{small, func(f *mpytree.File) {
			f.Code.Children = []*mpytree.Code{{Body: []byte{0, 2, 0, 0x63}}}
		}, `0xc code.kind_len: not a native module: it is viper code with 1 functions inside; a linker makes viper code with none`},
		{small, func(f *mpytree.File) {
			f.Code.Kind = mpytree.Asm
			f.Code.ScopeFlags = 0
			f.Code.Relocs = nil
			f.Code.Rodata, f.Code.BSS = nil, 0
		}, `0xc code.kind_len: not a native module: it is asm code with 0 functions inside; a linker makes viper code with none`},
		{small, func(f *mpytree.File) { f.Code.Body, f.Code.Relocs = nil, nil }, `0xc code.kind_len: there is no code`},
		{small, func(f *mpytree.File) { f.Code.ScopeFlags &^= mpyfile.ScopeRelocs; f.Code.Relocs = nil }, `0x19 code.scope_flags: scope flags 0x60 are not those of a linked module`},
		{small, func(f *mpytree.File) { f.Code.Rodata = nil; f.Code.Relocs = f.Code.Relocs[:1] }, `0x1a code.rodata_size: rodata is announced, but has no bytes`},
		{small, func(f *mpytree.File) { f.Objects = []mpytree.Object{{Type: mpytree.ObjStr}} }, `0x5 n_obj: not a native module: it has 1 constant objects, so it is bytecode`},
		{small, func(f *mpytree.File) { f.Feature &^= 2; f.Objects = []mpytree.Object{{Type: mpytree.ObjBytes}} }, `0xc objects[0]: not a native module: it has a constant object of type bytes; a linker makes str`},
		{small, func(f *mpytree.File) {
			f.Feature &^= 2
			f.Objects = []mpytree.Object{{Type: mpytree.ObjStr, Text: "\x80"}}
		}, `0xc objects[0]: constant object "\x80" is not plain ASCII`},
		{small, func(f *mpytree.File) { f.Maker, f.Code.ScopeFlags = 'C', 0xf0 }, `0x19 code.scope_flags: scope flags 0xf0 are not those of a linked module`},
		{small, func(f *mpytree.File) { f.Maker, f.Code.ScopeFlags, f.Feature = 'C', 0xe0, 0x16 }, `0x2 header.feature: not a native module: CircuitPython's mpy version 6.2, which mpyld does not know`},

		{old, func(f *mpytree.File) { f.Maker, f.Code.ScopeFlags = 'C', 0x20 }, `0x2 header.feature: not a native module: CircuitPython's mpy version 5.2, which mpyld does not know`},
		{old, func(f *mpytree.File) { f.Feature &^= 3 }, `0x2 header.feature: not a native module: mpy version 5.0, which mpyld does not know`},
		{old, func(f *mpytree.File) { f.Feature |= 0x80 }, `0x2 header.feature: architecture code 37 is none that modules are linked for`},
		{old, func(f *mpytree.File) { f.Window = 16 }, `0x4 header.window: a window of 16 recent qstrs, want 32`},
		{old, func(f *mpytree.File) { f.Code.Objects = []mpytree.Object{{Type: mpytree.ObjEllipsis}} }, `0x1a code.n_obj: not a native module: it has 1 constant objects; a linker makes none`},
		{old, func(f *mpytree.File) { f.Code.Links[0].Kind = mpytree.LinkInsn }, `0x13 code.links[0].place: not a native module: a qstr link of kind 1; a linker makes 0 and 3`},
		{old, func(f *mpytree.File) { f.Code.Links[0].Off = 11 }, `0x13 code.links[0].place: a qstr link at text+0xb, outside its 12 bytes`},
		{old, func(f *mpytree.File) { f.Code.Links[0].Off = 5 }, `0x13 code.links[0].place: a qstr link at text+0x5, which is not a multiple of 2`},
		{old, func(f *mpytree.File) { f.Code.Links[1].Off = 6 }, `0x16 code.links[1].place: a qstr link at text+0x6, which is not a multiple of 4`},
		{old, func(f *mpytree.File) { f.Code.Links[1].QStr = mpytree.QStr{Text: "a", Form: mpytree.Recent} }, `0x17 code.links[1].qstr: not a native module: it refers to an earlier qstr; a linker writes each out`},
		{old, func(f *mpytree.File) { f.Code.Links[1].QStr.Text = "\xff" }, `0x17 code.links[1].qstr: qstr "\xff" is not plain ASCII`},
		{old, func(f *mpytree.File) {
			f.Code.Relocs = []mpytree.Reloc{{Count: 1, Placed: true, Dest: mpyfile.Dest{Kind: mpyfile.ToBSS}}}
		}, `0x1c code.relocations[0]: a relocation to bss, but the module has none`},
		{old, func(f *mpytree.File) {
			f.Code.Relocs = []mpytree.Reloc{{Count: 1, Placed: true, Dest: mpyfile.Dest{Kind: mpyfile.ToFunEntry, Entry: 80}}}
		}, `0x1c code.relocations[0]: mp_fun_table has no entry 80 in ABI 5`},
	} {
		tree, err := mpytree.Parse(append([]byte{}, c.data...))
		if err != nil {
			t.Fatal(err)
		}
		c.change(tree)
		data, err := mpywriter.WriteTree(tree)
		if err != nil {
			t.Fatal(c.want, err)
		}
		f, err := mpytree.Module(data, nil)
		if err == nil || f != nil || err.Error() != c.want {
			t.Errorf("\n got %v\nwant %s", err, c.want)
		}
	}
	if !strings.HasPrefix(bytecode[0].Name, "constants") {
		t.Error(bytecode[0].Name)
	}
}
