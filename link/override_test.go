package link

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/ldscript"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// linkInput links objects for x64 with more in the input.
func linkInput(in Input, objs ...elfmake.Object) (*Result, error) {
	in.ABI, in.Arch, in.SourceName = mpyfile.Latest, machines.For("x64"), "m.mpy"
	for i, o := range objs {
		o = x64Object(o)
		obj, err := elfload.Load(string(rune('a'+i))+".o", o.Bytes(), machines.For("x64"))
		if err != nil {
			return nil, err
		}
		in.Objects = append(in.Objects, obj)
	}
	return Checked(in)
}

// defsyms are values of --defsym.
func defsyms(texts ...string) []*ldscript.Script {
	var scripts []*ldscript.Script
	for _, text := range texts {
		s, err := ldscript.ParseDefsym(text)
		if err != nil {
			panic(err)
		}
		scripts = append(scripts, s)
	}
	return scripts
}

// sectionOf is code with a name and references to symbols, 8 bytes apart.
func sectionOf(name string, syms ...int) elfmake.Section {
	s := elfmake.Section{Name: name, Flags: alloc | exec, Align: 1, Data: make([]byte, 32)}
	for i, sym := range syms {
		s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(8 * i), Type: x64PC32, Sym: sym, A: -4})
	}
	return s
}

// TestOverridden: which sections leave when a fixed address replaces what they
// define, and why others stay.
func TestOverridden(t *testing.T) {
	sect := func(i int) elfmake.Symbol { return elfmake.Symbol{Bind: elf.STB_LOCAL, Type: elf.STT_SECTION, Sect: i} }
	tests := []struct {
		name string
		obj  elfmake.Object
		in   Input
		left []string // sections with room in the output
		over []string // overrides as "symbol: what keeps it"
	}{
		{
			"alone in its section",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init", 1), sectionOf(".text.f")},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), fn("f", 1, 0)},
			},
			Input{},
			[]string{".text.init"},
			[]string{"f: "},
		},
		{
			"beside another",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init", 1), sectionOf(".text.f")},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), fn("f", 1, 0), fn("g", 1, 8)},
			},
			Input{},
			[]string{".text.init", ".text.f"},
			[]string{"f: g"},
		},
		{
			"beside another that is overridden",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init", 1), sectionOf(".text.f")},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), fn("f", 1, 0), fn("g", 1, 8)},
			},
			Input{Externs: map[string]linkmap.Extern{"g": {Value: 2}}},
			[]string{".text.init"},
			[]string{"f: ", "g: "},
		},
		{
			"needed through a local symbol",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init", 0), sectionOf(".text.f")},
				Symbols:  []elfmake.Symbol{local("inside", 1, 4), fn("mpy_init", 0, 0), fn("f", 1, 0)},
			},
			Input{},
			[]string{".text.init", ".text.f"},
			[]string{"f: what a.o:(.text.init+0x0) refers to"},
		},
		{
			"with what only it needs, in a chain and a circle",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init", 4), sectionOf(".text.f", 0, 1, 5), sectionOf(".text.helper", 1, 2), sectionOf(".rodata.table", 0), sectionOf(".text.other")},
				Symbols:  []elfmake.Symbol{sect(2), sect(3), sect(2), local("unused", 4, 0), fn("f", 1, 0), fn("g", 4, 0), fn("mpy_init", 0, 0)},
			},
			Input{},
			[]string{".text.init", ".text.other"},
			[]string{"f: "},
		},
		{
			"but not what others need too",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init", 0), sectionOf(".text.f", 0), sectionOf(".text.helper")},
				Symbols:  []elfmake.Symbol{sect(2), fn("f", 1, 0), fn("mpy_init", 0, 0)},
			},
			Input{},
			[]string{".text.init", ".text.helper"},
			[]string{"f: "},
		},
		{
			"what is to be kept",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init"), section(".data.kept", alloc|write|resolve.ShfGNURetain, 8), section(".data.f", alloc|write, 8)},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), {Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1}},
			},
			Input{},
			[]string{".text.init", ".data.kept", ".data.f"},
			[]string{"f: a part of a table, or is to be kept"},
		},
		{
			"a common variable",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init")},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), {Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: elfmake.Common, Value: 8, Size: 8}},
			},
			Input{},
			[]string{".text.init"},
			[]string{"f: "},
		},
		{
			"by another symbol",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init", 1), sectionOf(".text.f"), sectionOf(".text.g")},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), fn("f", 1, 0), fn("g", 2, 0)},
			},
			Input{Externs: map[string]linkmap.Extern{}, Scripts: defsyms("f=g+4")},
			[]string{".text.init", ".text.g"},
			[]string{"f: "},
		},
		{
			"with the functions that only it calls, where what is dead is left out",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init", 1), sectionOf(".text.f", 2), sectionOf(".text.g"), sectionOf(".text.dead")},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), fn("f", 1, 0), fn("g", 2, 0), fn("h", 3, 0)},
			},
			Input{GCSections: true},
			[]string{".text.init"},
			[]string{"f: "},
		},
		{
			"not where it only offers an address",
			elfmake.Object{
				Sections: []elfmake.Section{sectionOf(".text.init", 1), sectionOf(".text.f")},
				Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), fn("f", 1, 0)},
			},
			Input{Externs: map[string]linkmap.Extern{"f": {Value: 1, Provide: true}}},
			[]string{".text.init", ".text.f"},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := tt.in
			if in.Externs == nil {
				in.Externs = map[string]linkmap.Extern{}
			}
			if _, set := in.Externs["f"]; !set && in.Scripts == nil {
				in.Externs["f"] = linkmap.Extern{Value: 0x1000}
			}
			for i := range tt.obj.Sections { // calls, so that they can go anywhere
				for k := range tt.obj.Sections[i].Relocs {
					if tt.obj.Symbols[tt.obj.Sections[i].Relocs[k].Sym].Bind == elf.STB_GLOBAL {
						tt.obj.Sections[i].Relocs[k].Type = x64PLT32
					}
				}
			}
			res, err := linkInput(in, tt.obj)
			if err != nil {
				t.Fatal(diag.Render("", err))
			}
			var left, over []string
			for _, p := range res.Map.Sections {
				if p.Object != "" && p.Size > 0 {
					left = append(left, p.Name)
				}
			}
			for _, o := range res.Map.Overrides {
				over = append(over, o.Symbol+": "+o.Keeps)
			}
			if d := cmp.Diff(tt.left, left); d != "" {
				t.Errorf("sections: %s", d)
			}
			if d := cmp.Diff(tt.over, over); d != "" {
				t.Errorf("overrides: %s", d)
			}
		})
	}
}

// TestAliases: what --defsym makes of symbols.
func TestAliases(t *testing.T) {
	obj := elfmake.Object{
		Sections: []elfmake.Section{sectionOf(".text.start", 1, 2), sectionOf(".text.f")},
		Symbols:  []elfmake.Symbol{fn("start", 0, 8), undef("a"), undef("b"), fn("f", 1, 0)},
	}
	obj.Sections[0].Relocs[0].Type, obj.Sections[0].Relocs[1].Type = x64PLT32, x64PLT32
	res, err := linkInput(Input{Scripts: defsyms("mpy_init=start", "a=b+3", "b=f-1")}, obj)
	if err != nil {
		t.Fatal(diag.Render("", err))
	}
	start := res.Map.Sections[0].Addr
	if res.Map.Entry != start+8 {
		t.Errorf("mpy_init is at 0x%x, text starts at 0x%x", res.Map.Entry, start)
	}
	for _, want := range []struct {
		name string
		off  uint64
	}{{"a", 2}, {"b", ^uint64(0)}} {
		i := slices.IndexFunc(res.Map.Targets, func(r linkmap.Target) bool { return r.Name == want.name })
		if i < 0 || res.Map.Targets[i].Kind != linkmap.InSection || res.Map.Sections[res.Map.Targets[i].Section].Name != ".text.f" || res.Map.Targets[i].Off != want.off {
			t.Errorf("%s: %+v", want.name, res.Map.Targets[max(i, 0)])
		}
	}
}

// TestFirmwareConvention: calls into firmware that passes arguments elsewhere
// get a warning.
func TestFirmwareConvention(t *testing.T) {
	attribute := func(tag, n uint64) relocs.Attribute { return relocs.Attribute{Tag: tag, Number: n} }
	hard := relocs.Facts{Attributes: []relocs.Attribute{attribute(6, 13), attribute(7, 'M'), attribute(10, 6), attribute(23, 3), attribute(27, 1), attribute(28, 1)}}
	soft := relocs.Facts{Attributes: []relocs.Attribute{attribute(6, 13), attribute(7, 'M'), attribute(23, 3)}}
	for _, tt := range []struct {
		arch  string
		facts relocs.Facts
		warns bool
	}{{"armv7m", hard, true}, {"armv7m", soft, false}, {"armv7emsp", hard, false}, {"armv7emsp", soft, true}} {
		obj, err := elfload.Load("a.o", func() []byte { o := armObject(withEntry); return o.Bytes() }(), machines.For(tt.arch))
		if err != nil {
			t.Fatal(err)
		}
		res, _ := Checked(Input{
			Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: machines.For(tt.arch), SourceName: "m",
			Firmware: []linkmap.Firmware{{File: "fw.elf", Facts: tt.facts}},
		})
		text := fmt.Sprint(res.Warnings)
		if tt.warns != strings.Contains(text, "fw.elf: the firmware is compiled to pass floats") || len(res.Warnings) > 1 {
			t.Errorf("%s: warnings %q", tt.arch, text)
		}
	}
}

// TestSetEntry: a module starts where a script says, which has to be a function.
func TestSetEntry(t *testing.T) {
	for set, want := range map[string]string{
		"mpy_init=f":     "",
		"mpy_init=f+1":   "mpy_init is set to what is no start of a function",
		"mpy_init=4":     "mpy_init is set to what is no start of a function",
		"mpy_init=v":     "mpy_init is not a function",
		"mpy_init=other": "other",
	} {
		res, err := linkInput(Input{Scripts: defsyms(set)}, elfmake.Object{
			Sections: []elfmake.Section{sectionOf(".text.init"), sectionOf(".text.f"), section(".data.v", alloc|write, 8)},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), fn("f", 1, 0), {Name: "v", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 2}},
		})
		if want == "" {
			if err != nil || !slices.ContainsFunc(res.Map.Sections, func(p linkmap.Section) bool { return p.Name == ".text.f" && p.Addr == res.Map.Entry }) {
				t.Errorf("%s: %v, it starts elsewhere", set, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", set, err, want)
		}
	}
}
