package inputs

import (
	"io/fs"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/parallel"
	"mpyld/relocs"
)

// LoadObjects reads objects, several at a time if there is much to read. What
// it returns, errors included, is in the order of files.
func (d Dir) LoadObjects(files []string, mach *relocs.Machine) ([]*elfload.Object, error) {
	objects, failed := make([]*elfload.Object, len(files)), make([]error, len(files))
	load := func(i int) { objects[i], failed[i] = d.loadObject(files[i], mach) }
	if d.large(files) {
		parallel.Each(len(files), load)
	} else {
		for i := range files {
			load(i)
		}
	}
	var errs diag.List
	for _, err := range failed {
		errs.Join(err)
	}
	return objects, errs.Err()
}

func (d Dir) loadObject(name string, mach *relocs.Machine) (*elfload.Object, error) {
	data, err := d.ReadObject(name)
	if err != nil {
		return nil, err
	}
	return elfload.Load(name, data, mach)
}

// large reports whether files are worth more than one goroutine. Pipes and
// the like are read in turn.
func (d Dir) large(files []string) bool {
	const enough = 256 << 10
	total := int64(0)
	for _, name := range files {
		info, err := fs.Stat(d.FS, name)
		if err != nil || !info.Mode().IsRegular() {
			return false
		}
		total += info.Size()
	}
	return total > enough
}
