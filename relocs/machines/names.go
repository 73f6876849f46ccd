package machines

import (
	"strings"

	"mpyld/relocs"
)

// noArch has names of what the format has no architecture for.
const noArch = "aarch64 arm64 armv8a armv8 armv9 mips avr ppc powerpc wasm loongarch"

// Called returns the machine that people may mean by a name that --arch does not
// know: "cortex-m33", "RP2350", "riscv32". The longest name that fits counts
// ("stm32f4": stm32f405). It is nil if there is none; never says that MicroPython
// loads no native code for it at all.
func Called(name string) (mach *relocs.Machine, never bool) {
	squeezed := strings.NewReplacer("-", "", "_", "", ".", "", " ", "", "+", "").Replace(strings.ToLower(name))
	longest := 0
	for _, m := range All {
		for _, known := range strings.Fields(m.Name + " " + m.AlsoCalled) {
			if strings.HasPrefix(squeezed, known) && len(known) > longest {
				mach, longest = m, len(known)
			}
		}
	}
	for _, known := range strings.Fields(noArch) {
		if strings.HasPrefix(squeezed, known) && len(known) > longest {
			mach, never, longest = nil, true, len(known)
		}
	}
	return mach, never
}
