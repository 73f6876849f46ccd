package mpyld

import (
	"io/fs"

	"mpyld/diag"
	"mpyld/internal/inputs"
	"mpyld/mapjson"
	"mpyld/size"
	"mpyld/sizetable"
)

// Measure says what a .mpy file takes, on a device too: of the module, or of the map that its link
// wrote (--map-json), which knows its parts.
func Measure(fsys fs.FS, name string) (*sizetable.Item, error) {
	data, err := inputs.Dir{FS: fsys}.Read(name)
	if err != nil {
		return nil, err
	}
	if mapjson.LooksLike(data) {
		m, err := mapjson.Parse(name, data)
		if err != nil {
			return nil, err
		}
		return &sizetable.Item{Name: name, Arch: m.Arch, Module: size.Module{File: m.File, RAM: m.RAM}, Map: m}, nil
	}
	if inputs.IsText(data) && len(data) > 0 {
		return nil, diag.New(name, "is text, neither a module nor the map of a link").
			Note("sizes are of what is linked: mpyld build makes modules of sources, and a link with --map-json FILE.json a map")
	}
	f, err := Parse(name, data)
	if err != nil {
		return nil, err
	}
	sizes, err := size.Of(data)
	return &sizetable.Item{Name: name, Arch: f.ArchName(), Module: sizes}, err
}

// ReadMapJSON reads the map that a link wrote (--map-json).
func ReadMapJSON(fsys fs.FS, name string) (*mapjson.Map, error) {
	data, err := inputs.Dir{FS: fsys}.Read(name)
	if err != nil {
		return nil, err
	}
	return mapjson.Parse(name, data)
}
