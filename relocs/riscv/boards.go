package riscv

import "mpyld/relocs"

// Which firmware loads native code, and the extensions that it says it has
// (MICROPY_EMIT_RV32 and its like in ports/*/mpconfigport.h of MicroPython;
// CIRCUITPY_LOAD_NATIVE of CircuitPython, on by default since 10.4).
var (
	boards32 = []relocs.Boards{
		{What: "ESP32-C2, -C3, -C5, -C6, -H2"},
		{Extensions: "zcmp", What: "ESP32-P4"},
		{Extensions: "zba zcmp", What: "RP2350 on its RISC-V cores"},
		{Extensions: "zba zcmp", What: "the qemu port"},
		{CircuitPython: true, What: "ESP32-C2, -C3, -C5, -C6, -C61, -H2"},
	}
	boards64 = []relocs.Boards{{What: "the qemu port, 64-bit RISC-V"}}
)
