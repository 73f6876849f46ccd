package link_test

import (
	"os"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/aarch64"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// TestAnotherMachine: an architecture that MicroPython does not have is a folder
// with its rows. Nothing else has to know of it to link and verify its objects,
// each relocation and a module that a compiler made (fixtures/aarch64/testdata).
func TestAnotherMachine(t *testing.T) {
	m := aarch64.Machines[0]
	if machines.For(m.Name) != nil || machines.InFormat(m.Code) != nil {
		t.Fatalf("MicroPython has %s (or code %d): this is no test any more", m.Name, m.Code)
	}
	t.Run("rows", func(t *testing.T) { everyRowOf(t, m) })
	data, err := os.ReadFile("../fixtures/aarch64/testdata/module.o")
	if err != nil {
		t.Fatal(err)
	}
	obj, err := elfload.Load("module.o", data, m)
	if err != nil {
		t.Fatal(err)
	}
	res, err := link.Checked(link.Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "module.mpy"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := mpywriter.Write(res.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := simload.Verify(out, res.Map); err != nil {
		t.Errorf("the module does not verify: %v", err)
	}
	f, err := mpytree.Module(out, nil, m)
	if err != nil || f.Arch != m || f.BSSSize != 16 || len(f.Words) == 0 {
		t.Errorf("read as %+v, %v", f, err)
	}
	// Who does not know of it takes the file for none.
	if _, err := mpytree.Module(out, nil); err == nil || !strings.Contains(err.Error(), "architecture code 13 is none") {
		t.Errorf("read without the machine: %v", err)
	}
	// The verifier sees what is wrong: here, the call of memset goes elsewhere.
	for i := range out {
		if string(out[i:min(i+4, len(out))]) == "\x50\x00\x00\x58" {
			out[i+3] ^= 0x40
			if simload.Verify(out, res.Map) == nil {
				t.Error("a broken veneer passes")
			}
			return
		}
	}
	t.Error("no veneer")
}
