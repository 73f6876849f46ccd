//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	library "mpyld"
	"mpyld/fixtures/assembly"
	"mpyld/fixtures/ldimage"
	"mpyld/fixtures/programs"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/target"
)

// How many programs for each architecture, and from which seed on. More than CI has
// time for: docs/TESTING.md.
var (
	images     = flag.Int("images", 30, "programs that GNU ld links too, for each architecture and kind")
	imagesFrom = flag.Uint64("images-from", 0, "seed of the first one")
	imagesKeep = flag.String("images-keep", "", "directory for the files of the last one")
)

// TestImages links programs made up at random with GNU ld too, and compares what
// lies in memory, section by section (package ldimage).
func TestImages(t *testing.T) {
	for _, m := range machines.All() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			compareImages(t, m, func(seed uint64) ldimage.Input {
				g := programs.New(m.Name, seed)
				g.Without = ldimage.Newer(m)
				in := ldimage.Input{Options: library.Options{
					GCSections: g.GCSections, NoWritableText: g.NoWritableText, Target: target.Options{Release: g.Release.Name},
				}}
				for i, o := range g.Objects() {
					in.Objects = append(in.Objects, ldimage.File{Name: fmt.Sprintf("%c.o", 'a'+i), Data: o.Bytes()})
				}
				return in
			})
		})
	}
}

// TestAssembledImages does the same with programs that are made up as assembly.
func TestAssembledImages(t *testing.T) {
	for _, m := range machines.All() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			compareImages(t, m, func(seed uint64) ldimage.Input { return assembled(t, dir, assembly.New(m, seed)) })
		})
	}
}

// assembled returns a program as objects and archives.
func assembled(t *testing.T, dir string, g *assembly.Program) ldimage.Input {
	t.Helper()
	in := ldimage.Input{Options: library.Options{
		GCSections: g.GCSections, NoWritableText: g.NoWritableText, Defsyms: g.Defsyms, Wrap: g.Wrap, Undefined: g.Undefined,
	}}
	as := slices.Clone(assembly.Assembler(g.Arch.Name))
	if strings.Contains(as[0], "/") {
		as[0] = filepath.Join(bedsDir(t), as[0])
	}
	for _, f := range g.Files {
		source, object := filepath.Join(dir, f.Name), filepath.Join(dir, "out.o")
		must(t, os.WriteFile(source, []byte(f.Text), 0o666))
		output1(t, dir, as[0], slices.Concat(as[1:], f.Args, []string{"-o", object, source})...)
		data, err := os.ReadFile(object)
		must(t, err)
		file := ldimage.File{Name: strings.TrimSuffix(f.Name, ".s") + ".o", Data: data}
		i := slices.IndexFunc(in.Archives, func(a ldimage.Archive) bool { return a.Name == f.Archive })
		switch {
		case f.Archive == "":
			in.Objects = append(in.Objects, file)
		case i < 0:
			in.Archives = append(in.Archives, ldimage.Archive{Name: f.Archive, Members: []ldimage.File{file}})
		default:
			in.Archives[i].Members = append(in.Archives[i].Members, file)
		}
	}
	return in
}

// compareImages compares links that are made of seeds.
func compareImages(t *testing.T, m *relocs.Machine, of func(seed uint64) ldimage.Input) {
	t.Helper()
	support, err := os.ReadFile(filepath.Join(root, "supportlib/lib", m.Name+".a"))
	must(t, err)
	var all ldimage.Outcome
	refused, dir := 0, *imagesKeep
	if dir == "" {
		dir = t.TempDir()
	}
	for seed := *imagesFrom; seed < *imagesFrom+uint64(*images); seed++ {
		in := of(seed)
		in.Support, in.Options.SourceName, in.Options.Target.Arch = support, "m.mpy", m.Name
		out, err := ldimage.Compare(ldimage.Linker(m, bedsDir(t)), in, dir)
		switch {
		case err != nil:
			t.Fatalf("seed %d: %v", seed, err)
		case out.Refused != nil:
			refused++
			t.Logf("seed %d: %v", seed, out.Refused)
		case out.LDRefused != nil:
			refused++
			t.Logf("seed %d: GNU ld: %v", seed, out.LDRefused)
		}
		for _, d := range out.Differences {
			t.Errorf("seed %d: %s", seed, d)
		}
		all.Add(out)
		if t.Failed() {
			return
		}
	}
	if refused > *images/10 {
		t.Errorf("%d of %d are refused", refused, *images)
	}
	t.Logf("%d programs, %d of them refused; %d bytes and %d relocations the same, %d meant the same", *images, refused, all.Bytes, all.Relocs, all.Meant)
	for _, way := range slices.Sorted(maps.Keys(all.ByType)) {
		t.Logf("%8d %s", all.ByType[way], way)
	}
}
