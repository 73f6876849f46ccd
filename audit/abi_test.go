package audit_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// compiled is an object that defines a function and says what it was compiled for.
func compiled(arch, function, attributes string) []byte {
	m := machines.For(arch)
	le := binary.LittleEndian
	sub := append(le.AppendUint32([]byte{1}, uint32(5+len(attributes))), attributes...)
	vendor := append([]byte(m.ABI.Vendor+"\x00"), sub...)
	data := append(le.AppendUint32([]byte("A"), uint32(4+len(vendor))), vendor...)
	o := elfmake.Object{
		Machine: m.ELF, Class: m.Class, RELA: m.ModeBits == 0,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: text, Align: 4, Data: make([]byte, 16)},
			{Name: ".attributes", Type: elf.SHT_LOPROC + 3, Align: 1, Data: data},
		},
		Symbols: []elfmake.Symbol{{Name: function, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: uint64(m.ModeBits)}},
	}
	if attributes == "" {
		o.Sections = o.Sections[:1]
	}
	if function == "arm" {
		o.Symbols = append([]elfmake.Symbol{{Name: "$a", Type: elf.STT_NOTYPE}}, o.Symbols...)
	}
	return o.Bytes()
}

// TestFit: objects that the linker was allowed to take all the same.
func TestFit(t *testing.T) {
	const (
		small, wide = "\x1a\x01", "\x1a\x02" // Tag_ABI_enum_size
		hard        = "\x1c\x01"             // Tag_ABI_VFP_args
		zba         = "\x05rv32i2p1_m2p0_c2p0_zba1p0\x00"
		float       = "\x05rv32i2p1_m2p0_f2p2_c2p0\x00"
	)
	for _, c := range []struct {
		what, arch string
		objects    []string // attributes, behind the name of a function
		member     string
		change     func(in *audit.Input)
		want       string
	}{
		{"alike", "armv7m", []string{"mpy_init " + small, "f " + small}, "m " + small, nil, ""},
		{"nothing said", "armv7m", []string{"mpy_init ", "f " + small}, "m " + wide, nil, ""},
		{"enums", "armv7m", []string{"mpy_init " + small, "f " + wide}, "m " + small, nil, "b.o: the map has this object and a.o, by their attributes they differ: it is for enums of 32 bits (-fno-short-enums)"},
		{"enums of the third", "armv7m", []string{"mpy_init " + small, "f ", "g " + wide}, "m " + small, nil, "c.o: the map has this object and a.o, by their attributes they differ: it is for enums of 32 bits (-fno-short-enums)"},
		{"enums that may differ", "armv7m", []string{"mpy_init " + small, "f " + wide}, "m " + small, func(in *audit.Input) { in.AllowABIMismatch = true }, ""},
		{"floats", "armv7m", []string{"mpy_init " + hard}, "m ", nil, "a.o: the map has this file, by its attributes it is compiled"},
		{"floats of a member", "armv7m", []string{"mpy_init "}, "m " + hard, nil, "l.a(m.o): the map has this file, by its attributes it is compiled"},
		{"floats of firmware", "armv7emsp", []string{"mpy_init " + hard}, "m ", nil, ""},
		{"floats of other firmware", "armv7emsp", []string{"mpy_init " + hard}, "m ", func(in *audit.Input) { in.FloatABI = "softfp" }, "a.o: the map has this file, by its attributes it is compiled"},
		{"extensions", "rv32imc", []string{"mpy_init " + zba}, "m ", nil, ""},
		{"extensions that the release does not know", "rv32imc", []string{"mpy_init " + zba}, "m ", func(in *audit.Input) { in.NoExtensions = true }, "a.o: the map has this file, by its attributes it is compiled for extensions that it does not have (zba)"},
		{"extensions of other machines", "rv32imc", []string{"mpy_init " + float}, "m ", nil, "a.o: the map has this file, by its attributes it is compiled for extensions that it does not have (f)"},
		{"another instruction set", "armv7m", []string{"mpy_init ", "arm "}, "m ", nil, "b.o: the map has this file, by its symbols it has code of another instruction set"},
	} {
		t.Run(c.what, func(t *testing.T) {
			m := machines.For(c.arch)
			in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", AllowABIMismatch: true, Undefined: []string{"m"}}
			for i, text := range c.objects {
				function, attributes, _ := strings.Cut(text, " ")
				obj, err := elfload.Load(string(rune('a'+i))+".o", compiled(c.arch, function, attributes), m)
				if err != nil {
					t.Fatal(err)
				}
				in.Objects = append(in.Objects, obj)
			}
			_, attributes, _ := strings.Cut(c.member, " ")
			data := elfmake.Dialects[0].Build([]elfmake.Member{{Name: "m.o", Symbol: "m", Data: compiled(c.arch, "m", attributes)}})
			lib, err := elfload.OpenArchive("l.a", bytes.NewReader(data), int64(len(data)), m)
			if err != nil {
				t.Fatal(err)
			}
			in.Archives = append(in.Archives, lib)
			res, err := link.Link(in)
			if err != nil {
				t.Fatal(err)
			}
			look := &audit.Input{SourceName: "m.mpy", Objects: in.Objects, Archives: in.Archives, Machine: m, ABI: in.ABI, Undefined: in.Undefined}
			if c.change != nil {
				c.change(look)
			}
			got := ""
			if err := audit.Check(look, audit.Output{Map: res.Map, File: res.File, Members: []audit.Extraction{{Member: "l.a(m.o)", Symbol: "m"}}}); err != nil {
				got = err.Error()
			}
			if c.want == "" && got != "" || c.want != "" && !slices.ContainsFunc(strings.Split(got, "\n"), func(line string) bool { return strings.HasPrefix(line, c.want) }) {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}
