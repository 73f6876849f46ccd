package inspect

import (
	"slices"
	"strings"

	"mpyld/mpyfile"
)

// Boards of one kind, whose firmware loads code of an architecture.
type boards struct {
	maker      byte // mpyfile.Magic or mpyfile.MagicCircuit
	arch       string
	extensions string // that the firmware says it has
	what       string

	// exact is what has firmware that passes floats as code for the architecture
	// does, "" if all in what does.
	exact string
}

// who has which architecture: MPY_FEATURE_ARCH of py/persistentcode.h, and
// MICROPY_EMIT_* in ports/*/mpconfigport.h of MicroPython, where native code is
// loaded if it can be made. The windows port (MICROPY_EMIT_X64 0) and boards with
// little flash load none. CircuitPython: CIRCUITPY_LOAD_NATIVE, which is on by
// default for these since September 2026 (10.4).
var who = []boards{
	{mpyfile.Magic, "x86", "", "the unix port, 32-bit", ""},
	{mpyfile.Magic, "x64", "", "the unix port, 64-bit", ""},
	{mpyfile.Magic, "armv6", "", "the unix port on Arm without Thumb-2", ""},
	{mpyfile.Magic, "armv6m", "", "any Arm Cortex-M: RP2040 (Raspberry Pi Pico), SAMD21, STM32F0/G0/L0 and all of the others", "Arm Cortex-M without a floating-point unit: RP2040 (Raspberry Pi Pico), SAMD21, STM32F0/G0/L0/L1/WL, CC3200; RP2350 up to 1.29"},
	{mpyfile.Magic, "armv7m", "", "Arm Cortex-M3 and better: CC3200, STM32F4, SAMD51, RP2350, nRF52, i.MX RT and the like", "Arm Cortex-M3 and M4 without a floating-point unit: CC3200, STM32L1/WL; RP2350 and i.MX RT101x up to 1.29"},
	{mpyfile.Magic, "armv7em", "", "Arm Cortex-M4 and better: STM32F4, SAMD51, RP2350, nRF52, i.MX RT and the like", "Arm Cortex-M4 without a floating-point unit: CC3200, STM32WL; RP2350 and i.MX RT101x up to 1.29"},
	{mpyfile.Magic, "armv7emsp", "", "Arm Cortex-M4F and better: STM32F4 (Pyboard), SAMD51, RP2350, nRF52840, RA4/RA6, i.MX RT, STM32H7", "Arm Cortex-M4F and better: STM32F4 (Pyboard), SAMD51, nRF52840, RA4/RA6, STM32H7; not RP2350 and i.MX RT101x up to 1.29"},
	{mpyfile.Magic, "armv7emdp", "", "Arm Cortex-M7 with doubles: i.MX RT (Teensy 4), STM32H7, STM32F76x", ""},
	{mpyfile.Magic, "xtensa", "", "ESP8266", ""},
	{mpyfile.Magic, "xtensawin", "", "ESP32, ESP32-S2, ESP32-S3", ""},
	{mpyfile.Magic, "rv32imc", "", "ESP32-C2, -C3, -C5, -C6, -H2", ""},
	{mpyfile.Magic, "rv32imc", "zcmp", "ESP32-P4", ""},
	{mpyfile.Magic, "rv32imc", "zba zcmp", "RP2350 on its RISC-V cores", ""},
	{mpyfile.Magic, "rv32imc", "zba zcmp", "the qemu port", ""},
	{mpyfile.Magic, "rv64imc", "", "the qemu port, 64-bit RISC-V", ""},

	{mpyfile.MagicCircuit, "x64", "", "the unix port, 64-bit", ""},
	{mpyfile.MagicCircuit, "armv6m", "", "RP2040, RP2350, STM32F4, SAMD51 and SAME5x, nRF52", "RP2040, RP2350"},
	{mpyfile.MagicCircuit, "armv7m", "", "RP2350, STM32F4, SAMD51 and SAME5x, nRF52", "RP2350"},
	{mpyfile.MagicCircuit, "armv7em", "", "RP2350, STM32F4, SAMD51 and SAME5x, nRF52", ""},
	{mpyfile.MagicCircuit, "armv7emsp", "", "RP2350, STM32F4, SAMD51 and SAME5x, nRF52", "STM32F4, SAMD51 and SAME5x, nRF52"},
	{mpyfile.MagicCircuit, "xtensawin", "", "ESP32, ESP32-S2, ESP32-S3", ""},
	{mpyfile.MagicCircuit, "rv32imc", "", "ESP32-C2, -C3, -C5, -C6, -C61, -H2", ""},
}

// boardsFor names what loads a file, which may exchange floats with the firmware.
func boardsFor(h mpyfile.Header, floats bool) string {
	arch := mpyfile.ArchInFormat(h.ArchCode())
	if h.ArchCode() == 0 {
		return "any"
	}
	var list []string
	for _, b := range who {
		if arch != nil && b.maker == h.Magic && b.arch == arch.Name && h.ArchFlags&^b.flags(arch) == 0 {
			what := b.what
			if floats && b.exact != "" {
				what = b.exact
			}
			list = append(list, what)
		}
	}
	text := strings.Join(list, "; ")
	switch {
	case text == "":
		return "none that mpyld knows"
	case h.Magic == mpyfile.MagicCircuit:
		text += " (with CircuitPython 10.4 and later)"
	}
	return text
}

// flags are the architecture flags that the boards' firmware has.
func (b *boards) flags(arch *mpyfile.Arch) uint64 {
	var flags uint64
	for bit, name := range arch.Flags {
		if slices.Contains(strings.Fields(b.extensions), name) {
			flags |= 1 << bit
		}
	}
	return flags
}
