package riscv

import "mpyld/relocs"

// Which firmware loads native code, and the extensions that it says it has
// (MICROPY_EMIT_RV32 and its like in ports/*/mpconfigport.h of MicroPython;
// CIRCUITPY_LOAD_NATIVE of CircuitPython, on by default since 10.4).
var (
	boards32 = []relocs.Boards{
		{
			What: "ESP32-C2, -C3, -C5, -C6, -H2",
			Names: "*esp32c2* *esp32c3* *esp32c5* *esp32c6* *esp32h2* esp32genericc2 esp32genericc3 esp32genericc5 esp32genericc6 esp32generich2 " +
				"lolinc3* m5stacknanoc6 m5stacknanoh2 umtinyc6",
		},
		{Extensions: "zcmp", What: "ESP32-P4", Names: "*esp32p4* esp32genericp4*"},
		{Extensions: "zba zcmp", What: "RP2350 on its RISC-V cores", Names: "*rp2350*riscv pico2riscv pico2wriscv rpipico2riscv rpipico2wriscv hazard3"},
		{Extensions: "zba zcmp", What: "the qemu port", Names: "virtrv32"},
		{CircuitPython: true, What: "ESP32-C2, -C3, -C5, -C6, -C61, -H2"},
	}
	boards64 = []relocs.Boards{{What: "the qemu port, 64-bit RISC-V", Names: "virtrv64"}}
)
