package web

import (
	"bytes"
	"io/fs"
	"path"
	"time"
)

// files are those of a request, by name: an fs.FS that takes any name.
type files map[string][]byte

// Open is part of fs.FS.
func (f files) Open(name string) (fs.File, error) {
	data, ok := f[name]
	if !ok {
		data, ok = f[path.Clean(name)] // "./libm.a", as scripts and directories of -L have it
	}
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: missing{}}
	}
	return &file{bytes.NewReader(data), info{name, int64(len(data))}}, nil
}

// missing is fs.ErrNotExist in the words that systems have for it.
type missing struct{}

func (missing) Error() string        { return "no such file or directory" }
func (missing) Is(target error) bool { return target == fs.ErrNotExist }

// file is an open one. It is an io.ReaderAt, out of which archives are read.
type file struct {
	*bytes.Reader
	info info
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

// info is what is known of a file.
type info struct {
	name string
	size int64
}

func (i info) Name() string     { return path.Base(i.name) }
func (i info) Size() int64      { return i.size }
func (info) Mode() fs.FileMode  { return 0o444 }
func (info) ModTime() time.Time { return time.Time{} }
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }
