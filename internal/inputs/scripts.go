package inputs

import (
	"mpyld/diag"
	"mpyld/ldscript"
)

// ReadScript reads a linker script for the values that it gives symbols.
func (d Dir) ReadScript(path string) (*ldscript.Script, error) {
	data, err := d.ReadText(path)
	if err != nil {
		return nil, err
	}
	switch k := sniff(data); {
	case k != nil && len(data) > 0:
		return nil, diag.New(path, "is %s, not a linker script", k.what)
	case len(data) > 4 && string(data[:4]) == "\x7fELF":
		return nil, diag.New(path, "is an ELF file, not a linker script").
			Note("for the symbols of a linked firmware: --just-symbols %s", path)
	case !IsText(data) && len(data) > 0:
		return nil, diag.New(path, "is not text, so not a linker script").
			Note("it lists symbols like this: memcpy = 0x4000df48;")
	}
	s, err := ldscript.Parse(path, unmarked(data))
	if err != nil {
		return nil, err
	}
	if len(s.Inputs) > 0 {
		return nil, diag.New(s.Input, "names the input %s: --externs takes the values of symbols alone", s.Inputs[0]).
			Note("give objects on the command line, and libraries with -l")
	}
	return s, nil
}
