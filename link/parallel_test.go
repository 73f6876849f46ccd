package link_test

import (
	"bytes"
	"testing"

	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/mpyfile"
)

// TestSharedOutput: the module is the same whether one goroutine binds all
// relocations or several do.
func TestSharedOutput(t *testing.T) {
	for _, set := range fixtures.Sets() {
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			_, want, err := linkCase(set, c, mpyfile.Newest)
			undo := link.ShareBinding()
			_, got, sharedErr := linkCase(set, c, mpyfile.Newest)
			undo()
			if err != nil || sharedErr != nil || !bytes.Equal(got, want) {
				t.Errorf("%s/%s: differs (%v, %v)", set.Name, c.Name, err, sharedErr)
			}
		}
	}
}
