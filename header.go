package mpyld

import (
	"strings"

	"mpyld/abiheader"
	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/target"
)

// headers are the languages that Header knows.
var headers = []struct {
	names string
	text  func(*mpyfile.Release) []byte
}{
	{"c c++", abiheader.C},
	{"rust", abiheader.Rust},
}

// Header returns all that a module has to know of MicroPython: mpyld.h for the languages
// "c" and "c++", mpyld.rs for "rust". It is for any release; the one of the target is
// what it takes when a compilation does not say.
func Header(language string, o target.Options) ([]byte, error) {
	to, err := o.Find()
	if err != nil {
		return nil, err
	}
	for _, h := range headers {
		for _, name := range strings.Fields(h.names) {
			if name == language {
				return h.text(to.Release), nil
			}
		}
	}
	return nil, diag.New("", "--lang %s: there is no header for that language", language).Note("it is c, c++ or rust")
}
