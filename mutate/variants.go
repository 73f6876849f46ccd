package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// To build a program for each mistake takes longer than to run it. So one program
// has all mistakes that are inside of functions: each is a copy of its function, and the
// function itself asks which is wanted. For example, of a function with the mistakes 3
// and 8:
//
//	func (l *list) at(i int) item {
//		switch mutant {
//		case -1:
//			mutantCalls(3)
//		case 3:
//			return l.at_mutant3(i)
//		case 8:
//			return l.at_mutant8(i)
//		}
//		return l.at_mutant0(i)
//	}
//
// The number -1 is for finding out which tests call the function.
//
// A mistake elsewhere, in a table for example, needs a program of its own.

// variants is a file with copies of functions.
type variants struct {
	source string
	fset   *token.FileSet
	file   *ast.File
	of     map[int][]variant // by number of a declaration
}

// variant is a copy of a function with a mistake.
type variant struct {
	number int
	text   string // from the word func on
	name   int    // where in it the name begins
}

func newVariants(name, source string) (*variants, error) {
	v := &variants{source: source, fset: token.NewFileSet(), of: map[int][]variant{}}
	var err error
	v.file, err = parser.ParseFile(v.fset, name, source, parser.SkipObjectResolution)
	return v, err
}

// add adds a mistake, by the source that has it, and reports whether that is
// possible.
func (v *variants) add(number int, mutated string) bool {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "mutated.go", mutated, parser.SkipObjectResolution)
	if err != nil || len(file.Decls) != len(v.file.Decls) {
		return false
	}
	differs := -1
	for i := range file.Decls {
		if textOf(fset, mutated, file.Decls[i]) == textOf(v.fset, v.source, v.file.Decls[i]) {
			continue
		}
		if differs >= 0 {
			return false
		}
		differs = i
	}
	if differs < 0 {
		return false
	}
	was, ok := v.file.Decls[differs].(*ast.FuncDecl)
	is, also := file.Decls[differs].(*ast.FuncDecl)
	if !ok || !also || was.Name.Name != is.Name.Name || was.Name.Name == "init" || was.Type.TypeParams != nil || hasTypeParams(was.Recv) {
		return false
	}
	v.of[differs] = append(v.of[differs], variant{number, textOf(fset, mutated, is), int(is.Name.Pos() - is.Pos())})
	return true
}

func hasTypeParams(recv *ast.FieldList) bool {
	if recv == nil {
		return false
	}
	t := recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	_, plain := t.(*ast.Ident)
	return !plain
}

func textOf(fset *token.FileSet, source string, n ast.Node) string {
	return source[fset.Position(n.Pos()).Offset:fset.Position(n.End()).Offset]
}

// lines is where in a file a mistake is, both included.
type lines struct{ number, from, to int }

// String returns the file with all copies, and where they are.
func (v *variants) write() (text string, places []lines) {
	var b strings.Builder
	line := 1
	put := func(s string) {
		b.WriteString(s)
		line += strings.Count(s, "\n")
	}
	done := 0 // of the source
	for i, decl := range v.file.Decls {
		if len(v.of[i]) == 0 {
			continue
		}
		fn := decl.(*ast.FuncDecl)
		at := v.fset.Position(fn.Name.Pos()).Offset
		put(v.source[done:at] + nameOf(fn, 0))
		done = at + len(fn.Name.Name)
	}
	put(v.source[done:] + "\n")
	for i, decl := range v.file.Decls {
		if len(v.of[i]) == 0 {
			continue
		}
		fn := decl.(*ast.FuncDecl)
		for _, c := range v.of[i] {
			from := line
			put(c.text[:c.name] + nameOf(fn, c.number) + c.text[c.name+len(fn.Name.Name):])
			places = append(places, lines{c.number, from, line})
			put("\n\n")
		}
		put(v.chooser(fn, v.of[i]))
	}
	return b.String(), places
}

func nameOf(fn *ast.FuncDecl, number int) string {
	return fmt.Sprintf("%s_mutant%d", fn.Name.Name, number)
}

// chooser returns the function that calls the wanted copy.
func (v *variants) chooser(fn *ast.FuncDecl, copies []variant) string {
	text := func(n ast.Node) string { return textOf(v.fset, v.source, n) }
	recv, self := "", ""
	if fn.Recv != nil {
		recv, self = "(self "+text(fn.Recv.List[0].Type)+") ", "self."
	}
	var params, args []string
	for _, p := range fn.Type.Params.List {
		for range max(len(p.Names), 1) {
			name := fmt.Sprintf("p%d", len(params))
			params = append(params, name+" "+text(p.Type))
			if _, more := p.Type.(*ast.Ellipsis); more {
				name += "..."
			}
			args = append(args, name)
		}
	}
	results, give := "", ""
	if fn.Type.Results != nil {
		results, give = text(fn.Type.Results)+" ", "return "
	}
	call := func(number int) string {
		return give + self + nameOf(fn, number) + "(" + strings.Join(args, ", ") + ")"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "func %s%s(%s) %s{\n\tswitch mutant {\n", recv, fn.Name.Name, strings.Join(params, ", "), results)
	fmt.Fprintf(&b, "\tcase %d:\n\t\tmutantCalls(%d)\n", tracing, copies[0].number)
	for _, c := range copies {
		fmt.Fprintf(&b, "\tcase %d:\n\t\t%s\n", c.number, call(c.number))
		if give == "" {
			b.WriteString("\t\treturn\n")
		}
	}
	fmt.Fprintf(&b, "\t}\n\t%s\n}\n\n", call(0))
	return b.String()
}

// functions adds the number of the function that each mistake is in: that of the first there.
func (v *variants) functions(of map[int]int) {
	for _, copies := range v.of {
		for _, c := range copies {
			of[c.number] = copies[0].number
		}
	}
}

// chosen is the file that says in a package which mistake is wanted, by a file with the number
// of the process group; and that writes down which functions are called, in another.
func chosen(pkg, dir string) string {
	return fmt.Sprintf(`package %s

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

var mutantFile = %q + strconv.Itoa(syscall.Getpgrp())

var mutant = func() int {
	text, _ := os.ReadFile(mutantFile)
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}()

var mutantKnown sync.Map

func mutantCalls(function int) {
	if _, known := mutantKnown.LoadOrStore(function, true); known {
		return
	}
	f, err := os.OpenFile(mutantFile+%q+strconv.Itoa(os.Getpid()), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err == nil {
		_, err = fmt.Fprintln(f, function)
		f.Close()
	}
	if err != nil {
		panic(err)
	}
}
`, pkg, dir+"/", calledFile)
}

// calledFile is in the names of files with the functions that were called, in front of the number of the process: tests
// set limits on how long files get.
const calledFile = ".called."

// without leaves out some mistakes.
func (v *variants) without(numbers map[int]bool) {
	for i := range v.of {
		v.of[i] = slices.DeleteFunc(v.of[i], func(c variant) bool { return numbers[c.number] })
	}
}
