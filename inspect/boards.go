package inspect

// boards says what has an architecture (ports/*/mpconfigport.mk and the
// boards' settings in MicroPython's source; docs/reference/mpyfiles.rst).
var boards = map[string]string{
	"x86":       "the unix and windows ports, 32-bit",
	"x64":       "the unix and windows ports, 64-bit",
	"armv6":     "the unix port on Arm without Thumb-2",
	"armv6m":    "any Arm Cortex-M: RP2040 (Raspberry Pi Pico), SAMD21, STM32F0/G0/L0 and all of the others",
	"armv7m":    "Arm Cortex-M3 and better: CC3200, STM32F4, SAMD51, RP2350, nRF52, i.MX RT and the like",
	"armv7em":   "Arm Cortex-M4 and better: STM32F4, SAMD51, RP2350, nRF52, i.MX RT and the like",
	"armv7emsp": "Arm Cortex-M4F and better: STM32F4 (Pyboard), SAMD51, RP2350, nRF52840, RA4/RA6, i.MX RT, STM32H7",
	"armv7emdp": "Arm Cortex-M7 with doubles: i.MX RT (Teensy 4), STM32H7, STM32F76x",
	"xtensa":    "ESP8266",
	"xtensawin": "ESP32, ESP32-S2, ESP32-S3",
	"rv32imc":   "ESP32-C3, -C6, -H2, -P4; RP2350 on its RISC-V cores; the qemu port",
	"rv64imc":   "the qemu port, 64-bit RISC-V",
}
