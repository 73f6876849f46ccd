package mpyld

import (
	"io/fs"
	"strconv"

	"mpyld/diag"
	"mpyld/internal/inputs"
	"mpyld/mpyfile"
)

// FunTable is what some firmware has in mp_fun_table: its py/nativeglue.h, or a
// list of the names.
type FunTable struct{ name, text string }

// ReadFunTable reads one.
func ReadFunTable(fsys fs.FS, name string) (*FunTable, error) {
	data, err := inputs.Dir{FS: fsys}.ReadText(name)
	if err != nil {
		return nil, err
	}
	if !inputs.IsText(data) {
		return nil, diag.New(name, "is not text, so neither a header nor a list of names")
	}
	return &FunTable{name, string(data)}, nil
}

// For returns the ABI of firmware with the table and otherwise another ABI.
func (t *FunTable) For(abi *mpyfile.ABI) (*mpyfile.ABI, error) {
	own, err := abi.WithFunTable(t.text)
	if bad, ok := err.(*mpyfile.TableError); ok {
		where := t.name
		if bad.Line > 0 {
			where += ":" + strconv.Itoa(bad.Line)
		}
		return nil, diag.New(where, "%s", bad.Text).Note("%s", bad.Note)
	}
	return own, err
}
