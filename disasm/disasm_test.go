package disasm_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld"
	"mpyld/disasm"
	"mpyld/fixtures"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/target"
)

// entries are what the code of a module was seen to read from
// mp_fun_table.
func entries(t *testing.T, arch string, data []byte) []int {
	t.Helper()
	f, err := mpytree.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var tables []int
	for _, r := range f.Code.Relocs {
		if r.Dest.Kind == mpyfile.ToFunTable && r.Region == mpyfile.Text {
			tables = append(tables, int(r.Index)*f.Word())
		}
	}
	list, ok := disasm.Loads(arch, f.Code.Body, tables)
	if !ok {
		t.Fatalf("cannot read %s", arch)
	}
	return list.Entries
}

// TestLoads: whatever the machine, the code of a source reads the entries that
// the source names, and those of MPY_INIT_ENTRY and MPY_STORE in mpy.h.
func TestLoads(t *testing.T) {
	wants := map[string]string{
		"hello":   "[0 4 5 13 53 57 65 72]",
		"qstrs":   "[0 4 5 7 10 13 19 27 28]",
		"globals": "[0 4 5 13 19]",
		"far":     "[0 3 4 5 13]",
	}
	checked := 0
	for _, set := range fixtures.Sets() {
		arch, ok := strings.CutSuffix(set.Name, "-gcc12.2-Os-fpic")
		if _, read := disasm.Loads(arch, nil, nil); !ok || !read {
			continue
		}
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			want, ok := wants[c.Name]
			if !ok {
				continue
			}
			m, err := mpyld.Link(context.Background(), mpyld.Options{FS: c.FS(), Files: c.Names(), QStrs: "config.h", Target: target.Options{Arch: set.Arch}})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(entries(t, arch, m.Bytes)); got != want {
				t.Errorf("%s on %s: %s, want %s", c.Name, arch, got, want)
			}
			checked++
		}
	}
	if checked != 40 {
		t.Errorf("%d modules", checked)
	}
	if _, ok := disasm.Loads("arm", nil, nil); ok {
		t.Error("code of Arm state is read")
	}
}

// TestLines: a listing covers the code, and knows where jumps lead.
func TestLines(t *testing.T) {
	for _, c := range []struct {
		arch, code string
		want       []disasm.Line
	}{
		{"x64", "eb02" + "06" + "c3" + "488b05 01000000", []disasm.Line{
			{Off: 0, Size: 2, Text: "jmp 0x4", Target: 4, Refers: -1},
			{Off: 2, Size: 1, Text: ".byte 06", Target: -1, Refers: -1, Data: true},
			{Off: 3, Size: 1, Text: "ret", Target: -1, Refers: -1},
			{Off: 4, Size: 7, Text: "mov rax, qword ptr [rip+0x1]", Target: -1, Refers: 12},
		}},
		{"x86", "e8fbffffff 0f", []disasm.Line{
			{Off: 0, Size: 5, Text: "call 0x0", Target: 0, Refers: -1},
			{Off: 5, Size: 1, Text: ".byte 0f", Target: -1, Refers: -1, Data: true},
		}},
		{"rv64imc", "fd3f 6f00a001 8280 08e5 01", []disasm.Line{
			{Off: 0, Size: 2, Text: "addiw t6,t6,-1", Target: -1, Refers: -1},
			{Off: 2, Size: 4, Text: "j 0x1c", Target: 28, Refers: -1},
			{Off: 6, Size: 2, Text: "ret", Target: -1, Refers: -1},
			{Off: 8, Size: 2, Text: "sd a0,8(a0)", Target: -1, Refers: -1},
			{Off: 10, Size: 1, Text: ".byte 01", Target: -1, Refers: -1, Data: true},
		}},
		{"rv32imc", "fd3f 08e5", []disasm.Line{
			{Off: 0, Size: 2, Text: "jal -0x2", Target: -2, Refers: -1},
			{Off: 2, Size: 2, Text: ".byte 08e5", Target: -1, Refers: -1, Data: true},
		}},
	} {
		code, err := hex.DecodeString(strings.ReplaceAll(c.code, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		got := disasm.Lines(c.arch, code, 0, len(code))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.arch, diff)
		}
	}
}
