package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mpyld/internal/host"
)

// wholeFile is up to what size an archive is known by its content. Libraries of
// compilers are larger; they are known by size and time, since to read them all
// takes longer than everything else that a build without work does.
const wholeFile = 256 << 10

// archives are the suffixes of such files, and of firmware.
var archives = []string{".a", ".rlib", ".elf"}

// files knows what files contain, by a hash of each.
type files struct {
	host host.Host
	mu   sync.Mutex
	seen map[string]string
}

func newFiles(h host.Host) *files { return &files{host: h, seen: map[string]string{}} }

// hash is of the content that the file had when it was first asked for; "" if there
// is no such file.
func (f *files) hash(name string) string {
	f.mu.Lock()
	known, ok := f.seen[name]
	f.mu.Unlock()
	if ok {
		return known
	}
	sum := f.read(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.seen[name]; ok {
		return known
	}
	f.seen[name] = sum
	return sum
}

// know notes what files contain before a program reads them: one that is edited while the
// program runs counts as changed afterwards.
func (f *files) know(names []string) {
	for _, name := range names {
		f.hash(name)
	}
}

// names are those of all files that were asked for, but some.
func (f *files) names(but []string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f.seen)), func(name string) bool { return slices.Contains(but, name) })
}

// read is "" for a pipe too, which is empty, or waits for somebody to write, the second time.
func (f *files) read(name string) string {
	info, err := f.host.Stat(name)
	switch {
	case err != nil || info.IsDir() || info.Mode()&fs.ModeNamedPipe != 0:
		return ""
	case info.Size() > wholeFile && slices.Contains(archives, filepath.Ext(name)):
		return fmt.Sprintf("%d %s", info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
	}
	data, err := f.host.ReadFile(name)
	if err != nil {
		return ""
	}
	return hashOf(string(data))
}

// changedOf returns the first of some files that is another than it was; "": none is.
func (f *files) changedOf(list []fileHash) string {
	for _, was := range list {
		hash := f.hash(was[0])
		if same := hash != "" && hash == was[1] || hash == "" && was[1] == absent; !same {
			return was[0]
		}
	}
	return ""
}

// changed forgets files that were written.
func (f *files) changed(names ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range names {
		delete(f.seen, name)
	}
}

// write makes data the content of a file, unless it is already.
func (f *files) write(name string, data []byte) error {
	if old, err := f.host.ReadFile(name); err == nil && string(old) == string(data) {
		return nil
	}
	f.changed(name)
	return f.host.WriteFile(name, data)
}

func hashOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
