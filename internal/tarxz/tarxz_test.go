package tarxz

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"
)

// TestPack: files come out as they went in, whatever they are called, and the same ones in
// another order make the same bytes.
func TestPack(t *testing.T) {
	list := []File{{Name: "b/größe.h", Data: []byte("two")}, {Name: "a.h", Data: []byte("one"), Program: true}, {Name: strings.Repeat("long/", 80) + "c.h"}}
	packed, err := Pack(list)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Pack([]File{list[2], list[1], list[0]})
	if err != nil || !bytes.Equal(packed, again) {
		t.Errorf("the order of files matters: %v", err)
	}
	z, err := xz.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(z)
	for _, want := range []File{list[1], list[0], list[2]} {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || h.Name != want.Name || !bytes.Equal(data, want.Data) || h.Uid != 0 || h.ModTime.Unix() != 0 || (h.Mode == 0o755) != want.Program {
			t.Errorf("%s: %q, %+v, %v", want.Name, data, h, err)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("there is more: %v", err)
	}
}
