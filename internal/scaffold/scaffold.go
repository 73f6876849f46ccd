// Package scaffold has what a new module's directory starts with: a source that
// works, its manifest, a test, and what a repository of it wants.
//
// It stands apart because its files are the author's from then on: nothing else
// here may depend on what is in them. It writes nothing.
package scaffold

import (
	"embed"
	"slices"
	"strings"

	"mpyld/abiheader"
	"mpyld/diag"
	"mpyld/mpyfile"
)

// A File is one to be written, by its name from the module's directory.
type File struct {
	Name string
	Data []byte
}

//go:embed files
var files embed.FS

// A row is a file: what it is called, and which of ours it is. NAME is the module's.
type row struct{ name, from string }

// common are the files of modules in any language.
var common = []row{
	{"test.py", "test.py"},
	{".gitignore", "gitignore"},
	{".github/workflows/build.yml", "build.yml"},
}

// languages are what modules can be written in.
var languages = []struct {
	name string
	rows []row
}{
	{"c", []row{{"NAME.c", "module.c"}, {"mpyld.toml", "c.toml"}}},
	{"c++", []row{{"NAME.cpp", "module.cpp"}, {"mpyld.toml", "cpp.toml"}}},
	{"rust", []row{{"src/lib.rs", "lib.rs"}, {"src/" + abiheader.FileRust, ""}, {"Cargo.toml", "Cargo.toml"}, {"mpyld.toml", "rust.toml"}}},
}

// Languages are the names of them.
func Languages() []string {
	var names []string
	for _, l := range languages {
		names = append(names, l.name)
	}
	return names
}

// Files returns the files for a module.
func Files(name, language string) ([]File, error) {
	i := slices.Index(Languages(), language)
	if i < 0 {
		return nil, diag.New("", "--lang %s: mpyld cannot begin a module in that language", language).Note("it is one of %s", strings.Join(Languages(), ", "))
	}
	if err := checkName(name, language); err != nil {
		return nil, err
	}
	var list []File
	for _, r := range slices.Concat(languages[i].rows, common) {
		data, err := r.data(name)
		if err != nil {
			return nil, err
		}
		list = append(list, File{strings.ReplaceAll(r.name, "NAME", name), data})
	}
	return list, nil
}

// data is what a file has in it.
func (r row) data(name string) ([]byte, error) {
	if r.from == "" {
		return abiheader.Rust(mpyfile.Newest), nil
	}
	text, err := files.ReadFile("files/" + r.from)
	return []byte(strings.ReplaceAll(string(text), "NAME", name)), err
}
