package mpyld_test

import (
	"crypto/sha256"
	"path"
	"runtime"
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
	for _, c := range []struct{ set, name string }{
		{"x64-gcc12.2-Os-fpic", "twofiles"},
		{"armv7m-gcc12.2-Os-fpic", "tables"},
		{"armv7m-gcc12.2-Os-fpic", "cplusplus"},
		{"rv32imc-gcc12.2-Os-fpic", "tables"},
		{"xtensawin-gcc12.2-Os-fpic", "constructors"},
	} {
		set, stored, err := fixtures.Stored(c.set, c.name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.set+"/"+c.name, func(t *testing.T) {
			made := map[[sha256.Size]byte]int{}
			for i := range 50 {
				runtime.GOMAXPROCS(1 + i%2)
				dir := []string{"", "a", "a/longer/name", "z", "objects"}[i%5]
				fsys, o := fstest.MapFS{}, mpyld.Options{SourceName: "m.mpy", Target: target.Options{Arch: set.Arch}}
				for _, f := range stored.Objects {
					name := path.Join(dir, f.Name)
					fsys[name] = &fstest.MapFile{Data: f.Data}
					o.Files = append(o.Files, name)
				}
				if len(stored.Config) > 0 {
					o.QStrs = path.Join(dir, "config.h")
					fsys[o.QStrs] = &fstest.MapFile{Data: stored.Config}
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
