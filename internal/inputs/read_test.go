package inputs

import (
	"io"
	"io/fs"
	"testing"
	"time"
)

// sized is a file system of one file: of a size that it has or only claims, of zeros.
type sized struct {
	mode        fs.FileMode
	claims, has int64
	read        int64
}

func (f *sized) Open(string) (fs.File, error) { f.read = 0; return f, nil }
func (f *sized) Stat() (fs.FileInfo, error)   { return f, nil }
func (f *sized) Close() error                 { return nil }
func (f *sized) Name() string                 { return "file" }
func (f *sized) Size() int64                  { return f.claims }
func (f *sized) Mode() fs.FileMode            { return f.mode }
func (f *sized) ModTime() time.Time           { return time.Time{} }
func (f *sized) IsDir() bool                  { return false }
func (f *sized) Sys() any                     { return nil }

func (f *sized) Read(b []byte) (int, error) {
	n := min(int64(len(b)), f.has-f.read)
	if f.read += n; n == 0 {
		return 0, io.EOF
	}
	return int(n), nil
}

// TestTooBig: what is bigger than any input is not read, whether it says so or not.
func TestTooBig(t *testing.T) {
	for name, c := range map[string]struct {
		file sized
		want string // the error
	}{
		"a text":                {sized{claims: maxText, has: maxText}, ""},
		"it says so":            {sized{claims: maxText + 1}, "file: is bigger than 16 MiB, which no input of a native module is"},
		"it grows":              {sized{claims: 1, has: maxText + 1}, "file: is bigger than 16 MiB, which no input of a native module is"},
		"a pipe":                {sized{mode: fs.ModeNamedPipe, has: maxPipe}, ""},
		"a pipe that goes on":   {sized{mode: fs.ModeNamedPipe, has: maxPipe + 1}, "file: is bigger than 16 MiB, which no input of a native module is"},
		"a device with a claim": {sized{mode: fs.ModeDevice, claims: maxPipe + 1}, "file: is bigger than 16 MiB, which no input of a native module is"},
	} {
		read := Dir.ReadText
		if c.file.mode != 0 {
			read = Dir.Read // which takes more of what is no pipe
		}
		data, err := read(Dir{FS: &c.file}, "file")
		said := ""
		if err != nil {
			said = err.Error()
		}
		if said != c.want || said == "" && int64(len(data)) != c.file.has {
			t.Errorf("%s: %d bytes, error %q, want %q", name, len(data), said, c.want)
		}
	}
}
