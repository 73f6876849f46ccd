package main

import (
	"strconv"

	"mpyld/diag"
	"mpyld/mpyfile"
)

func funTableOption(p *string) *option {
	return &option{"fun-table", "", "FILE", "the firmware adds entries to mp_fun_table: its py/nativeglue.h, or a list of their names", setText(p)}
}

// readFunTable returns the ABI of firmware with the mp_fun_table of a file.
func readFunTable(path string, abi *mpyfile.ABI) (*mpyfile.ABI, error) {
	data, err := readText(path)
	if err != nil {
		return nil, err
	}
	if !isText(data) {
		return nil, diag.New(path, "is not text, so neither a header nor a list of names")
	}
	own, err := abi.WithFunTable(string(data))
	if bad, ok := err.(*mpyfile.TableError); ok {
		where := path
		if bad.Line > 0 {
			where += ":" + strconv.Itoa(bad.Line)
		}
		return nil, diag.New(where, "%s", bad.Text).Note("%s", bad.Note)
	}
	return own, err
}
