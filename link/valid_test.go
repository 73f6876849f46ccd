package link_test

import (
	"fmt"
	"regexp"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/programs"
	"mpyld/link"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
	"mpyld/simload"
	"mpyld/supportlib"
)

// Valid objects of any shape must link, and what links must verify: unlike FuzzLink, which
// damages objects, this puts whole ones together (fixtures/programs).

// FuzzValid links objects made of random numbers.
func FuzzValid(f *testing.F) {
	for i := range machines.All() {
		f.Add(uint8(i), uint64(0))
	}
	f.Fuzz(func(t *testing.T, arch uint8, seed uint64) {
		linkValid(t, programs.New(machines.All()[int(arch)%len(machines.All())].Name, seed), seed)
	})
}

// TestValid links some for each architecture.
func TestValid(t *testing.T) {
	for _, arch := range machines.All() {
		t.Run(arch.Name, func(t *testing.T) {
			t.Parallel()
			refused, n, made := 0, uint64(60), map[string]int{}
			for seed := range n {
				g := programs.New(arch.Name, seed)
				if linkValid(t, g, seed) {
					refused++
				}
				for kind, n := range g.Made {
					made[kind] += n
				}
			}
			for _, kind := range programs.Kinds(arch.Name) {
				if made[kind] == 0 {
					t.Errorf("there is no %s", kind)
				}
			}
			if refused > int(n)/10 {
				t.Errorf("%d of %d are refused", refused, n)
			}
		})
	}
}

// limits are the refusals of objects that nothing else is wrong with.
var limits = regexp.MustCompile(`is outside \[|^mpyld: error: the entry`)

// linkValid reports whether the objects are refused for good reason.
func linkValid(t *testing.T, g *programs.Program, seed uint64) (refused bool) {
	t.Helper()
	arch := g.Arch.Name + " for " + g.Release.Name
	in := link.Input{
		ABI: g.Release.For(g.Arch), EntryStyle: g.Release.Entry, Arch: g.Arch, SourceName: "m.mpy",
		GCSections: g.GCSections, NoWritableText: g.NoWritableText, Support: supportlib.Open,
	}
	for i, o := range g.Objects() {
		obj, err := elfload.Load(fmt.Sprintf("%c.o", 'a'+i), o.Bytes(), g.Arch)
		if err != nil {
			t.Fatalf("%s, seed %d: %v", arch, seed, err)
		}
		in.Objects = append(in.Objects, obj)
	}
	res, err := link.Checked(in)
	if err != nil {
		if limits.MatchString(err.Error()) {
			return true
		}
		t.Errorf("%s, seed %d: refused: %v", arch, seed, err)
		return true
	}
	out, err := mpywriter.Write(res.File)
	if err != nil {
		t.Fatalf("%s, seed %d: links, but: %v", arch, seed, err)
	}
	if err := simload.Verify(out, res.Map); err != nil {
		t.Errorf("%s, seed %d: links, but: %v", arch, seed, err)
	}
	return false
}
