package sdk

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/ulikunitz/xz"

	"mpyld/diag"
)

// Limits of what is read. The largest archives of MicroPython are 104 MiB, of
// about 1.5 GiB of files.
const (
	maxArchive  = 1 << 30
	maxUnpacked = 8 << 30
	maxEntries  = 1 << 20
	maxFile     = 1 << 20
	maxKept     = 16 << 20
	maxXzMemory = 256 << 20
)

// read returns the files of a directory or archive that may be needed, and the
// directory, if it is one.
func read(fsys fs.FS, name string) (t tree, dir string, err error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, "", cannotRead(name, err)
	}
	if info.IsDir() {
		t, err = readDir(fsys, name)
		return t, name, err
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, "", cannotRead(name, err)
	}
	defer f.Close()
	t, err = readArchive(name, f)
	return t, "", err
}

// readDir reads the files of a checkout. Where one is a link, it leads where its owner
// wants.
func readDir(fsys fs.FS, dir string) (tree, error) {
	t := &keeper{name: dir, tree: tree{}}
	for _, place := range append([]string{"py/", "ports/stm32/"}, places...) {
		if err := t.walk(fsys, dir, place); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{license, marker} {
		if err := t.file(fsys, path.Join(dir, name), name); err != nil {
			return nil, err
		}
	}
	return t.tree, nil
}

// walk reads a directory, and those in it if files there are wanted.
func (k *keeper) walk(fsys fs.FS, dir, place string) error {
	list, err := fs.ReadDir(fsys, path.Join(dir, place))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return cannotRead(path.Join(dir, place), err)
	}
	for _, entry := range list {
		name := place + entry.Name()
		switch {
		case entry.IsDir() && wanted(name+"/x.c"):
			err = k.walk(fsys, dir, name+"/")
		case !entry.IsDir() && wanted(name):
			err = k.file(fsys, path.Join(dir, name), name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *keeper) file(fsys fs.FS, full, name string) error {
	f, err := fsys.Open(full)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // what is needed is asked for later
	}
	if err != nil {
		return cannotRead(full, err)
	}
	defer f.Close()
	return k.keep(name, f)
}

// readArchive reads an archive of a kind that its first bytes tell.
func readArchive(name string, f fs.File) (tree, error) {
	k := &keeper{name: name, tree: tree{}}
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, cannotRead(name, err)
	}
	head = head[:n]
	whole := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(head), f), 1<<20) // unpackers read byte by byte
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		err = k.zip(f, whole)
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		err = k.xz(head, whole)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		var z *gzip.Reader
		if z, err = gzip.NewReader(whole); err == nil {
			err = k.tar(z)
		}
	case bytes.HasPrefix(head, []byte("BZh")):
		err = k.tar(bzip2.NewReader(whole))
	case len(head) == 512 && string(head[257:262]) == "ustar":
		err = k.tar(whole)
	default:
		return nil, k.error("is neither a directory nor an archive of MicroPython's sources").
			Note("it can be a checkout, a .tar.xz, .tar.gz or .zip of a release, or a file that mpyld sdk made")
	}
	if err != nil {
		return nil, k.broken(err)
	}
	return k.top()
}

func (k *keeper) xz(head []byte, whole io.Reader) error {
	if n := xzMemory(head); n > maxXzMemory {
		return k.error("it asks for %d MiB of memory to be unpacked", n>>20).Note("that is no archive of MicroPython's sources")
	}
	z, err := xz.NewReader(whole)
	if err != nil {
		return err
	}
	return k.tar(z)
}

// xzMemory is the size of the dictionary that the first block of a .xz file
// wants (The .xz File Format 1.2.1, sections 3.1 and 5.3.1); 0 if it cannot be read.
func xzMemory(head []byte) int64 {
	const header = 12
	if len(head) < header+2 {
		return 0
	}
	flags, rest := head[header+1], head[header+2:]
	number := func() {
		for len(rest) > 0 && rest[0] >= 0x80 {
			rest = rest[1:]
		}
		if len(rest) > 0 {
			rest = rest[1:]
		}
	}
	if flags&0x40 != 0 {
		number() // compressed size
	}
	if flags&0x80 != 0 {
		number() // uncompressed size
	}
	if len(rest) < 3 || rest[0] != 0x21 || rest[2] > 40 {
		return 0
	}
	if rest[2] == 40 {
		return 1<<32 - 1
	}
	return int64(2|rest[2]&1) << (rest[2]/2 + 11)
}

// broken is the error of an archive that cannot be unpacked.
func (k *keeper) broken(err error) error {
	var e *diag.Error
	if errors.As(err, &e) {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return k.error("the archive ends too early").Note("download it again")
	}
	return k.error("the archive is damaged: %v", err).Note("download it again")
}
