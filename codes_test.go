package mpyld_test

import (
	"go/ast"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mpyld/diag"
)

// coded are the packages whose errors all have codes: what a link can say.
var coded = strings.Fields("mpyld elfload internal/inputs ldscript link link/internal/assign link/internal/bind link/internal/demand link/internal/emit link/internal/layout link/internal/resolve link/internal/rewrite qstrlink target")

// makers are what errors are made with, and which argument is the format.
var makers = map[string]int{"New": 1, "Add": 1, "fail": -1, "failure": -1, "errorf": 0, "warn": -1, "add": -1, "Of": 0}

// formatsOf returns the formats of the errors that a file makes.
func formatsOf(f goFile) (formats []string) {
	ast.Inspect(f.File, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := ""
		switch fn := call.Fun.(type) {
		case *ast.SelectorExpr:
			name = fn.Sel.Name
			if x, ok := fn.X.(*ast.Ident); name == "New" && (!ok || x.Name != "diag") {
				return true
			}
		case *ast.Ident:
			name = fn.Name
		}
		at, ok := makers[name]
		if !ok {
			return true
		}
		for i, arg := range call.Args {
			if text, ok := literal(arg); ok && (i == at || at < 0) && text != "" {
				if name == "errorf" {
					text = "malformed ELF file: " + text
				}
				formats = append(formats, text)
				break
			}
		}
		return true
	})
	return formats
}

// literal returns the start of a text that is a literal, or begins with one.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, err := strconv.Unquote(e.Value)
			return s, err == nil
		}
	case *ast.BinaryExpr:
		return literal(e.X)
	}
	return "", false
}

// TestCodes: whatever is wrong with a link has a code, each row of the table is of an error that there is,
// and a code is a word that programs can rely on.
func TestCodes(t *testing.T) {
	var formats []string
	for _, f := range goFiles(t) {
		if f.test {
			continue
		}
		for _, format := range formatsOf(f) {
			formats = append(formats, format)
			if slices.Contains(coded, f.pkg()) && diag.CodeOf(format) == "" && !strings.Contains(passedOn, "\n"+format+"\n") {
				t.Errorf("%s: no row of diag/codes is for %q", f.name, format)
			}
		}
	}
	if len(formats) < 150 {
		t.Errorf("only %d errors were found", len(formats))
	}
	doc, err := os.ReadFile("docs/JSON.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("diag/codes")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if words[0] == "" || words[0] == "#" {
			continue
		}
		if len(words) != 3 || strings.Trim(words[0], "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("diag/codes: %s", line)
			continue
		}
		if !strings.Contains(string(doc), "\n| `"+words[0]+"` |") {
			t.Errorf("docs/JSON.md does not have the code %s", words[0])
		}
		pattern, begins := strings.CutSuffix(words[2], "...")
		if !slices.ContainsFunc(formats, func(f string) bool { return f == pattern || begins && strings.HasPrefix(f, pattern) }) {
			t.Errorf("diag/codes: no error is made with %q", words[2])
		}
	}
}

// passedOn are formats whose texts are those of other errors, or no errors.
const passedOn = `
%s
%v
%s against %s: %s
%s against %s: 
`
