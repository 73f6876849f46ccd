package machines

import "testing"

func TestCalled(t *testing.T) {
	for name, want := range map[string]string{
		"armv8m": "armv7emsp", "armv8-m.main": "armv7emsp", "ARMv8-M.base": "armv6m", "rp2350": "armv7emsp", "RP2350B": "armv7emsp", "pico2": "armv7emsp", "pico-2_w": "armv7emsp", "pico": "armv6m", "pico_w": "armv6m",
		"cortex-m33": "armv7emsp", "cortex-m4": "armv7emsp", "cortex-m0plus": "armv6m", "cortex-m0+": "armv6m", "cortex-m3": "armv7m", "cortex-m7": "armv7emdp",
		"thumbv7em-none-eabihf": "armv7emsp", "thumbv6m-none-eabi": "armv6m", "stm32f405": "armv7emsp", "stm32h743": "armv7emdp",
		"esp32": "xtensawin", "ESP32-S3": "xtensawin", "esp32c3": "rv32imc", "esp32-c6": "rv32imc", "esp32-p4": "rv32imc", "esp8266": "xtensa",
		"riscv32": "rv32imc", "rv32imac": "rv32imc", "rv64gc": "rv64imc", "riscv64": "rv64imc",
		"x86_64": "x64", "amd64": "x64", "x86-64": "x64", "i686": "x86", "armv7emspx": "armv7emsp", "armv7e-m": "armv7emsp",
		"aarch64": "never", "arm64": "never", "armv8-a": "never", "m68k": "", "": "", "arm": "", "sparc": "",
	} {
		arch, never := Called(name)
		got := ""
		if never {
			got = "never"
		}
		if arch != nil {
			got += arch.Name
		}
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	for _, a := range All {
		if a.AlsoCalled == "" {
			t.Errorf("%s: nobody calls it otherwise?", a.Name)
		}
	}
}
