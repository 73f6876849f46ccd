package machines

import (
	"path"
	"slices"
	"strings"
	"testing"

	"mpyld/relocs"
)

func TestCalled(t *testing.T) {
	for name, want := range map[string]string{
		"armv8m": "armv7emsp", "armv8-m.main": "armv7emsp", "ARMv8-M.base": "armv6m",
		"cortex-m33": "armv7emsp", "cortex-m4": "armv7emsp", "cortex-m0plus": "armv6m", "cortex-m0+": "armv6m", "cortex-m3": "armv7m", "cortex-m7": "armv7emdp",
		"thumbv7em-none-eabihf": "armv7emsp", "thumbv6m-none-eabi": "armv6m",
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
	for _, a := range All() {
		if a.AlsoCalled == "" {
			t.Errorf("%s: nobody calls it otherwise?", a.Name)
		}
	}
}

func TestBoardNamed(t *testing.T) {
	for name, want := range map[string]string{
		"rp2040": "armv6m", "RP2040": "armv6m", "pico": "armv6m", "pico_w": "armv6m", "RPI_PICO": "armv6m", "ADAFRUIT_FEATHER_RP2040": "armv6m", "samd21": "armv6m", "ATSAMD21G18A": "armv6m",
		"stm32f091": "armv6m", "STM32G0B1RE": "armv6m", "nucleo-l073rz": "armv6m", "microbit": "armv6m",
		"stm32l152": "armv7m", "cc3200": "armv7m", "WIPY": "armv7m", "nucleo_wl55": "armv7m",
		"rp2350": "armv7emsp softfp", "RP2350B": "armv7emsp softfp", "pico2": "armv7emsp softfp", "pico-2_w": "armv7emsp softfp", "RPI_PICO2_W": "armv7emsp softfp", "mimxrt1011": "armv7emsp softfp", "MIMXRT1015_EVK": "armv7emsp softfp",
		"stm32f4": "armv7emsp", "stm32f405": "armv7emsp", "STM32F407VGT6": "armv7emsp", "pybv11": "armv7emsp", "PYBD_SF2": "armv7emsp", "stm32f746": "armv7emsp", "NUCLEO_F722ZE": "armv7emsp",
		"samd51": "armv7emsp", "ATSAME54P20A": "armv7emsp", "nrf52840": "armv7emsp", "PCA10056": "armv7emsp", "RA4M1": "armv7emsp",
		"teensy40": "armv7emdp", "teensy-4.1": "armv7emdp", "Teensy": "armv7emdp", "stm32h743": "armv7emdp", "stm32f767": "armv7emdp", "PYBD_SF6": "armv7emdp", "mimxrt1062": "armv7emdp", "portenta_h7": "armv7emdp",
		"esp8266": "xtensa", "ESP8266_GENERIC": "xtensa", "esp8285": "xtensa",
		"esp32": "xtensawin", "ESP32-S3": "xtensawin", "esp32s2": "xtensawin", "esp32-wroom-32": "xtensawin", "ESP32_GENERIC": "xtensawin", "SEEED_XIAO_ESP32S3": "xtensawin",
		"esp32c3": "rv32imc", "esp32-c6": "rv32imc", "ESP32_GENERIC_C5": "rv32imc", "esp32-p4": "rv32imc zcmp", "RPI_PICO2-RISCV": "rv32imc zba zcmp", "rp2350-riscv": "rv32imc zba zcmp", "VIRT_RV64": "rv64imc",
		// Several, or none.
		"stm32f7": "", "stm32": "", "rp2": "", "samd": "", "esp": "", "esp32c9": "", "esp32s9": "", "picoo": "", "armv7m": "", "x64": "", "": "", "*": "", "rp2[": "",
	} {
		got := ""
		if b := BoardNamed(name); b != nil {
			got = b.Arch.Name
			if b.Extensions != "" {
				got += " " + b.Extensions
			}
			if b.SoftFP[0] != "" {
				got += " softfp"
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestBoardNames: the table has no name twice, none that is an architecture's,
// and none that another row's pattern takes.
func TestBoardNames(t *testing.T) {
	rows := map[string]Board{}
	for row, pattern := range boardNames {
		if _, twice := rows[pattern]; twice {
			t.Errorf("%s is there twice", pattern)
		}
		rows[pattern] = row
		if _, err := path.Match(pattern, ""); err != nil || squeeze(pattern) != pattern {
			t.Errorf("%s: %v, or not in lower case without punctuation", pattern, err)
		}
		if name := strings.ReplaceAll(pattern, "*", ""); For(name) != nil || BoardNamed(name) == nil || BoardNamed(name).Boards != row.Boards {
			t.Errorf("%s: its row does not have it", pattern)
		}
	}
	if len(rows) < 100 {
		t.Errorf("only %d names", len(rows))
	}
	for _, name := range BoardNames() {
		if BoardNamed(name) == nil {
			t.Errorf("%s is listed, but nobody has it", name)
		}
	}
	if !slices.Contains(BoardNames(), "stm32f4") || !slices.IsSorted(BoardNames()) {
		t.Error("names of families are listed too, and all are sorted")
	}
	for _, m := range All() {
		if m.Name != "x86" && m.Name != "x64" && !slices.ContainsFunc(m.Boards, func(b relocs.Boards) bool { return b.Names != "" }) {
			t.Errorf("%s: no board has it", m.Name)
		}
	}
}

func TestBoardsFrom(t *testing.T) {
	archs, names := BoardsFrom("STM32F7")
	if len(archs) != 2 || archs[0].Name != "armv7emsp" || archs[1].Name != "armv7emdp" ||
		!slices.Equal(names[0], []string{"stm32f72", "stm32f73", "stm32f74", "stm32f75", "stm32f7disc"}) || !slices.Equal(names[1], []string{"stm32f76", "stm32f77"}) {
		t.Errorf("stm32f7: %v %v", archs, names)
	}
	for _, none := range []string{"", "z80", "esp32c3x"} {
		if archs, _ := BoardsFrom(none); archs != nil {
			t.Errorf("%q begins names of %v", none, archs)
		}
	}
}
