package sdk

import (
	"path"
	"strings"

	"mpyld/internal/pattern"
	"mpyld/internal/tarxz"
)

// What modules may need is in few places. The rest of an archive, which has the
// sources of all that MicroPython is ever linked with, is passed over.

// wanted reports whether a file is kept while the sources are read.
func wanted(name string) bool {
	dir, base := path.Split(name)
	ext := path.Ext(base)
	switch {
	case name == license, name == marker:
		return true
	case ext != ".h" && ext != ".c":
		return false
	case dir == "py/":
		return ext == ".h"
	case dir == "ports/stm32/":
		return base == "font_petme128_8x8.h" // of framebuf, until 1.19
	}
	for _, place := range places {
		if strings.HasPrefix(dir, place) {
			return true
		}
	}
	return false
}

const license = "LICENSE"

// examples is where upstream's native modules are, which show what others need.
const examples = "examples/natmod/"

var places = []string{"extmod/", "lib/re1.5/", "lib/uzlib/", "shared/", examples}

// needed are the files for modules: py/*.h, the licence, and what the examples
// include. An SDK file has no more than that.
func needed(t tree) []tarxz.File {
	_, made := t[marker]
	all := map[string]bool{}
	for _, name := range t.names() {
		switch {
		case strings.HasPrefix(name, examples):
			t.follow(name, all)
		case name == license, strings.HasPrefix(name, "py/"), made:
			all[name] = true
		}
	}
	var list []tarxz.File
	for _, name := range t.names() {
		if all[name] && name != marker && !strings.HasPrefix(name, examples) {
			list = append(list, tarxz.File{Name: name, Data: t[name]})
		}
	}
	return list
}

var include = pattern.Of(`(?m)^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]`)

// follow marks a file and all that it includes, whatever the conditions around
// the lines. Names are found beside the file and from the top.
func (t tree) follow(name string, seen map[string]bool) {
	if seen[name] {
		return
	}
	seen[name] = true
	for _, m := range include.Get().FindAllSubmatch(t[name], -1) {
		for _, at := range []string{path.Join(path.Dir(name), string(m[1])), path.Clean(string(m[1]))} {
			if _, ok := t[at]; ok {
				t.follow(at, seen)
			}
		}
	}
}
