package target

import (
	"fmt"
	"strings"
	"testing"

	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/relocs/machines"
)

// TestBoardAndDevice: the number that a board's firmware has fits the board, and no number of
// firmware for another architecture does, whatever code both of them load.
func TestBoardAndDevice(t *testing.T) {
	firmware := map[string]Options{} // by architecture
	for _, name := range BoardNames() {
		for _, r := range mpyfile.Releases {
			o := Options{Release: r.Name, Board: name}
			if to, err := o.Find(); err == nil && r.System() == "MicroPython" {
				o.Device = fmt.Sprint(to.Device.Number)
				if _, err := o.Find(); err != nil {
					t.Errorf("%s with %s, whose number is %s: %v", name, r.Name, o.Device, err)
				}
				firmware[machines.Name(to.Device.Arch)] = o
			}
		}
	}
	if len(firmware) < 7 {
		t.Fatalf("boards have %d architectures", len(firmware))
	}
	for arch, of := range firmware {
		for other, o := range firmware {
			of.Board, of.Release = o.Board, ""
			if _, err := of.Find(); (err == nil) != (arch == other) {
				t.Errorf("the number of %s for %s, which is %s: %v", arch, o.Board, other, err)
			}
		}
	}
}

// TestLongName: a device imports no file with a name whose length is more than a byte.
func TestLongName(t *testing.T) {
	o := Options{Release: "1.24"}
	to, err := o.Find()
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{
		255: "yes: MicroPython 1.24 imports it",
		256: `no: RuntimeError: name too long: its name "aaaaaaaaaaaaaaaa..." has 256 bytes, and firmware takes 255`,
	} {
		f := &mpytree.File{Maker: 'M', Version: 6, SmallIntBits: 31, QStrs: []mpytree.QStr{{Text: "m.py"}, {Text: strings.Repeat("a", n)}}}
		if got := to.Answer(f).Text; got != want {
			t.Errorf("%d bytes: %q, not %q", n, got, want)
		}
	}
}
