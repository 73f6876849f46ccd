package diag_test

import (
	"fmt"

	"mpyld/diag"
)

// A pass notes all that it finds; whoever prints it sorts and counts.
func ExampleList() {
	var errs diag.List
	errs.Add("b.o:(.text+0x10)", "undefined symbol: strlne").Note("did you mean %s?", diag.Closest("strlne", []string{"memcpy", "strlen"}))
	errs.Add("a.o", "is empty")
	fmt.Print(diag.Render("mpyld: ", errs.Err()))
	// Output:
	// mpyld: error: a.o: is empty
	// mpyld: error: b.o:(.text+0x10): undefined symbol: strlne
	// mpyld: note: did you mean strlen?
}
