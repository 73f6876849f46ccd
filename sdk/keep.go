package sdk

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"path"
	"strings"

	"mpyld/diag"
	"mpyld/internal/inputs"
)

// A keeper takes files out of an archive: those that are wanted, below one top
// directory, and no more than there can be.
type keeper struct {
	name string // of the archive
	tree tree

	entries, kept int64
}

func (k *keeper) error(format string, args ...any) *diag.Error {
	return diag.New(k.name, format, args...)
}

func cannotRead(name string, err error) error { return inputs.CannotRead(name, err) }

// tar takes in the files of a .tar.
func (k *keeper) tar(r io.Reader) error {
	limited := &io.LimitedReader{R: r, N: maxUnpacked}
	t := tar.NewReader(limited)
	for {
		h, err := t.Next()
		if limited.N == 0 {
			return k.error("unpacked it has more than %d GiB", maxUnpacked>>30).Note("that is no archive of MicroPython's sources")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		mode := h.FileInfo().Mode()
		if h.Typeflag == tar.TypeLink {
			mode |= fs.ModeIrregular // another name of a file
		}
		if err := k.entry(h.Name, mode, t); err != nil {
			return err
		}
	}
}

// zip takes in the files of a .zip. Its table is at the end, so it is read at any
// place.
func (k *keeper) zip(f fs.File, whole io.Reader) error {
	at, ok := f.(io.ReaderAt)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if !ok || !info.Mode().IsRegular() {
		data, err := io.ReadAll(io.LimitReader(whole, maxArchive+1))
		if err != nil {
			return err
		}
		at, size = bytes.NewReader(data), int64(len(data))
	}
	if size > maxArchive {
		return k.error("is larger than %d GiB", maxArchive>>30)
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return err
	}
	for _, f := range z.File {
		if err := k.zipped(f); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeper) zipped(f *zip.File) error {
	if f.Mode().IsDir() || k.place(f.Name) == "" {
		return k.entry(f.Name, f.Mode(), nil)
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return k.entry(f.Name, f.Mode(), r)
}

// entry looks at an entry of an archive.
func (k *keeper) entry(name string, mode fs.FileMode, data io.Reader) error {
	if k.entries++; k.entries > maxEntries {
		return k.error("has more than %d entries", int64(maxEntries)).Note("that is no archive of MicroPython's sources")
	}
	if path.IsAbs(name) || strings.Contains("/"+name+"/", "/../") || strings.Contains(name, `\`) {
		return k.error("the entry %s leads out of the archive", diag.Line(name)).Note("no archive of MicroPython's has such names: do not unpack it")
	}
	place := k.place(name)
	switch {
	case place == "" || mode.IsDir():
		return nil
	case !mode.IsRegular():
		return k.error("the entry %s is not a file", diag.Line(name)).Note("MicroPython's is: make the archive of a checkout again")
	}
	return k.keep(path.Clean(name), data)
}

// place is the name of a wanted file from the top directory of the sources, ""
// for others.
func (k *keeper) place(name string) string {
	name = path.Clean(name)
	if _, below, ok := strings.Cut(name, "/"); ok && wanted(below) {
		return below
	}
	if wanted(name) {
		return name
	}
	return ""
}

// keep reads a file.
func (k *keeper) keep(name string, r io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return err
	}
	k.kept += int64(len(data))
	switch {
	case len(data) > maxFile:
		return k.error("%s is larger than %d MiB", diag.Line(name), maxFile>>20).Note("no header of MicroPython's is")
	case k.kept > maxKept:
		return k.error("its headers are larger than %d MiB", maxKept>>20).Note("those of MicroPython are not")
	}
	if _, twice := k.tree[name]; twice {
		return k.error("%s is in it twice", diag.Line(name)).Note("make the archive again")
	}
	k.tree[name] = data
	return nil
}

// top takes the top directory of an archive off the names.
func (k *keeper) top() (tree, error) {
	tops := map[string]tree{}
	for name, data := range k.tree {
		place := k.place(name)
		top := strings.TrimSuffix(name, place)
		if tops[top] == nil {
			tops[top] = tree{}
		}
		tops[top][place] = data
	}
	var found []string
	for _, name := range k.tree.names() {
		if top, ok := strings.CutSuffix(name, "py/mpconfig.h"); ok {
			found = append(found, top)
		}
	}
	switch len(found) {
	case 0:
		return tree{}, nil
	case 1:
		return tops[found[0]], nil
	}
	return nil, k.error("has the sources of more than one MicroPython: in %s and %s", diag.Line(found[0]), diag.Line(found[1])).
		Note("make an archive of each, or give the directory of the one that you want")
}
