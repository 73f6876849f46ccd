package toolchain

import "mpyld/internal/lazy"

// rustTargets are what Rust calls the architectures, for code without an operating
// system. x64's target of that kind passes floats in other registers than firmware; an
// ESP32-C3 has no atomic instructions, which riscv32imac would use.
var rustTargets = lazy.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"x86": "i686-unknown-linux-gnu", "x64": "x86_64-unknown-linux-gnu",
		"armv6m": "thumbv6m-none-eabi", "armv7m": "thumbv7m-none-eabi",
		"armv7emsp": "thumbv7em-none-eabihf", "armv7emdp": "thumbv7em-none-eabihf",
		"xtensa": "xtensa-esp8266-none-elf", "xtensawin": "xtensa-esp32-none-elf",
		"rv32imc": "riscv32imc-unknown-none-elf", "rv64imc": "riscv64imac-unknown-none-elf",
	}
}}

// RustTarget is what rustc's --target calls an architecture.
func RustTarget(arch string) string { return rustTargets.Get()[arch] }
