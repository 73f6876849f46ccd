// Package inputs reads the files that a job is made of: objects, libraries,
// scripts, files with arguments. It tells what people pass by mistake, and bounds
// what any file can take of memory.
//
// It stands apart because all who read files need the same care, and none of them
// has a file system of its own: files come through an fs.FS. It must never write,
// and never decide what is in an object.
package inputs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"mpyld/diag"
)

// Dir is where the files of a job are. Names are given to the FS as they are, but
// for those put together from a directory and a name. It may be an fs.StatFS, and
// a SameFiler.
type Dir struct{ fs.FS }

// A SameFiler tells whether two names are those of one file. Without, equal
// names are.
type SameFiler interface {
	SameFile(a, b fs.FileInfo) bool
}

const (
	// MaxFile caps the files that are read, in bytes. The biggest objects of
	// native modules have some 100 KiB; with debug information, a few MiB.
	MaxFile = 1 << 30

	// maxText caps those that are text: scripts, sources, config headers, maps,
	// arguments. What is made of them is larger than they are.
	maxText = 16 << 20

	// maxPipe caps what is read from a pipe, which need not have an end: less,
	// for nothing says beforehand how much there will be.
	maxPipe = 16 << 20
)

// Exists reports whether there is a file of a name.
func (d Dir) Exists(name string) bool {
	_, err := fs.Stat(d.FS, name)
	return err == nil
}

func (d Dir) isDirectory(name string) bool {
	info, err := fs.Stat(d.FS, name)
	return err == nil && info.IsDir()
}

// same reports whether two files are one.
func (d Dir) same(a, b file) bool {
	if s, ok := d.FS.(SameFiler); ok {
		return s.SameFile(a.info, b.info)
	}
	return filepath.Clean(a.name) == filepath.Clean(b.name)
}

// file is an open file.
type file struct {
	name string
	info fs.FileInfo
	fs.File
}

func (d Dir) open(name string) (file, error) {
	if d.FS == nil {
		return file{}, CannotRead(name, errors.New("there is no file system to read it from"))
	}
	f, err := d.FS.Open(name)
	if err != nil {
		return file{}, CannotRead(name, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = diag.New(name, "is a directory").Note("give the files in it one by one")
	}
	if err != nil {
		f.Close()
		return file{}, CannotRead(name, err)
	}
	return file{name, info, f}, nil
}

// CannotRead is the error about a file that cannot be read.
func CannotRead(name string, err error) *diag.Error {
	var e *diag.Error
	if errors.As(err, &e) {
		return e
	}
	return diag.New(name, "cannot read: %s", Reason(err))
}

// Reason is what went wrong, without the operation and the path around it.
func Reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// Read reads a whole file, if it is one and not too big.
func (d Dir) Read(name string) ([]byte, error) { return d.readUpTo(name, MaxFile) }

// ReadText is Read for what is meant to be text.
func (d Dir) ReadText(name string) ([]byte, error) { return d.readUpTo(name, maxText) }

// unmarked is text without the mark of UTF-8 that editors of Windows put in front.
func unmarked(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }

func (d Dir) readUpTo(name string, limit int64) ([]byte, error) {
	f, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.readAll(limit)
}

// readAll reads an open file to its end, which has to come before a limit.
func (f file) readAll(limit int64) ([]byte, error) {
	if !f.info.Mode().IsRegular() {
		limit = min(limit, maxPipe)
	}
	if f.info.Size() > limit {
		return nil, tooBig(f.name, limit)
	}
	// Pipes have no size; files may grow. One byte more than expected is room
	// to see the end. (A bytes.Buffer would write zeros to all of it first.)
	data := make([]byte, 0, max(f.info.Size()+1, 512))
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, tooBig(f.name, limit)
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, CannotRead(f.name, err)
		case len(data) == cap(data):
			data = slices.Grow(data, len(data))
		}
	}
}

func tooBig(name string, limit int64) error {
	return diag.New(name, "is bigger than %d MiB, which no input of a native module is", limit>>20)
}

// join is a name in a directory, as every FS takes it.
func join(dir, name string) string { return filepath.ToSlash(filepath.Join(dir, name)) }
