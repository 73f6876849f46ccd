package audit_test

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// caller is an object with branches to three names, and with words of the firmware's
// table and the module's names.
func caller() []byte {
	var u unit
	t := u.section(".text", text, 4, 24)
	f := u.section(".text.f", text, 4, 4)
	u.symbol("mpy_init", elf.STB_GLOBAL, elf.STT_FUNC, t, 1, 24)
	global := u.symbol("f", elf.STB_GLOBAL, elf.STT_FUNC, f, 1, 4)
	local := u.symbol("own", elf.STB_LOCAL, elf.STT_FUNC, f, 1, 4)
	fixed := u.symbol("fixed", elf.STB_GLOBAL, elf.STT_NOTYPE, elfmake.Undef, 0, 0)
	table := u.symbol("mp_fun_table", elf.STB_GLOBAL, elf.STT_NOTYPE, elfmake.Undef, 0, 0)
	names := u.symbol("mp_native_qstr_table", elf.STB_GLOBAL, elf.STT_NOTYPE, elfmake.Undef, 0, 0)
	p := &u.Sections[t]
	for i, sym := range []int{global, local, fixed} {
		copy(p.Data[4*i:], []byte{0xff, 0xf7, 0xfe, 0xff})
		p.Relocs = append(p.Relocs, elfmake.Reloc{Off: uint64(4 * i), Type: 10, Sym: sym}) // R_ARM_THM_CALL
	}
	p.Data[12], p.Data[16], p.Data[20] = 8, 4, 16
	p.Relocs = append(p.Relocs, elfmake.Reloc{Off: 12, Type: 2, Sym: table}, elfmake.Reloc{Off: 16, Type: 2, Sym: names}, elfmake.Reloc{Off: 20, Type: 2, Sym: table})
	// Local symbols come first.
	order := []int{local, 0, global, fixed, table, names}
	var symbols []elfmake.Symbol
	for _, i := range order {
		symbols = append(symbols, u.Symbols[i])
	}
	u.Symbols = symbols
	for i := range p.Relocs {
		p.Relocs[i].Sym = slices.Index(order, p.Relocs[i].Sym)
	}
	return u.bytes()
}

// TestDestinations: what a relocation cannot have, although its symbol means it.
func TestDestinations(t *testing.T) {
	const thumb = " (instruction set 1)"
	for _, c := range []struct {
		what   string
		change func(f *falsifier, file []byte)
		want   string
	}{
		{"nothing", func(*falsifier, []byte) {}, ""},
		{"a function of the other instruction set", func(f *falsifier, _ []byte) { f.target("f").Mode = 0 }, "a.o:(.text+0x0): the map has a branch to a.o:(.text.f+0x0) for f, which is of another instruction set"},
		{"a local function of the other instruction set", func(f *falsifier, _ []byte) { f.target("own").Mode = 0 }, "a.o:(.text+0x4): the map has a branch to a.o:(.text.f+0x0) for own, which is of another instruction set"},
		{"an address of the other instruction set", func(f *falsifier, _ []byte) { f.target("fixed").Off = 0x4000 }, "a.o:(.text+0x8): the map has a branch to the number 0x4000 for fixed, which is of another instruction set"},
		{"a shorter table of functions", func(f *falsifier, _ []byte) {
			abi := *f.in.ABI
			abi.Fun = abi.Fun[:2]
			f.in.ABI = &abi
		}, "a.o:(.text+0xc): the map has mp_fun_table+0x8, which is behind its end"},
		{"a table of functions that is long enough for the first word", func(f *falsifier, _ []byte) {
			abi := *f.in.ABI
			abi.Fun = abi.Fun[:3]
			f.in.ABI = &abi
		}, "a.o:(.text+0x14): the map has mp_fun_table+0x10, which is behind its end"},
		{"fewer names", func(f *falsifier, _ []byte) { f.Map.QStrs = f.Map.QStrs[:1] }, "a.o:(.text+0x10): the map has the table of qstrs+0x4, which is behind its end"},
		{"no names", func(f *falsifier, _ []byte) { f.Map.QStrs = nil }, "a.o:(.text+0x10): the map has the table of qstrs+0x4, which is behind its end"},
		{"a function that a loader chooses", func(f *falsifier, file []byte) {
			at := bytes.Index(file, []byte{4, 0, 0, 0, byte(elf.STB_GLOBAL)<<4 | byte(elf.STT_FUNC)})
			file[at+4] = byte(elf.STB_GLOBAL)<<4 | byte(elf.STT_GNU_IFUNC)
			f.in.Objects[0], _ = elfload.Load("a.o", file, f.in.Machine)
		}, "a.o:(.text+0x0): the map has a.o:(.text.f+0x0)" + thumb + " for f, by ELF's rules it is undefined"},
	} {
		t.Run(c.what, func(t *testing.T) {
			file, m := caller(), machines.For("armv7m")
			obj, err := elfload.Load("a.o", file, m)
			if err != nil {
				t.Fatal(err)
			}
			externs := map[string]linkmap.Extern{"fixed": {Value: 0x4001}}
			res, err := link.Link(link.Input{
				Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", QStrs: []string{"one", "two"}, Externs: externs,
			})
			if err != nil {
				t.Fatal(err)
			}
			f := &falsifier{&audit.Input{
				SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Machine: m, ABI: mpyfile.Latest, Externs: externs,
				Config: []byte("#define MP_QSTR_one (mp_native_qstr_table[1])\n#define MP_QSTR_two (mp_native_qstr_table[2])\n"),
			}, &audit.Output{Map: res.Map, File: res.File}}
			c.change(f, file)
			got := ""
			if err := audit.Check(f.in, *f.Output); err != nil {
				got = err.Error()
			}
			if c.want == "" && got != "" || !slices.Contains(strings.Split(got, "\n"), c.want) {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestEmptyTable: code that refers to the table of names has no place in a module
// without any.
func TestEmptyTable(t *testing.T) {
	in, out := asked(t)
	f := &falsifier{in, &out}
	f.Map.QStrs, f.in.Config = nil, nil
	err := audit.Check(f.in, *f.Output)
	const want = "a.o:(.data.rel.ro.table+0x48): the map has the table of qstrs for mp_native_qstr_table, by ELF's rules it is undefined"
	if err == nil || !slices.Contains(strings.Split(err.Error(), "\n"), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
