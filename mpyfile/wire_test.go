package mpyfile_test

import (
	"testing"

	"mpyld/mpyfile"
)

func TestDestString(t *testing.T) {
	for want, d := range map[string]mpyfile.Dest{
		"text": mpyfile.RegionDest(mpyfile.Text), "rodata": mpyfile.RegionDest(mpyfile.Rodata), "bss": mpyfile.RegionDest(mpyfile.BSS),
		"mp_fun_table": {Kind: mpyfile.ToFunTable}, "mp_fun_table[50]": {Kind: mpyfile.ToFunEntry, Entry: 50},
	} {
		if got := d.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
