package arm

import "mpyld/relocs"

// What the firmware for a chip says it is: py/persistentcode.h
// (MPY_FEATURE_ARCH) and the flags of the ports' makefiles. Native code is loaded
// where it can be made (MICROPY_EMIT_* in ports/*/mpconfigport.h); boards with
// little flash load none. CircuitPython: CIRCUITPY_LOAD_NATIVE, which is on by
// default since September 2026 (10.4).

const (
	calledV6M    = "cortexm0 cortexm1 cortexm23 armv6 armv8mbase thumbv6m thumbv8mbase rp2040 rp2 pico picow samd21 stm32f0 stm32g0 stm32l0 nrf51"
	calledV7M    = "cortexm3 armv7 thumbv7m cc3200 stm32f1 stm32f2 stm32l1"
	calledV7EMSP = "cortexm4 cortexm33 cortexm35p armv7em armv8m armv81m thumbv7em thumbv8m rp2350 pico2 stm32f3 stm32f4 stm32g4 stm32h5 stm32l4 stm32u5 stm32wb pyboard samd51 same5 nrf52 nrf53 nrf91 ra4 ra6"
	calledV7EMDP = "cortexm7 cortexm55 cortexm85 stm32f7 stm32h7 stm32n6 imxrt mimxrt teensy portentah7 alif"
)

var (
	boardsV6  = []relocs.Boards{{What: "the unix port on Arm without Thumb-2"}}
	boardsV6M = []relocs.Boards{
		{
			What:  "any Arm Cortex-M: RP2040 (Raspberry Pi Pico), SAMD21, STM32F0/G0/L0 and all of the others",
			Exact: "Arm Cortex-M without a floating-point unit: RP2040 (Raspberry Pi Pico), SAMD21, STM32F0/G0/L0/L1/WL, CC3200; RP2350 up to 1.29",
		},
		{CircuitPython: true, What: "RP2040, RP2350, STM32F4, SAMD51 and SAME5x, nRF52", Exact: "RP2040, RP2350"},
	}
	boardsV7M = []relocs.Boards{
		{
			What:  "Arm Cortex-M3 and better: CC3200, STM32F4, SAMD51, RP2350, nRF52, i.MX RT and the like",
			Exact: "Arm Cortex-M3 and M4 without a floating-point unit: CC3200, STM32L1/WL; RP2350 and i.MX RT101x up to 1.29",
		},
		{CircuitPython: true, What: "RP2350, STM32F4, SAMD51 and SAME5x, nRF52", Exact: "RP2350"},
	}
	boardsV7EM = []relocs.Boards{
		{
			What:  "Arm Cortex-M4 and better: STM32F4, SAMD51, RP2350, nRF52, i.MX RT and the like",
			Exact: "Arm Cortex-M4 without a floating-point unit: CC3200, STM32WL; RP2350 and i.MX RT101x up to 1.29",
		},
		{CircuitPython: true, What: "RP2350, STM32F4, SAMD51 and SAME5x, nRF52"},
	}
	boardsV7EMSP = []relocs.Boards{
		{
			What:  "Arm Cortex-M4F and better: STM32F4 (Pyboard), SAMD51, RP2350, nRF52840, RA4/RA6, i.MX RT, STM32H7",
			Exact: "Arm Cortex-M4F and better: STM32F4 (Pyboard), SAMD51, nRF52840, RA4/RA6, STM32H7; not RP2350 and i.MX RT101x up to 1.29",
		},
		{CircuitPython: true, What: "RP2350, STM32F4, SAMD51 and SAME5x, nRF52", Exact: "STM32F4, SAMD51 and SAME5x, nRF52"},
	}
	boardsV7EMDP = []relocs.Boards{{What: "Arm Cortex-M7 with doubles: i.MX RT (Teensy 4), STM32H7, STM32F76x"}}
)
