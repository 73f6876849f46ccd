package mpywriter

import (
	"bytes"
	"testing"

	"mpyld/fixtures"
	"mpyld/mpytree"
)

// stored calls f with every stored .mpy file: what the mpy-cross and mpy-tool.py
// of many releases made of our Python, and mpy_ld.py of our objects.
func stored(t testing.TB, f func(name string, data []byte)) {
	t.Helper()
	releases, err := fixtures.CompiledReleases()
	if err != nil || len(releases) < 5 {
		t.Fatal("releases", releases, err)
	}
	for _, release := range releases {
		list, err := fixtures.Compiled(release)
		if err != nil || len(list) == 0 {
			t.Fatal(release, err)
		}
		for _, file := range list {
			f(release+"/"+file.Name, file.Data)
		}
	}
	for _, set := range fixtures.ReleaseSets() {
		releases, err := fixtures.ReleaseOracle(set)
		if err != nil {
			t.Fatal(err)
		}
		for release, outcomes := range releases {
			for name, o := range outcomes {
				if o.Mpy != nil {
					f(set.Name+"/"+release+"/"+name, o.Mpy)
				}
			}
		}
	}
	for _, set := range fixtures.Sets() {
		outcomes, err := fixtures.Oracle(set.Name)
		if err != nil {
			t.Fatal(err)
		}
		for name, o := range outcomes {
			if o.Mpy != nil {
				f(set.Name+"/"+name, o.Mpy)
			}
		}
	}
}

// TestTreeRoundTrip: any file, read and written again, is the same file, and
// the fields of its hexdump are all of its bytes.
func TestTreeRoundTrip(t *testing.T) {
	files := 0
	stored(t, func(name string, want []byte) {
		files++
		var fields []mpytree.Field
		f, err := mpytree.ParseFields(want, func(f mpytree.Field) { fields = append(fields, f) })
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		off := 0
		for _, field := range fields {
			if field.Off != off {
				t.Errorf("%s: field %s at 0x%x, the one before ends at 0x%x", name, field.Path, field.Off, off)
				break
			}
			off += field.Size
		}
		if off != len(want) && !t.Failed() {
			t.Errorf("%s: fields end at 0x%x of 0x%x", name, off, len(want))
		}
		if got, err := WriteTree(f); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: another file (%v)", name, err)
		}
	})
	if files < 2500 {
		t.Errorf("only %d files", files)
	}
}
