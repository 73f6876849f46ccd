package main

import (
	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/ldscript"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// readFixed reads what --externs and --just-symbols name into in. Where they
// disagree about a symbol, scripts go before firmware. Of scripts the last
// assignment counts, as in GNU ld; of firmware, the first on the command line.
func (o *symbolOptions) readFixed(in *link.Input, mach *relocs.Machine) error {
	var errs diag.List
	in.Externs = map[string]linkmap.Extern{}
	for _, path := range o.externs {
		script, err := readExterns(path)
		errs.Join(err)
		if err == nil {
			in.Scripts = append(in.Scripts, script)
		}
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
		in.Firmware = append(in.Firmware, linkmap.Firmware{File: path, BuildID: fw.BuildID, Facts: fw.Facts})
		for _, s := range fw.Symbols {
			if _, dup := in.Externs[s.Name]; !dup {
				in.Externs[s.Name] = linkmap.Extern{Value: s.Value, Place: path, From: path, Function: s.Function}
			}
		}
	}
	return errs.Err()
}

// readExterns reads a linker script for the values that it gives symbols.
func readExterns(path string) (*ldscript.Script, error) {
	data, err := readText(path)
	if err != nil {
		return nil, err
	}
	switch k := sniff(data); {
	case k != nil && len(data) > 0:
		return nil, diag.New(path, "is %s, not a linker script", k.what)
	case len(data) > 4 && string(data[:4]) == "\x7fELF":
		return nil, diag.New(path, "is an ELF file, not a linker script").
			Note("for the symbols of a linked firmware: --just-symbols %s", path)
	case !isText(data) && len(data) > 0:
		return nil, diag.New(path, "is not text, so not a linker script").
			Note("it lists symbols like this: memcpy = 0x4000df48;")
	}
	s, err := ldscript.Parse(path, data)
	if err != nil {
		return nil, err
	}
	if len(s.Inputs) > 0 {
		return nil, diag.New(s.Input, "names the input %s: --externs takes the values of symbols alone", s.Inputs[0]).
			Note("give objects on the command line, and libraries with -l")
	}
	return s, nil
}
