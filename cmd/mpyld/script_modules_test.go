package main

import (
	"debug/elf"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"

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

func (in testFiles) addStored() error {
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
