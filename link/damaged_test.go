package link_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/damage"
	"mpyld/fixtures/programs"
	"mpyld/link"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
	"mpyld/simload"
	"mpyld/supportlib"
)

// FuzzDamaged links programs whose objects have a few mistakes in places that count.
func FuzzDamaged(f *testing.F) {
	for i := range machines.All() {
		f.Add(uint8(i), uint64(0))
	}
	f.Fuzz(func(t *testing.T, arch uint8, seed uint64) {
		linkDamaged(t, machines.All()[int(arch)%len(machines.All())].Name, seed)
	})
}

// TestDamaged links some for each architecture.
func TestDamaged(t *testing.T) {
	for _, arch := range machines.All() {
		t.Run(arch.Name, func(t *testing.T) {
			t.Parallel()
			linked, n := 0, uint64(80)
			for seed := range n {
				if linkDamaged(t, arch.Name, seed) {
					linked++
				}
			}
			if linked < 5 || linked > int(n)-5 {
				t.Errorf("%d of %d are linked: the mistakes are not of both kinds", linked, n)
			}
		})
	}
}

// linkDamaged reports whether a damaged program is linked. Then it verifies.
func linkDamaged(t *testing.T, arch string, seed uint64) (linked bool) {
	t.Helper()
	r, g := rand.New(rand.NewPCG(seed, 21)), programs.New(arch, seed)
	in := link.Input{
		ABI: g.Release.For(g.Arch), EntryStyle: g.Release.Entry, Arch: g.Arch, SourceName: "m.mpy",
		GCSections: g.GCSections, NoWritableText: g.NoWritableText, Support: supportlib.Open, AllowMultiple: seed%4 == 0, KeepUnwind: seed%5 == 0,
	}
	objects := g.Objects()
	which := r.IntN(len(objects))
	for i, o := range objects {
		data := o.Bytes()
		if i == which || r.IntN(4) == 0 {
			data = damage.Object(r, data)
		}
		obj, err := elfload.Load(fmt.Sprintf("%c.o", 'a'+i), data, g.Arch)
		if err != nil {
			return false
		}
		in.Objects = append(in.Objects, obj)
	}
	res, err := link.Checked(in)
	if err != nil {
		return false
	}
	out, err := mpywriter.Write(res.File)
	if err != nil {
		t.Fatalf("%s, seed %d: links, but: %v", arch, seed, err)
	}
	if err := simload.Verify(out, res.Map); err != nil {
		t.Errorf("%s, seed %d: links, but: %v", arch, seed, err)
	}
	return true
}
