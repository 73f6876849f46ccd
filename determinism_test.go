package mpyld_test

import (
	"crypto/sha256"
	"path"
	"runtime"
	"slices"
	"testing"
	"testing/fstest"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/target"
)

// TestDeterminism: a module depends on its inputs and options alone: fifty links of one input, from
// several directories, on one processor and on more, are one module. (bench has the same for modules so
// big that goroutines share the work.)
func TestDeterminism(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	sets := fixtures.Sets()
	for _, c := range []struct{ set, name string }{
		{"x64-gcc12.2-Os-fpic", "twofiles"},
		{"armv7m-gcc12.2-Os-fpic", "tables"},
		{"armv7m-gcc12.2-Os-fpic", "cplusplus"},
		{"rv32imc-gcc12.2-Os-fpic", "tables"},
		{"xtensawin-gcc12.2-Os-fpic", "constructors"},
	} {
		k := slices.IndexFunc(sets, func(s fixtures.Set) bool { return s.Name == c.set })
		if k < 0 {
			t.Fatalf("there is no set %s", c.set)
		}
		cases, err := sets[k].Cases()
		if err != nil {
			t.Fatal(err)
		}
		n := slices.IndexFunc(cases, func(f fixtures.Case) bool { return f.Name == c.name })
		if n < 0 {
			t.Fatalf("there is no case %s in %s", c.name, c.set)
		}
		t.Run(c.set+"/"+c.name, func(t *testing.T) {
			made := map[[sha256.Size]byte]int{}
			for i := range 50 {
				runtime.GOMAXPROCS(1 + i%2)
				dir := []string{"", "a", "a/longer/name", "z", "objects"}[i%5]
				fsys, o := fstest.MapFS{}, mpyld.Options{SourceName: "m.mpy", Target: target.Options{Arch: sets[k].Arch}}
				for _, f := range cases[n].Objects {
					name := path.Join(dir, f.Name)
					fsys[name] = &fstest.MapFile{Data: f.Data}
					o.Files = append(o.Files, name)
				}
				if len(cases[n].Config) > 0 {
					o.QStrs = path.Join(dir, "config.h")
					fsys[o.QStrs] = &fstest.MapFile{Data: cases[n].Config}
				}
				o.FS = fsys
				m, err := mpyld.Link(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				made[sha256.Sum256(m.Bytes)]++
			}
			if len(made) != 1 {
				t.Errorf("50 links made %d modules: %v", len(made), made)
			}
		})
	}
}
