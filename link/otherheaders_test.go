package link

import (
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// TestOtherHeaders: an object that only the headers of other releases give
// is refused, with the names of both.
func TestOtherHeaders(t *testing.T) {
	named := func(symbol string, addend int64) elfmake.Object {
		return x64Object(elfmake.Object{
			Sections: []elfmake.Section{text(16), section(".data.rel.ro", alloc|write, 8, elfmake.Reloc{Off: 0, Type: x64Abs64, Sym: 1, A: addend})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), undef(symbol)},
		})
	}
	for _, c := range []struct {
		release string
		object  elfmake.Object
		want    string // "" if it links
	}{
		{"1.18", named("mp_native_qstr_val_table", 2), ""},
		{"1.18", named("mp_native_qstr_obj_table", 8), ""},
		{"1.18", named("mp_native_qstr_table", 2), "MicroPython 1.19 or later, but this link is for MicroPython 1.12 to 1.18"},
		{"1.18", named("mp_native_obj_table", 0), "MicroPython 1.19 or 1.20, but this link is for MicroPython 1.12 to 1.18"},
		{"1.18", named("mp_type_Exception", 0), "MicroPython 1.23 or later, but this link is for MicroPython 1.12 to 1.18"},
		{"1.19", named("mp_native_qstr_table", 2), ""},
		{"1.20", named("mp_native_obj_table", 0), ""},
		{"1.20", named("mp_native_qstr_val_table", 0), "MicroPython 1.12 to 1.18, but this link is for MicroPython 1.20 and 1.21"},
		{"1.22", named("mp_native_obj_table", 0), "MicroPython 1.19 or 1.20, but this link is for MicroPython 1.22"},
		{"1.22", named("mp_type_Exception", 0), "MicroPython 1.23 or later, but this link is for MicroPython 1.22"},
		{"1.23", named("mp_type_Exception", 0), ""},
		{"1.28", named("mp_native_qstr_obj_table", 0), "MicroPython 1.12 to 1.18, but this link is for MicroPython 1.23 to 1.30-preview"},
		{"circuitpython", named("mp_native_obj_table", 0), "MicroPython 1.19 or 1.20, but this link is for CircuitPython 9.2 to 10.4"},
		{"1.22", named("mp_fun_table", 79*8), ""},
		{"1.22", named("mp_fun_table", 80*8), "mp_fun_table+0x280 is entry 80, but it has 80 in MicroPython 1.22"},
		{"1.23", named("mp_fun_table", 86*8), ""},
		{"1.23", named("mp_fun_table", 87*8), "mp_fun_table+0x2b8 is entry 87, but it has 87 in MicroPython 1.23 to 1.30-preview"},
		{"circuitpython", named("mp_fun_table", 87*8), ""},
		{"1.29", named("mp_native_qstr_table", 4), ""},
		{"1.29", named("mp_native_qstr_table", 6), "mp_native_qstr_table+0x6 is entry 3, but it has 3 in m.config.h"},
		{"1.20", named("mp_native_obj_table", 8), ""},
		{"1.20", named("mp_native_obj_table", 16), "mp_native_obj_table+0x10 is entry 2, but it has 2 in m.config.h"},
		{"1.18", named("mp_native_qstr_val_table", 4), "mp_native_qstr_val_table+0x4 is entry 2, but it has 2 in m.config.h"},
		{"1.18", named("mp_native_qstr_obj_table", 16), "mp_native_qstr_obj_table+0x10 is entry 2, but it has 2 in m.config.h"},
	} {
		r, err := mpyfile.ParseTarget(c.release)
		if err != nil {
			t.Fatal(err)
		}
		arch := machines.For("x64")
		obj, err := elfload.Load("a.o", c.object.Bytes(), machines.For("x64"))
		if err != nil {
			t.Fatal(err)
		}
		in := Input{Objects: []*elfload.Object{obj}, ABI: r.For(arch), EntryStyle: r.Entry, Arch: arch, SourceName: "m.mpy", QStrs: []string{"a", "b"}, Config: "m.config.h", Layout: r.Layout(arch)}
		if r.Objects {
			in.QStrObjs = []string{"x", "y"}
		}
		_, err = Checked(in)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s: got %v, want %q", c.release, obj.Symbols[2].Name, err, c.want)
		}
	}
}
