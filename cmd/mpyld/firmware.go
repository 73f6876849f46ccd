package main

import (
	"strconv"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/ldscript"
	"mpyld/link"
	"mpyld/relocs"
)

// readFixed reads what --externs and --just-symbols name into in. Where they
// disagree about a symbol, scripts go before firmware, and what comes first on
// the command line goes before what follows.
func (o *symbolOptions) readFixed(in *link.Input, mach *relocs.Machine) error {
	var errs diag.List
	in.Externs = map[string]link.Extern{}
	for _, path := range o.externs {
		errs.Join(readExterns(path, in.Externs))
	}
	for _, path := range o.firmware {
		data, err := readELF(path, "a linked program", "linker scripts with addresses are given with --externs")
		if err != nil {
			errs.Join(err)
			continue
		}
		fw, err := elfload.LoadFirmware(path, data, mach)
		if err != nil {
			errs.Join(err)
			continue
		}
		in.Firmware = append(in.Firmware, link.Firmware{File: path, BuildID: fw.BuildID, Facts: fw.Facts})
		for _, s := range fw.Symbols {
			if _, dup := in.Externs[s.Name]; !dup {
				in.Externs[s.Name] = link.Extern{Value: s.Value, Place: path, From: path, Function: s.Function}
			}
		}
	}
	return errs.Err()
}

// readExterns reads the symbols of a linker script into externs.
func readExterns(path string, externs map[string]link.Extern) error {
	data, err := readText(path)
	if err != nil {
		return err
	}
	switch k := sniff(data); {
	case k != nil && len(data) > 0:
		return diag.New(path, "is %s, not a linker script", k.what)
	case len(data) > 4 && string(data[:4]) == "\x7fELF":
		return diag.New(path, "is an ELF file, not a linker script").
			Note("for the symbols of a linked firmware: --just-symbols %s", path)
	case !isText(data) && len(data) > 0:
		return diag.New(path, "is not text, so not a linker script").
			Note("it lists symbols like this: memcpy = 0x4000df48;")
	}
	s, err := ldscript.Parse(path, data)
	if err != nil {
		return err
	}
	for _, sym := range s.Symbols {
		if _, dup := externs[sym.Name]; !dup {
			externs[sym.Name] = link.Extern{Value: sym.Value, Provide: sym.Provide, Place: path + ":" + strconv.Itoa(sym.Line)}
		}
	}
	return nil
}
