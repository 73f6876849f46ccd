package toolchain

// rustTargets are what Rust calls the architectures, for code without an operating
// system.
var rustTargets = map[string]string{
	"x86": "i686-unknown-linux-gnu", "x64": "x86_64-unknown-none",
	"armv6m": "thumbv6m-none-eabi", "armv7m": "thumbv7m-none-eabi",
	"armv7emsp": "thumbv7em-none-eabihf", "armv7emdp": "thumbv7em-none-eabihf",
	"xtensa": "xtensa-esp8266-none-elf", "xtensawin": "xtensa-esp32-none-elf",
	"rv32imc": "riscv32imac-unknown-none-elf", "rv64imc": "riscv64imac-unknown-none-elf",
}

// RustTarget is what rustc's --target calls an architecture.
func RustTarget(arch string) string { return rustTargets[arch] }
