package build

import (
	"path/filepath"
	"strings"

	"mpyld/internal/pattern"
	"mpyld/qstrlink"
)

// An assembler takes in files with .incbin, of which depfiles of compilers say nothing.
// Sources name them in what the preprocessor leaves, in C in strings, which may be in
// pieces: of
//
//	__asm__("blob: .incbin \"" "wave.bin" "\"\n");
//
// it is wave.bin.

// scanned is what the preprocessed text of a source says.
type scanned struct {
	Names    qstrlink.QStrs
	Binaries []string `json:",omitempty"` // that .incbin names
}

var (
	pieces = pattern.Of(`(\\.)|"\s*"`) // the end of one and the beginning of the next, but no quoted quote
	incbin = pattern.Of(`\.incbin\b(?:\s*\\?"([^"\\]*)\\?")?`)
)

// incbins returns the files that .incbin names in a preprocessed source: for one whose name
// is not in sight, .incbin itself.
func incbins(text string) (names []string) {
	if !strings.Contains(text, ".incbin") {
		return nil
	}
	for _, m := range incbin.Get().FindAllStringSubmatch(pieces.Get().ReplaceAllString(text, "$1"), -1) {
		if m[1] == "" {
			m[1] = m[0]
		}
		names = append(names, m[1])
	}
	return names
}

// binaries are the files that a source takes in so. One that is not found where
// the assembler looks keeps its name: nobody knows what it contains, so the source is
// compiled each time.
func (t *work) binaries(i int) []string {
	var paths []string
	for _, name := range t.scanned[i].Binaries {
		path := name
		for _, dir := range append([]string{"."}, t.settings.Include...) {
			if at := filepath.Join(dir, name); !filepath.IsAbs(name) && t.files.hash(at) != "" {
				path = at
				break
			}
		}
		paths = append(paths, path)
	}
	return paths
}
