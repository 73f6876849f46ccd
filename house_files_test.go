package mpyld_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pkg is the name of the file's package in the table of imports.
func (f goFile) pkg() string {
	if dir := path.Dir(f.name); dir != "." {
		return dir
	}
	return module
}

// A goFile is one of our source files.
type goFile struct {
	*ast.File
	fset *token.FileSet
	name string // from the root, with slashes
	test bool
}

// goFiles parses every Go file of the repository, whatever its build tags.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	fset := token.NewFileSet()
	var files []goFile
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		slashed := filepath.ToSlash(name)
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if base := path.Base(slashed); slashed != "." && (slashed == "build" || slashed == "bin" || base == "testdata" || base[0] == '.') {
				return filepath.SkipDir
			}
			return nil
		case path.Ext(slashed) != ".go":
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, slashed, src, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, goFile{f, fset, slashed, strings.HasSuffix(slashed, "_test.go")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go files")
	}
	slices.SortFunc(files, func(a, b goFile) int { return cmp.Compare(a.name, b.name) })
	return files
}
