package mpyfile

import "testing"

// TestFunNames: the names are as many as the entries, and those that symbols
// stand for are where the symbols are.
func TestFunNames(t *testing.T) {
	for _, abi := range ABIs {
		names := abi.FunNames()
		if len(names) != abi.FunSlots {
			t.Errorf("%s: %d names for %d entries", abi.Name, len(names), abi.FunSlots)
		}
		for symbol, p := range abi.Provided {
			if p.Dest.Kind != ToFunEntry {
				continue
			}
			want := symbol
			if symbol == "memcpy" {
				want = "memmove"
			}
			if got := abi.FunName(p.Dest.Entry); got != want {
				t.Errorf("%s: entry %d is %s, but the symbol is %s", abi.Name, p.Dest.Entry, got, symbol)
			}
		}
	}
	if Latest.FunName(-1) != "" || Latest.FunName(1000) != "" {
		t.Error("names of entries that are none")
	}
}
