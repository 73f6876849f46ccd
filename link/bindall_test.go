package link

import (
	"testing"

	"mpyld/link/internal/bind"
)

// shareBinding makes several goroutines bind the relocations of any link until
// what it returns is called.
func shareBinding() (undo func()) {
	many, least := bind.ManyRelocations, bind.MinRelocations
	bind.ManyRelocations, bind.MinRelocations = 0, 0
	return func() { bind.ManyRelocations, bind.MinRelocations = many, least }
}

// ShareBinding is for tests outside the package.
var ShareBinding = shareBinding

// TestSharedBinding: what is said about bad objects is the same when several
// goroutines bind their relocations. (TestSharedOutput has good ones.)
func TestSharedBinding(t *testing.T) {
	defer shareBinding()()
	for name, test := range map[string]func(*testing.T){
		"errors": TestErrors, "aliases": TestAliases, "convention": TestFirmwareConvention, "support": TestSupport, "provided": TestProvided,
	} {
		t.Run(name, test)
	}
}
