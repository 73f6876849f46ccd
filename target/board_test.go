package target

import (
	"fmt"
	"testing"

	"mpyld/mpyfile"
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
