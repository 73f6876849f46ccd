// Package sdk reads the header files of a MicroPython that modules are compiled
// with, wherever people have them: a checkout, an archive of the sources, or an
// SDK file, which is the few of them that modules need in an archive.
//
// It stands apart because builds, and the verb that makes SDK files, must agree on
// what is needed and whose headers they are. Nothing in an archive decides where
// anything is written: only files of known names are taken out.
//
// Which files are needed: all headers of py/, and what upstream's examples of native
// modules include beside them (parts of extmod/ and lib/ that are compiled into
// a module), found by following #include lines. Of the 104 MiB of MicroPython 1.28
// that is 86 files, 115 KB in an SDK file.
package sdk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/internal/tarxz"
	"mpyld/mpyfile"
)

// Headers are the files of one MicroPython that modules need.
type Headers struct {
	Source string // where they are from
	Dir    string // to be given to a compiler with -I; "" for those of an archive (Into)

	// Release is whose they are. CircuitPython's headers do not say of which of its
	// releases they are: then it is the newest.
	Release *mpyfile.Release
	Version string // "1.26.1"; CircuitPython's: of the MicroPython that it was made from

	files []tarxz.File // sorted by name: "LICENSE", "py/obj.h"
}

// String is whose headers they are, as people call it.
func (h *Headers) String() string {
	if h.Release.ABI.Magic == mpyfile.MagicCircuit {
		return "CircuitPython (with MicroPython " + h.Version + " in it)"
	}
	return "MicroPython " + h.Version
}

// Name is a name for a file or directory with the headers.
func (h *Headers) Name() string {
	return strings.ToLower(h.Release.System()) + "-" + h.Version
}

// Len is how many files they are.
func (h *Headers) Len() int { return len(h.files) }

// Open reads the headers in a directory or an archive.
func Open(fsys fs.FS, name string) (*Headers, error) {
	tree, dir, err := read(fsys, name)
	if err != nil {
		return nil, err
	}
	h := &Headers{Source: name, Dir: dir}
	if err := h.identify(tree); err != nil {
		return nil, err
	}
	h.files = needed(tree)
	return h, nil
}

// marker is the file that only SDK files have.
const marker = "mpyld-sdk"

// Pack returns the headers as an SDK file. Its bytes depend on theirs alone.
func (h *Headers) Pack() ([]byte, error) {
	list := make([]tarxz.File, 0, len(h.files)+1)
	list = append(list, tarxz.File{Name: h.Name() + "/" + marker, Data: []byte("1\n" + h.String() + "\n")})
	for _, f := range h.files {
		list = append(list, tarxz.File{Name: h.Name() + "/" + f.Name, Data: f.Data})
	}
	return tarxz.Pack(list)
}

// Key tells headers with other contents apart.
func (h *Headers) Key() string {
	sum := sha256.New()
	for _, f := range h.files {
		fmt.Fprintf(sum, "%d %s %d\n", len(f.Name), f.Name, len(f.Data))
		sum.Write(f.Data)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Disk is where Into writes.
type Disk interface {
	fs.StatFS

	// WriteFile gives a file its content or leaves what was there, and makes its
	// directory.
	WriteFile(name string, data []byte) error
}

// Into writes the headers into a directory of their own below parent, if they
// are not there yet, and returns it: what a compiler is given with -I. Any number of
// processes may do so at once, and one that is ended leaves nothing wrong: the
// directory's name is made of the contents, each file is written whole or not at
// all, and the last one says that all are there.
func (h *Headers) Into(disk Disk, parent string) (string, error) {
	dir := parent + "/" + h.Name() + "-" + h.Key()[:16]
	done := dir + "/" + marker
	if _, err := disk.Stat(done); err == nil {
		return dir, nil
	}
	for _, f := range h.files {
		if err := disk.WriteFile(dir+"/"+f.Name, f.Data); err != nil {
			return "", err
		}
	}
	return dir, disk.WriteFile(done, []byte("1\n"+h.String()+"\n"))
}

// Agree reports the error that modules for a release cannot be compiled with these
// headers.
func (h *Headers) Agree(to *mpyfile.Release) error {
	if to.ABI == h.Release.ABI && to.Config == h.Release.Config {
		return nil
	}
	e := diag.New(h.Source, "the headers are %s's (.mpy %s), and the module is to be for %s (.mpy %s)", h, abiNumber(h.Release), to, abiNumber(to))
	if h.Release.ABI.Magic == mpyfile.MagicCircuit {
		return e.Note("build for --target circuitpython, or give headers of %s with --mpy-dir", to)
	}
	return e.Note("build for --target %s, or give headers of %s with --mpy-dir", h.Release.Name, to)
}

func abiNumber(r *mpyfile.Release) string { return strings.TrimPrefix(r.ABI.Name, "circuitpython-") }

// tree is files of MicroPython's sources by their names, from its top directory.
type tree map[string][]byte

func (t tree) names() []string {
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
