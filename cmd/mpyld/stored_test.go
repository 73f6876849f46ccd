package main

import (
	"debug/elf"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/dump"
	"mpyld/fixtures"
)

// storedForScripts are files of mpy-cross and mpy-tool.py that scripts see, as
// py/NAME-RELEASE.mpy.
var storedForScripts = map[string][]string{
	"1.12":         {"flow-O0"},
	"1.17":         {"thumb-armv7m", "native-xtensawin", "flow-O0", "flow-cache", "functions-O0", "constants-O0"},
	"1.22":         {"native-armv7m"},
	"1.29-preview": {"thumb-armv7m", "native-x64", "native-armv7m", "flow-O0", "functions-O0", "constants-O0", "riscv-rv32imc", "generators-armv6"},
}

func (in inputs) addStored() error {
	for release, names := range storedForScripts {
		list, err := fixtures.Compiled(release)
		if err != nil {
			return err
		}
		for _, file := range list {
			if name := strings.TrimSuffix(file.Name, ".mpy"); slices.Contains(names, name) {
				in["py/"+name+"-"+release+".mpy"] = file.Data
			}
		}
	}
	return nil
}

// objdumpOnce is an objdump that knows instructions of two bytes, and runs once:
// it leaves a file behind that it does not want to find. Nobody pays for starting
// one for each of thousands of functions.
func objdumpOnce() {
	f, err := elf.Open(os.Args[len(os.Args)-1])
	if err != nil {
		log.Fatal(err)
	}
	if _, err := os.OpenFile("objdump-ran", os.O_CREATE|os.O_EXCL, 0o666); err != nil {
		log.Fatal(err)
	}
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_EXECINSTR == 0 {
			continue
		}
		data, err := s.Data()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("\nDisassembly of section %s:\n", s.Name)
		for i := 0; i+2 <= len(data); i += 2 {
			fmt.Printf("%4x:\t%02x%02x \tinsn\t%d\n", int(s.Addr)+i, data[i+1], data[i], i)
		}
	}
}

// TestParseObjdump: what objdumps of several machines print.
func TestParseObjdump(t *testing.T) {
	for _, c := range []struct {
		text     string
		from, to int
		want     []dump.MachineLine
	}{
		{
			"\ncode:     file format binary\n\n\nDisassembly of section .data:\n\n00000004 <.data+0x4>:\n" +
				"   4:\tb530      \tpush\t{r4, r5, lr}\n   6:\tf8d4 3104 \tldr\tr3, [pc, #56]\t@ (0x44)\n   a:\te7f0      \tb.n\t0x4\n",
			4, 12,
			[]dump.MachineLine{
				{Off: 4, Size: 2, Text: "push {r4, r5, lr}", Target: -1, Refers: -1},
				{Off: 6, Size: 4, Text: "ldr r3, [pc, #56] @ (0x44)", Target: -1, Refers: 0x44},
				{Off: 10, Size: 2, Text: "b.n 0x4", Target: 4, Refers: -1},
			},
		},
		{
			"   0:\t001406        \tj\t0x54\n   3:\tf01d      \tretw.n\n   5:\t31f9ff        \tl32r\ta3, 0x4 (0x0)\n   8:\t        \till\n", 0, 9,
			[]dump.MachineLine{
				{Off: 0, Size: 3, Text: "j 0x54", Target: 0x54, Refers: -1},
				{Off: 3, Size: 2, Text: "retw.n", Target: -1, Refers: -1},
				{Off: 5, Size: 3, Text: "l32r a3, 0x4 (0x0)", Target: -1, Refers: 4},
				{Off: 8, Size: 1, Text: ".byte 00", Target: -1, Refers: -1},
			},
		},
	} {
		got, err := parseObjdump(c.text, make([]byte, c.to), c.from, c.to)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	for _, bad := range []string{"", "   0:\t      \tpush\n", "   4:\tb530      \tpush\n", "   0:\tb530      \tpush\n   4:\tb530      \tpush\n"} {
		if got, err := parseObjdump(bad, make([]byte, 6), 0, 6); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}
