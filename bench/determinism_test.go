//go:build linux

package main

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"testing"

	"mpyld/elfload"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
)

// TestDeterminism: goroutines share the work of a big link, and its module does not show how.
func TestDeterminism(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, r := range recipes {
		made := map[[sha256.Size]byte]int{}
		objects := generate(r, 2400, 8, false)
		const links = 6
		for i := range links {
			runtime.GOMAXPROCS([]int{1, 2, 7}[i%3])
			in := link.Input{ABI: mpyfile.Latest, Arch: machines.For(r.arch), SourceName: "module.mpy"}
			relocations := 0
			for k, data := range objects {
				obj, err := elfload.Load(fmt.Sprintf("part%d.o", k), data, in.Arch)
				if err != nil {
					t.Fatal(err)
				}
				for s := range obj.Sections {
					relocations += obj.Sections[s].NumRelocs()
				}
				in.Objects = append(in.Objects, obj)
			}
			if relocations < 12_000 {
				t.Fatalf("%s: %d relocations are too few for goroutines to share", r.arch, relocations)
			}
			res, err := link.Link(in)
			if err != nil {
				t.Fatal(err)
			}
			data, err := mpywriter.Write(res.File)
			if err != nil {
				t.Fatal(err)
			}
			made[sha256.Sum256(data)]++
		}
		if len(made) != 1 {
			t.Errorf("%s: %d links made %d modules", r.arch, links, len(made))
		}
	}
}
