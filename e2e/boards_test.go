//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// boardFamilies are the ports whose boards --board has to know, with the
// architectures that there are.
var boardFamilies = map[string]string{
	"rp2": "armv6m armv7emsp", "esp32": "xtensawin rv32imc", "esp8266": "xtensa", "stm32": "armv6m armv7m armv7emsp armv7emdp",
	"samd": "armv6m armv7emsp", "mimxrt": "armv7emsp armv7emdp", "nrf": "armv6m armv7emsp", "renesas-ra": "armv7emsp", "cc3200": "armv7m",
}

// boardParts are what a board's directory says about its chip, and what that is.
var boardParts = []struct{ text, arch string }{
	{`PICO_PLATFORM "rp2350"`, "armv7emsp"},
	{`PICO_PLATFORM "rp2040"`, "armv6m"},
	{`IDF_TARGET esp32)`, "xtensawin"},
	{`IDF_TARGET esp32s`, "xtensawin"},
	{`IDF_TARGET esp32c`, "rv32imc"},
	{`IDF_TARGET esp32h`, "rv32imc"},
	{`IDF_TARGET esp32p`, "rv32imc"},
	{"MCU_SERIES = f0", "armv6m"},
	{"MCU_SERIES = g0", "armv6m"},
	{"MCU_SERIES = l0", "armv6m"},
	{"MCU_SERIES = l1", "armv7m"},
	{"MCU_SERIES = wl", "armv7m"},
	{"MCU_SERIES = f4", "armv7emsp"},
	{"MCU_SERIES = l4", "armv7emsp"},
	{"CMSIS_MCU = STM32F72", "armv7emsp"},
	{"CMSIS_MCU = STM32F74", "armv7emsp"},
	{"CMSIS_MCU = STM32F76", "armv7emdp"},
	{"MCU_SERIES = h7", "armv7emdp"},
	{"MCU_SERIES = MIMXRT101", "armv7emsp"},
	{"MCU_SERIES = MIMXRT10", "armv7emdp"},
	{"MCU_SERIES = SAMD21", "armv6m"},
	{"MCU_SERIES = SAMD51", "armv7emsp"},
	{"MCU_SERIES = m0", "armv6m"},
	{"MCU_SERIES = m4", "armv7emsp"},
}

// TestBoards asks about every board that MicroPython's source has, and compares
// with what its directory says about the chip.
func TestBoards(t *testing.T) {
	source := filepath.Join(bedsDir(t), "src/micropython")
	known, compared := 0, 0
	for port, archs := range boardFamilies {
		dirs, err := filepath.Glob(filepath.Join(source, "ports", port, "boards", "*", "mpconfigboard.*"))
		must(t, err)
		for _, config := range dirs {
			board := filepath.Base(filepath.Dir(config))
			if filepath.Ext(config) == ".h" {
				continue
			}
			arch := boardArch(t, board)
			if !slices.Contains(strings.Fields(archs), arch) {
				t.Errorf("%s of %s: %q", board, port, arch)
			}
			known++
			if want := archOfText(string(must1(os.ReadFile(config))(t))); want != "" {
				compared++
				if arch != want {
					t.Errorf("%s of %s: %s, its configuration says %s", board, port, arch, want)
				}
			}
		}
	}
	if known < 150 || compared < 80 {
		t.Errorf("%d boards, %d compared: where are the others?", known, compared)
	}
}

// boardArch is the architecture of a board by the linker's own answer.
func boardArch(t *testing.T, board string) string {
	t.Helper()
	argv := append(strings.Fields(mpyld), "--board", board, "--arch", "x86", "none.o")
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	_, says, ok := strings.Cut(string(out), " loads ")
	if err == nil || !ok {
		t.Errorf("%s: %s", board, out)
		return ""
	}
	arch, _, _ := strings.Cut(says, " ")
	return arch
}

func archOfText(config string) string {
	config = strings.Join(strings.Fields(config), " ")
	for _, part := range boardParts {
		if strings.Contains(config, part.text) {
			return part.arch
		}
	}
	return ""
}
