//go:build e2e

package e2e

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/elfload"
	linker "mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// constructorTables are sections of two objects, in file order, with how many
// functions each has.
var constructorTables = [2][]struct {
	name string
	n    int
}{
	{
		{".init_array", 1},
		{".ctors", 2},
		{".init_array.00200", 1},
		{".ctors.65335", 2},
		{".init_array.101", 1},
		{".ctors.65434", 1},
		{".init_array.x", 1},
		{".preinit_array", 2},
		{".init_array.65535", 1},
		{".ctors.00000", 1},
	},
	{{".ctors", 1}, {".init_array.00101", 1}, {".init_array", 2}, {".ctors.65335", 1}, {".init_array.0", 1}, {".preinit_array", 1}},
}

// TestConstructorOrder links tables of constructors of every kind with GNU ld
// and with the linker here: both must call the functions in the same order.
func TestConstructorOrder(t *testing.T) {
	dir := t.TempDir()
	var objects []string
	var ours []*elfload.Object
	mach := machines.For("x64")
	for i, tables := range constructorTables {
		var b strings.Builder
		b.WriteString(".text\n.globl mpy_init\n.weak mpy_init\nmpy_init: ret\n.section .data.rel.ro,\"aw\"\n.balign 8\n.quad __init_array_start, __preinit_array_start\n")
		for j, table := range tables {
			for k := range table.n {
				fmt.Fprintf(&b, ".text\n.globl f%d_%d_%d\nf%d_%d_%d: ret\n", i, j, k, i, j, k)
				fmt.Fprintf(&b, ".section %s,\"aw\"\n.balign 8\n.quad f%d_%d_%d\n", table.name, i, j, k)
			}
		}
		source := filepath.Join(dir, fmt.Sprintf("%d.s", i))
		must(t, os.WriteFile(source, []byte(b.String()), 0o666))
		object := strings.TrimSuffix(source, ".s") + ".o"
		output1(t, dir, "as", "--64", "-o", object, source)
		objects = append(objects, object)
		data, err := os.ReadFile(object)
		must(t, err)
		o, err := elfload.Load(object, data, mach)
		must(t, err)
		ours = append(ours, o)
	}
	program := filepath.Join(dir, "program")
	output1(t, dir, "ld", append([]string{"-e", "mpy_init", "-o", program}, objects...)...)
	res, err := linker.Link(linker.Input{Objects: ours, ABI: mpyfile.Latest, Arch: machines.For("x64"), SourceName: "m"})
	must(t, err)
	want, got := calledByLD(t, program), calledByMap(res)
	if len(want) < 15 {
		t.Fatalf("GNU ld calls only %v", want)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("- GNU ld, + mpyld\n%s", diff)
	}
}

// calledByLD reads the tables of a program: the names of the functions.
func calledByLD(t *testing.T, program string) []string {
	t.Helper()
	f, err := elf.Open(program)
	must(t, err)
	defer f.Close()
	symbols, err := f.Symbols()
	must(t, err)
	names := map[uint64]string{}
	for _, s := range symbols {
		if s.Name != "mpy_init" && strings.HasPrefix(s.Name, "f") {
			names[s.Value] = s.Name
		}
	}
	var called []string
	for _, table := range []string{".preinit_array", ".init_array"} {
		data, err := f.Section(table).Data()
		must(t, err)
		for ; len(data) >= 8; data = data[8:] {
			called = append(called, names[binary.LittleEndian.Uint64(data)])
		}
	}
	return called
}

// calledByMap reads the same off the relocations of our tables.
func calledByMap(res *linker.Result) []string {
	lists := map[bool][]string{}
	for i := range res.Map.Sections {
		p := &res.Map.Sections[i]
		if !strings.Contains(p.Name, "init_array") && !strings.Contains(p.Name, "ctors") {
			continue
		}
		words := make([]string, len(p.Data)/8)
		for _, b := range p.Relocs {
			words[b.Off/8] = res.Map.Targets[b.S].Name
		}
		pre := p.Name == ".preinit_array"
		lists[pre] = append(lists[pre], words...)
	}
	return append(lists[true], lists[false]...)
}
