package main

import (
	"io"
)

// sideOutputs are texts to write beside the module.
type sideOutputs []output

// add adds a file, if it has a name. Only then is its text made: that of a big
// link takes as long as a good part of the link.
func (s *sideOutputs) add(name string, text func() string) {
	if name != "" {
		*s = append(*s, output{path: name, data: []byte(text())})
	}
}

// write writes them, and the module last: to make, a module that exists is one
// that is done. If anything fails, none of the files is left.
func (s sideOutputs) write(stdout io.Writer, module string, data []byte) error {
	var files []output
	for _, f := range s {
		if f.path != "-" {
			files = append(files, f)
		} else if _, err := stdout.Write(f.data); err != nil {
			return err
		}
	}
	return writeOutputs(append(files, output{path: module, data: data}))
}
