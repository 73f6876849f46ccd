package mpytree_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"mpyld/fixtures"
	"mpyld/fixtures/damage"
	"mpyld/mpytree"
	"mpyld/mpywriter"
	"mpyld/simload"
)

// damagedOf are the files that FuzzDamaged and TestDamaged damage: bytecode and machine code of compilers,
// and linked modules.
func damagedOf() (files [][]byte) {
	for _, file := range must(fixtures.Compiled("1.29-preview")) {
		files = append(files, file.Data)
	}
	for _, arch := range []string{"x64", "armv6m", "rv32imc", "xtensawin"} {
		for _, name := range []string{"hello", "tables", "callbacks"} {
			files = append(files, must(fixtures.Oracle(arch + "-gcc12.2-Os-fpic"))[name].Mpy)
		}
	}
	return files
}

// FuzzDamaged: a module with a few mistakes is read and written as the same bytes, or refused;
// what loads it does one or the other, too.
func FuzzDamaged(f *testing.F) {
	files := damagedOf()
	f.Add(uint64(0))
	f.Fuzz(func(t *testing.T, seed uint64) { readDamaged(t, files, seed) })
}

// TestDamaged does so with some.
func TestDamaged(t *testing.T) {
	files, read, n := damagedOf(), 0, uint64(3000)
	for seed := range n {
		if readDamaged(t, files, seed) {
			read++
		}
	}
	if read < int(n)/50 || read > int(n)*9/10 {
		t.Errorf("%d of %d are read: the mistakes are not of both kinds", read, n)
	}
}

// readDamaged reports whether a damaged file is read.
func readDamaged(t *testing.T, files [][]byte, seed uint64) bool {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 22))
	data := damage.Module(r, files[r.IntN(len(files))], files[r.IntN(len(files))])
	if report, err := simload.VerifyFile(data, nil); (report == nil) != (err != nil) {
		t.Errorf("seed %d: report %v, error %v", seed, report, err)
	}
	tree, err := mpytree.Parse(data)
	if err != nil {
		return false
	}
	if got, err := mpywriter.WriteTree(tree); err != nil || !bytes.Equal(got, data) {
		t.Errorf("seed %d: written as other bytes (%v)", seed, err)
	}
	return true
}
