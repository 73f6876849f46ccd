// Package qstrlink knows the names of a native module: it finds MP_QSTR_ words
// in sources, writes the config header that numbers them, and reads that
// header back at link time.
//
// It stands apart because the header is the one agreement between compiling
// and linking: C code indexes the module's qstr table with the numbers written
// here, and the linker fills the table in the order read here. It must never
// renumber, reorder or repair names it reads: code already compiled
// has the old numbers in it.
//
// Example:
//
//	mp_obj_new_str(MP_QSTR_add); x = MP_QSTR_a;    the names add, a, in that order
package qstrlink

import (
	"bytes"
	"slices"
	"strings"
)

// MaxNames is how many names a module can have: firmware has 16 bits for the
// number of one (MicroPython py/persistentcode.c@v1.28.0, and the qstr_table_t of
// a module context).
const MaxNames = 1 << 16

// prefix begins every C spelling of a qstr.
const prefix = "MP_QSTR_"

// Scan returns the names (without MP_QSTR_) that src mentions, in order of
// first mention. It stops at one more than MaxNames.
//
// It takes the text as it stands, as mpy_ld.py does: comments, strings and
// disabled code count, included headers do not, and a word that merely ends in
// MP_QSTR_x counts as x.
func Scan(src []byte) []string {
	var names []string
	seen := map[string]bool{}
	for {
		i := bytes.Index(src, []byte(prefix))
		if i < 0 || len(names) > MaxNames {
			return names
		}
		src = src[i+len(prefix):]
		n := wordLen(src)
		// A map lookup with string(bytes) does not allocate; most mentions repeat.
		if word := src[:n]; !seen[string(word)] {
			name := string(word)
			seen[name] = true
			names = append(names, name)
		}
		src = src[n:]
	}
}

// wordLen is the length of the longest prefix of b in [A-Za-z0-9_]*.
func wordLen[T string | []byte](b T) int {
	for i := 0; i < len(b); i++ {
		if !isWord(b[i]) {
			return i
		}
	}
	return len(b)
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

// numbers returns the names that sources need the number of: all they mention
// but the static ones, sorted by their bytes, each once.
func numbers(sources ...[]byte) []string {
	var names []string
	for _, src := range sources {
		for _, name := range Scan(src) {
			if _, static := staticWord(name); !static {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// word returns the C word of a name.
func word(name string) string { return prefix + name }

// trimWord is the name of a C word, if it is the word of one.
func trimWord(s string) (name string, ok bool) { return strings.CutPrefix(s, prefix) }
