// Package tarxz writes archives that depend on nothing but the names and contents
// of the files in them.
package tarxz

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"slices"

	"github.com/ulikunitz/xz"
)

// A File is a file of an archive.
type File struct {
	Name string // with slashes
	Data []byte

	Program bool // it can be run
}

// Pack returns the files as a .tar.xz: sorted, without times and owners.
func Pack(list []File) ([]byte, error) {
	list = slices.SortedFunc(slices.Values(list), func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	var packed bytes.Buffer
	z, err := xz.WriterConfig{DictCap: 8 << 20}.NewWriter(&packed)
	if err != nil {
		return nil, err
	}
	t := tar.NewWriter(z)
	for _, f := range list {
		mode := int64(0o644)
		if f.Program {
			mode = 0o755
		}
		err := t.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg, // in the oldest format that can name the file
			Name:     f.Name, Mode: mode, Size: int64(len(f.Data)),
		})
		if err != nil {
			return nil, err
		}
		if _, err := t.Write(f.Data); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
