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
	"mpyld/relocs/machines"
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
	list, ok := disasm.Loads(machines.For(arch), f.Code.Body, tables)
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
		if _, read := disasm.Loads(machines.For(arch), nil, nil); !ok || !read {
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
	if _, ok := disasm.Loads(machines.For("arm"), nil, nil); ok {
		t.Error("code of Arm state is read")
	}
}

// TestReads has code in which the table's address, from the word at 32, takes ways
// that compilers seldom choose.
func TestReads(t *testing.T) {
	for _, tt := range []struct {
		name, arch, code string
		entries, maybe   string
	}{
		{"ldr r4, [pc, #28]; str r4, [sp]; ldr r0, [sp]; ldr r0, [r0, #20]", "armv7m", "074c 0094 0098 4069", "[]", "[5]"},
		{"the same through a register; movs r1, #24; ldr r0, [r4, r1]", "armv7m", "074c 1821 6058", "[6]", "[]"},
		{"ldr r4; mov r5, r4; adds r5, #8; ldr r0, [r5, #4]", "armv7m", "074c 2546 0835 6868", "[3]", "[]"},
		{"ldr r4; movw r4, #1; ldr r0, [r4, #4]", "armv7m", "074c 40f20104 6068", "[]", "[1]"},
		{"ldr r4; bl; ldr r0, [r4, #4]; ldr.w r3, [r4, #8]; ldrd r0, r1, [r4, #16]", "armv7m", "074c fff7feff 6068 d4f80830 d4e90401", "[1 2 4 5]", "[]"},
		{"ldr r0; bl; ldr r1, [r0, #4]", "armv7m", "0748 fff7feff 4168", "[]", "[1]"},
		{"mov rax, [rip+0x19]; call [rax+0x18]; mov rdx, [rax+8]", "x64", "488b0519000000 ff5018 488b5008", "[3]", "[]"},
		{"mov rbx, [rip+0x19]; lea rcx, [rbx+8]; mov rdx, [rcx+8]; add rbx, 16; mov rax, [rbx]", "x64", "488b1d19000000 488d4b08 488b5108 4883c310 488b03", "[2]", "[]"},
		{"call +8; jmp; mov ebx, [esp]; ret: what follows the call", "x86", "e808000000 8b431b 8b4804 ebfe 8b1c24c3", "[1]", "[]"},
		{"auipc a5, 0; lw a5, 32(a5); lw a0, 12(a5); jalr a0; lw a1, 16(a5)", "rv32imc", "97070000 83a70702 03a5c700 e7000500 83a50701", "[3]", "[]"},
		{"auipc s0, 0; lw s0, 32(s0); addi a5, s0, 8; lw a0, 4(a5); ret; lw a0, 0(s0)", "rv32imc", "17040000 03240402 93078400 c843 8280 0840", "[3]", "[]"},
	} {
		code, err := hex.DecodeString(strings.ReplaceAll(tt.code, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		code = append(code, make([]byte, 40-len(code))...)
		reads, ok := disasm.Loads(machines.For(tt.arch), code, []int{32})
		if got := fmt.Sprint(reads.Entries, reads.Maybe); !ok || got != tt.entries+" "+tt.maybe {
			t.Errorf("%s: %s, want %s %s", tt.name, got, tt.entries, tt.maybe)
		}
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
		got := disasm.Lines(machines.For(c.arch), code, 0, len(code))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.arch, diff)
		}
	}
}
