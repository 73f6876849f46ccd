package mpyfile

import "strings"

// alsoCalled has the names by which people know what has an architecture:
// cores and instruction sets as compilers spell them, chips and boards. A name
// stands for all that begin with it ("stm32f4": stm32f405) unless a longer one
// fits. What the firmware for a chip says it is: py/persistentcode.h
// (MPY_FEATURE_ARCH) and the flags of the ports' makefiles.
var alsoCalled = map[string]string{
	"x86":       "i386 i486 i586 i686 ia32",
	"x64":       "x8664 amd64 x32",
	"armv6m":    "cortexm0 cortexm1 cortexm23 armv6 armv8mbase thumbv6m thumbv8mbase rp2040 rp2 pico picow samd21 stm32f0 stm32g0 stm32l0 nrf51",
	"armv7m":    "cortexm3 armv7 thumbv7m cc3200 stm32f1 stm32f2 stm32l1",
	"armv7emsp": "cortexm4 cortexm33 cortexm35p armv7em armv8m armv81m thumbv7em thumbv8m rp2350 pico2 stm32f3 stm32f4 stm32g4 stm32h5 stm32l4 stm32u5 stm32wb pyboard samd51 same5 nrf52 nrf53 nrf91 ra4 ra6",
	"armv7emdp": "cortexm7 cortexm55 cortexm85 stm32f7 stm32h7 stm32n6 imxrt mimxrt teensy portentah7 alif",
	"xtensa":    "esp8266 esp8285 lx106",
	"xtensawin": "esp32 esp32s2 esp32s3 lx6 lx7",
	"rv32imc":   "rv32 riscv32 riscv esp32c esp32h esp32p hazard3",
	"rv64imc":   "rv64 riscv64",
}

// noArch has names of what the format has no architecture for.
const noArch = "aarch64 arm64 armv8a armv8 armv9 mips avr ppc powerpc wasm loongarch"

// ArchCalled returns the architecture that people may mean by a name that
// --arch does not know: "cortex-m33", "RP2350", "riscv32". It is nil if there is
// none; never says that MicroPython loads no native code for it at all.
func ArchCalled(name string) (arch *Arch, never bool) {
	squeezed := strings.NewReplacer("-", "", "_", "", ".", "", " ", "", "+", "").Replace(strings.ToLower(name))
	longest := 0
	for _, a := range Archs {
		for _, known := range strings.Fields(a.Name + " " + alsoCalled[a.Name]) {
			if strings.HasPrefix(squeezed, known) && len(known) > longest {
				arch, longest = a, len(known)
			}
		}
	}
	for _, known := range strings.Fields(noArch) {
		if strings.HasPrefix(squeezed, known) && len(known) > longest {
			arch, never, longest = nil, true, len(known)
		}
	}
	return arch, never
}
