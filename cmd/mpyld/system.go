package main

import (
	"io/fs"
	"os"

	"mpyld/diag"
)

// system is the files of this system, by any path. It is all that the library
// sees of it, and the only place that opens files to be read: an output must not
// replace anything that went through here.
type system struct{}

// Stat is part of fs.StatFS.
func (system) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// SameFile is part of inputs.SameFiler.
func (system) SameFile(a, b fs.FileInfo) bool { return os.SameFile(a, b) }

// Open is part of fs.FS.
func (system) Open(name string) (fs.File, error) {
	// Before it is opened, which some devices take for an order.
	info, err := os.Stat(name)
	if err == nil {
		err = noDevice(name, info)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = noDevice(name, info)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	opened.add(name, info)
	return f, nil
}

// noDevice refuses what is neither a file nor a pipe: a device may never end.
// The one that ends at once is an empty file.
func noDevice(name string, info fs.FileInfo) error {
	mode := info.Mode()
	switch {
	case mode.IsDir(), mode.IsRegular(), mode&fs.ModeNamedPipe != 0:
		return nil
	case mode&fs.ModeSocket != 0:
		return diag.New(name, "is a socket, not a file")
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(info, null) {
		return nil
	}
	return diag.New(name, "is a device, not a file")
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
