package inspect

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/relocs/machines"
)

func stored(t *testing.T, release, name string) *mpytree.File {
	t.Helper()
	list, err := fixtures.Compiled(release)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		if file.Name == name+".mpy" {
			f, err := mpytree.Parse(file.Data)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
	}
	t.Fatalf("%s has no %s", release, name)
	return nil
}

// TestImporting: which releases import what each mpy-cross makes. Those with
// version 5 have ports with and without the map cache until 1.17.
func TestImporting(t *testing.T) {
	for _, c := range []struct{ release, name, first, last string }{
		{"1.12", "native-x64", "1.18", "1.18"}, // unix ports until 1.17 want the cache
		{"1.12", "native-armv7m", "1.12", "1.18"},
		{"1.17", "flow-cache", "1.12", "1.17"},
		{"1.18", "flow-O0", "1.12", "1.18"},
		{"1.19", "native-x64", "1.19", "1.19"},
		{"1.20", "native-armv7em", "1.20", "1.21"},
		{"1.22", "native-xtensa", "1.22", "1.22"},
		{"1.28", "native-armv6m", "1.23", "1.30-preview"},
		{"1.28", "native-rv32imc", "1.24", "1.30-preview"},
		{"1.19", "flow-O0", "1.19", "1.30-preview"},
	} {
		list := Inspect(stored(t, c.release, c.name)).Importing
		if len(list) == 0 || list[0].Name != c.first || list[len(list)-1].Name != c.last {
			t.Errorf("%s of %s: %v", c.name, c.release, list)
		}
	}
}

// TestBoards: somebody has each architecture, and nobody is named who would not
// take the file.
func TestBoards(t *testing.T) {
	for _, a := range machines.All() {
		if got := boardsFor((&mpyfile.File{ABI: mpyfile.Latest, Arch: a}).Header(), false); strings.HasPrefix(got, "none") {
			t.Errorf("no boards with %s", a.Name)
		}
	}
	for code := range byte(mpyfile.ArchMask + 1) {
		arch := machines.InFormat(code)
		if arch == nil {
			continue
		}
		for _, b := range arch.Boards {
			for _, name := range strings.Fields(b.Extensions) {
				if !slices.Contains(arch.Flags, name) {
					t.Errorf("%s: %s is no extension of %s", b.What, name, arch.Name)
				}
			}
		}
	}
	circuit := mpyfile.Releases[len(mpyfile.Releases)-1].ABI
	for _, c := range []struct {
		abi   *mpyfile.ABI
		arch  string
		flags uint64
		want  string
	}{
		{mpyfile.Latest, "x64", 0, "the unix port, 64-bit"},
		{mpyfile.Latest, "rv32imc", 0, "ESP32-C2, -C3, -C5, -C6, -H2; ESP32-P4; RP2350 on its RISC-V cores; the qemu port"},
		{mpyfile.Latest, "rv32imc", 1, "RP2350 on its RISC-V cores; the qemu port"},
		{mpyfile.Latest, "rv32imc", 2, "ESP32-P4; RP2350 on its RISC-V cores; the qemu port"},
		{mpyfile.Latest, "rv32imc", 3, "RP2350 on its RISC-V cores; the qemu port"},
		{mpyfile.Latest, "rv32imc", 4, "none that mpyld knows"},
		{circuit, "armv6m", 0, "RP2040, RP2350, STM32F4, SAMD51 and SAME5x, nRF52 (with CircuitPython 10.4 and later)"},
		{circuit, "rv32imc", 2, "none that mpyld knows"},
		{circuit, "rv64imc", 0, "none that mpyld knows"},
	} {
		f := &mpyfile.File{ABI: c.abi, Arch: machines.For(c.arch), ArchFlags: c.flags}
		if got := boardsFor(f.Header(), false); got != c.want {
			t.Errorf("%s %s %d: %s", c.abi.Name, c.arch, c.flags, got)
		}
	}
	if got := boardsFor(mpyfile.Header{Magic: mpyfile.Magic, Version: 6}, false); got != "any" {
		t.Errorf("without machine code: %s", got)
	}
}

// TestNumber: the number is the one that a device prints which takes the file.
func TestNumber(t *testing.T) {
	for _, r := range mpyfile.Releases {
		for _, name := range r.Archs {
			arch := machines.For(name)
			f := &mpyfile.File{ABI: r.For(arch), Arch: arch}
			if r.ArchFlags && len(arch.Flags) > 0 {
				f.ArchFlags = 2
			}
			number := f.Header().Number()
			d, err := mpyfile.ParseDevice(fmt.Sprint(number), r.System() == "CircuitPython")
			if err != nil {
				t.Fatalf("%s %s: %v", r, name, err)
			}
			if no := d.Loader().Refuses(f.Header()); no != nil || !d.Runs(r) || d.Flags != f.ArchFlags {
				t.Errorf("%s %s: %d is %+v, which says %+v", r, name, number, d, no)
			}
		}
	}
}
