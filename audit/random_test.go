package audit_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/ldcases"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// TestRandom: links at random, of all that names can be in objects and archives, are
// what their inputs ask for.
func TestRandom(t *testing.T) {
	linked := 0
	for seed := range uint64(3000) {
		c := ldcases.New(seed)
		in := randomInput(t, c, []string{"x64", "armv7m", "rv32imc"}[seed%3])
		in.GCSections = seed%5 == 0
		res, err := link.Link(in)
		var list diag.List
		if errors.As(err, &list) {
			// What is undefined gets an address, to see the rest.
			in = randomInput(t, c, in.Arch.Name)
			in.Externs = map[string]linkmap.Extern{}
			for _, e := range list {
				if name, ok := strings.CutPrefix(e.Text, "undefined symbol: "); ok {
					in.Externs[strings.Fields(name)[0]] = linkmap.Extern{Value: 0x7ffff0, Provide: true}
				}
			}
			res, err = link.Link(in)
		}
		if err != nil {
			continue
		}
		linked++
		out := audit.Output{Map: res.Map, File: res.File}
		for _, e := range res.Extracted {
			out.Members = append(out.Members, audit.Extraction{Member: e.Member, Symbol: e.Symbol})
		}
		err = audit.Check(&audit.Input{
			SourceName: in.SourceName, Objects: in.Objects, Archives: in.Archives, Machine: in.Arch, ABI: in.ABI, Externs: in.Externs, AllowMultiple: in.AllowMultiple, GCSections: in.GCSections, AllowABIMismatch: true,
		}, out)
		if err != nil {
			t.Errorf("seed %d: %v\n%s", seed, err, c)
		}
	}
	if linked < 1000 {
		t.Errorf("only %d links", linked)
	}
}

func randomInput(t *testing.T, c *ldcases.Case, arch string) link.Input {
	m := machines.For(arch)
	in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", AllowMultiple: c.Multiple, AllowABIMismatch: true}
	for _, f := range c.Objects(m) {
		obj, err := elfload.Load(f.Name, f.Data, m)
		if err != nil {
			t.Fatal(err)
		}
		in.Objects = append(in.Objects, obj)
	}
	for _, f := range c.Archives(m) {
		a, err := elfload.OpenArchive(f.Name, bytes.NewReader(f.Data), int64(len(f.Data)), m)
		if err != nil {
			t.Fatal(err)
		}
		in.Archives = append(in.Archives, a)
	}
	return in
}
