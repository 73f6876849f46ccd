package build

import (
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"mpyld/internal/host"
)

// readOnly is a host that has nothing but files.
type readOnly struct {
	host.Host
	files fstest.MapFS
}

func (r readOnly) Stat(name string) (fs.FileInfo, error) { return r.files.Stat(name) }
func (r readOnly) ReadFile(name string) ([]byte, error)  { return r.files.ReadFile(name) }
func (r readOnly) with(name string, size int, first byte) readOnly {
	data := make([]byte, size)
	data[0] = first
	r.files = fstest.MapFS{name: {Data: data, ModTime: time.Unix(1, 0)}}
	return r
}

// TestHash: another content is another hash, whatever sizes and times say, but of large
// archives, which nobody makes with the time of another.
func TestHash(t *testing.T) {
	for _, test := range []struct {
		name string
		size int
		same bool
	}{
		{"a.c", 10, false}, {"table.c", wholeFile + 1, false}, {"lib.a", wholeFile, false}, {"libc.a", wholeFile + 1, true},
	} {
		var h readOnly
		one, other := newFiles(h.with(test.name, test.size, 1)).hash(test.name), newFiles(h.with(test.name, test.size, 2)).hash(test.name)
		if one == "" || one == other != test.same {
			t.Errorf("%s of %d bytes: %s and %s", test.name, test.size, one, other)
		}
		longer := newFiles(h.with(test.name, test.size+1, 1)).hash(test.name)
		if one == longer {
			t.Errorf("%s: a longer one has the same hash", test.name)
		}
	}
}

// TestHeadersKey: an archive of headers is known by its size and time.
func TestHeadersKey(t *testing.T) {
	key := func(size int) string {
		b := builder{Options: &Options{Host: readOnly{}.with("sdk.tar.xz", size, 1)}}
		return b.headersKey("sdk.tar.xz")
	}
	if a, again, b := key(10), key(10), key(11); a == "" || a != again || a == b {
		t.Errorf("%s, %s and %s", a, again, b)
	}
}
