//go:build e2e

package elfload_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/fixtures/programs"
	"mpyld/relocs/machines"
)

// asArchive writes files where readelf finds them all.
func asArchive(t *testing.T, files [][]byte) string {
	t.Helper()
	var members []elfmake.Member
	for i, data := range files {
		members = append(members, elfmake.Member{Name: fmt.Sprintf("%d.o", i), Data: data})
	}
	path := filepath.Join(t.TempDir(), "all.a")
	if err := os.WriteFile(path, elfmake.Dialects[1].Build(members), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// sameAsReadelf compares what elfload and readelf say of files for one architecture.
func sameAsReadelf(t *testing.T, arch string, files [][]byte) {
	t.Helper()
	list, err := readelf(asArchive(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(files) {
		t.Fatalf("readelf says something of %d files, want %d", len(list), len(files))
	}
	for i, data := range files {
		if err := saysTheSame(arch, data, list[i]); err != nil {
			t.Errorf("%s, file %d: %v", arch, i, err)
		}
	}
}

// TestReadelf: all stored objects are read as readelf reads them. That debug/elf and psABIs
// agree about their addends, TestOtherReader says.
func TestReadelf(t *testing.T) {
	files, n := map[string][][]byte{}, 0
	for _, set := range fixtures.Sets() {
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			for _, o := range c.Objects {
				files[set.Arch] = append(files[set.Arch], o.Data)
				n++
			}
		}
	}
	for arch, list := range files {
		t.Run(arch, func(t *testing.T) { sameAsReadelf(t, arch, list) })
	}
	if n < 3000 {
		t.Errorf("%d objects, want 3000", n)
	}
}

// TestReadelfPrograms: so are objects that no compiler makes.
func TestReadelfPrograms(t *testing.T) {
	const seeds = 60
	for _, m := range machines.All() {
		t.Run(m.Name, func(t *testing.T) {
			count := map[string]int{}
			var files [][]byte
			for seed := range uint64(seeds) {
				for _, o := range programs.New(m.Name, seed).Objects() {
					data := o.Bytes()
					if err := sameObject(m.Name, data, count); err != nil {
						t.Errorf("seed %d: %v", seed, err)
					}
					files = append(files, data)
				}
			}
			sameAsReadelf(t, m.Name, files)
			t.Logf("%d files: %v", len(files), count)
		})
	}
}

// TestReadelfManySections: numbers of sections that have no room in a symbol, nor in the header.
func TestReadelfManySections(t *testing.T) {
	for _, arch := range []string{"x64", "armv7m"} {
		m := machines.For(arch)
		o := elfmake.Object{Machine: m.ELF, Class: m.Class, RELA: m.ModeBits == 0}
		const n = 70_000
		for i := range n {
			o.Sections = append(o.Sections, elfmake.Section{Name: ".text", Flags: 6, Align: 4, Data: make([]byte, 8)})
			o.Symbols = append(o.Symbols, elfmake.Symbol{Name: fmt.Sprint("f", i), Bind: 1, Type: 2, Sect: i, Value: 4 | uint64(m.ModeBits), Size: 4})
		}
		for i := 0; i < n; i += 1000 {
			o.Sections[i].Relocs = []elfmake.Reloc{{Off: 0, Type: 2, Sym: n - 1 - i}}
		}
		sameAsReadelf(t, arch, [][]byte{o.Bytes()})
	}
}
