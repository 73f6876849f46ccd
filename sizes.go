package mpyld

import (
	"io/fs"

	"mpyld/size"
	"mpyld/sizetable"
)

// Measure says what a .mpy file takes, on a device too.
func Measure(fsys fs.FS, name string) (*sizetable.Item, error) {
	f, err := ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	m, err := size.Of(f.Data)
	return &sizetable.Item{Name: name, Arch: f.ArchName(), Module: m}, err
}
