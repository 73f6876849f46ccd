package link_test

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/ldscript"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// placedCode is code that gets an address by way of the table, at 10, a second function, at 16, and what refers to places in it from elsewhere.
type placedCode struct {
	back    uint16   // how the first one ends
	other   []uint16 // a function in another section
	word    uint32   // behind that: a distance, if by is not 0
	by      int      // the symbol that it is of
	pointer uint32   // in data; if to is 0, in that of another object
	to      int      // the symbol that it is of
	name    string   // what another object has the address of, in data with the same content; "": second
}

// Symbols of it.
const (
	placedText = iota + 2
	placedOther
	placedSecond = 9
	placedName   = 11
)

// The sizes of its section, as it is and as it gets.
const placedWhole, placedShort = 32, 20

func (p *placedCode) objects(t *testing.T, m *relocs.Machine) []*elfload.Object {
	t.Helper()
	const code = elf.SHF_ALLOC | elf.SHF_EXECINSTR
	text := elfmake.Section{Name: ".text", Flags: code, Align: 4, Relocs: []elfmake.Reloc{{Off: 24, Type: armBASEPREL, Sym: 6}, {Off: 28, Type: armGOTBREL, Sym: 7}}}
	for _, h := range []uint16{0x46c0, 0x46c0, 0x4b04 /* ldr r3, 24 */, 0x4a05 /* ldr r2, 28 */, 0x447b, 0x589b /* ldr r3, [r3, r2] */, p.back, 0x46c0, 0x46c0, 0x46c0, 0x4770, 0x46c0} {
		text.Data = binary.LittleEndian.AppendUint16(text.Data, h)
	}
	text.Data = append(text.Data, 12, 0, 0, 0, 0, 0, 0, 0)
	other := elfmake.Section{Name: ".text.other", Flags: code, Align: 4}
	for _, h := range p.other {
		other.Data = binary.LittleEndian.AppendUint16(other.Data, h)
	}
	end := uint64(len(other.Data))
	if p.by > 0 {
		other.Data = binary.LittleEndian.AppendUint32(other.Data, p.word)
		other.Relocs = []elfmake.Reloc{{Off: end, Type: armREL32, Sym: p.by}}
	}
	data := elfmake.Section{Name: ".data.rel.ro", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: binary.LittleEndian.AppendUint32(nil, p.pointer)}
	another := data
	if p.to > 0 {
		data.Relocs = []elfmake.Reloc{{Type: 2, Sym: p.to}}
		another.Data = make([]byte, 4)
	}
	another.Relocs = []elfmake.Reloc{{Type: 2, Sym: 0}}
	list := []elfmake.Object{
		{Sections: []elfmake.Section{text, other, data}, Symbols: []elfmake.Symbol{
			{Name: "$t"},
			{Name: "$d", Value: 24},
			{Type: elf.STT_SECTION},
			{Type: elf.STT_SECTION, Sect: 1},
			{Name: "$t", Sect: 1},
			{Name: "$d", Sect: 1, Value: end},
			{Name: "_GLOBAL_OFFSET_TABLE_", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
			{Name: "mp_fun_table", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
			{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1, Size: 14},
			{Name: "second", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 17, Size: 6},
			{Name: "label", Bind: elf.STB_GLOBAL, Value: 2},
			{Name: "other", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: 1, Value: 1, Size: end},
		}},
		{Sections: []elfmake.Section{another}, Symbols: []elfmake.Symbol{{Name: cmp.Or(p.name, "second"), Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}}},
	}
	var objects []*elfload.Object
	for i, o := range list {
		o.Machine, o.Class = elf.EM_ARM, elf.ELFCLASS32
		obj, err := elfload.Load([]string{"a.o", "b.o"}[i], o.Bytes(), m)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, obj)
	}
	return objects
}

// TestDirectPlaces: code stays as it is if something has the address of a place inside of a function of it, or goes on at one with
// registers that differ; whoever refers to it, and by whatever name. The second look says so too.
func TestDirectPlaces(t *testing.T) {
	const ret, jump = 0x4770, 0x4700 // bx lr; bx r0
	distance := []uint16{0x4801 /* ldr r0, 8 */, 0x4478 /* add r0, pc */, ret, 0x46c0}
	looks := []uint16{0x6002 /* str r2, [r0] */, ret}
	late := []uint16{0x46c0, 0x6002, ret, 0x46c0}
	for name, c := range map[string]struct {
		is, without placedCode
		said        string
	}{
		"the distance of a place":           {placedCode{back: ret, other: distance, by: placedText, word: 2 + 10}, placedCode{back: ret, other: distance, by: placedSecond, word: 2}, "nobody knows of which"},
		"a part in another section":         {placedCode{back: jump, other: looks, to: placedOther, pointer: 1}, placedCode{back: jump, other: looks, to: placedName}, "code there looks at it"},
		"a part by a jump that has another": {placedCode{back: jump, other: late, to: placedOther, pointer: 3}, placedCode{back: jump, other: late, to: placedName}, "code there looks at it"},
		"a label by its name, elsewhere":    {placedCode{back: ret, other: looks, name: "label"}, placedCode{back: ret, other: looks}, "from which others may be counted"},
	} {
		t.Run(name, func(t *testing.T) {
			m := machines.For("armv7m")
			linked := func(p *placedCode, size int) (link.Input, *link.Result) {
				in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: p.objects(t, m), Relax: 1 << relocs.DirectLoads}
				return in, linkedPlaces(t, &in, size)
			}
			in, _ := linked(&c.is, placedWhole)
			good, res := linked(&c.without, placedShort)
			objects := res.Direct
			switch obj := good.Objects[0]; {
			case c.is.by > 0: // other code has the edits
				other, err := in.Objects[0].Shrink(elfload.Cuts{1: objects[obj].Sections[1].Edits.Edits})
				if err != nil {
					t.Fatal(err)
				}
				good, objects = in, map[*elfload.Object]*elfload.Object{in.Objects[0]: other}
			case c.is.to > 0: // what was linked as the address of a function is that of a label by now
				label := obj.Symbols[symbolNamed(obj, "label")]
				was := &obj.Symbols[symbolNamed(obj, "other")]
				label.Name, label.Sect, label.Value = was.Name, was.Sect, uint64(c.is.pointer&^1)
				*was = label
			default:
				for i := range res.Map.Targets {
					if s := &res.Map.Targets[i]; s.Name == "second" {
						*s = linkmap.Target{Name: "label", Section: s.Section, Off: 2}
					}
				}
			}
			if said := secondLook(&good, res, objects); !strings.Contains(said, c.said) {
				t.Errorf("the second look says %q", said)
			}
		})
	}
}

func symbolNamed(obj *elfload.Object, name string) int {
	return slices.IndexFunc(obj.Symbols, func(s elfload.Symbol) bool { return s.Name == name })
}

// TestDirectStays: a distance to a function is known in code that gets shorter. Where that code stays as it is, so does the function's.
func TestDirectStays(t *testing.T) {
	m := machines.For("armv7m")
	for addend, size := range map[uint32]int{0: placedShort, 4: placedWhole} { // of a pointer to the code with the distance
		p := placedCode{back: 0x4770, other: []uint16{0x4801 /* ldr r0, 8 */, 0x4478 /* add r0, pc */, 0x4770, 0x46c0}, by: placedSecond, word: 2, name: "other", pointer: addend}
		linkedPlaces(t, &link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: p.objects(t, m), Relax: 1 << relocs.DirectLoads}, size)
	}
}

// linkedPlaces links, and checks what is left of the first section.
func linkedPlaces(t *testing.T, in *link.Input, size int) *link.Result {
	t.Helper()
	res, err := link.Checked(*in)
	if err != nil {
		t.Fatal(err)
	}
	for i := range res.Map.Sections {
		if s := &res.Map.Sections[i]; s.Name == ".text" && int(s.Size) != size {
			t.Errorf("%d bytes are left, want %d", s.Size, size)
		}
	}
	return res
}

// TestDirectNames: scripts and --wrap may say that a name is a place in code, some bytes behind another one. That stays as it is then.
func TestDirectNames(t *testing.T) {
	m := machines.For("armv7m")
	for name, c := range map[string]struct {
		scripts []string
		wrap    []string
		addend  byte // of a pointer to name in another object
		size    int
	}{
		"another name":                 {scripts: []string{"name = second;"}, size: placedShort},
		"a number of bytes behind one": {scripts: []string{"name = second + 4;"}, size: placedWhole},
		"by way of another":            {scripts: []string{"between = second + 4;", "name = between;"}, size: placedWhole},
		"in front of one":              {scripts: []string{"name = second - 4;"}, size: placedWhole},
		"behind another name":          {scripts: []string{"name = second;"}, addend: 4, size: placedWhole},
		"what is there instead":        {scripts: []string{"__wrap_name = second;"}, wrap: []string{"name"}, size: placedShort},
		"behind what is there instead": {scripts: []string{"__wrap_name = second;"}, wrap: []string{"name"}, addend: 4, size: placedWhole},
	} {
		t.Run(name, func(t *testing.T) {
			p := placedCode{back: 0x4770, other: []uint16{0x4770, 0x46c0}, name: "name", pointer: uint32(c.addend)}
			in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: p.objects(t, m), Relax: 1 << relocs.DirectLoads, Wrap: c.wrap}
			in.Scripts = scriptsOf(t, c.scripts)
			res := linkedPlaces(t, &in, c.size)
			if name != "another name" {
				return
			}
			// The second look says so of a link that was made for another place.
			in.Scripts = scriptsOf(t, []string{"name = second + 4;"})
			for i := range res.Map.Targets {
				if s := &res.Map.Targets[i]; s.Name == "name" {
					s.Off += 4
				}
			}
			asked := &audit.Input{Objects: in.Objects, Machine: m, ABI: in.ABI, SourceName: in.SourceName, Scripts: in.Scripts}
			if err := audit.Check(asked, audit.Output{Map: res.Map, File: res.File, Direct: res.Direct}); err == nil || !strings.Contains(err.Error(), "a number of bytes behind name") {
				t.Errorf("the second look says %v", err)
			}
		})
	}
}

func scriptsOf(t *testing.T, texts []string) (scripts []*ldscript.Script) {
	t.Helper()
	for _, text := range texts {
		script, err := ldscript.Parse("a.ld", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, script)
	}
	return scripts
}
