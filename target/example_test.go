package target_test

import (
	"fmt"

	"mpyld/target"
)

// The number is what sys.implementation._mpy is on the device.
func ExampleOptions_FindArch() {
	o := target.Options{Device: "7942"}
	to, err := o.FindArch()
	if err != nil {
		panic(err)
	}
	fmt.Println(to.Arch.Name, "for", to.LinkABI().Releases)

	o.Release = "1.19"
	_, err = o.FindArch()
	fmt.Println(err)
	// Output:
	// armv7emsp for MicroPython 1.23 to 1.30-preview
	// --target 1.19: the device (0x1f06) runs MicroPython 1.23 to 1.30-preview (.mpy 6.3)
}
