// Package diff compares two .mpy files by what they mean: names, constants,
// functions, relocations, sizes.
//
// It stands apart because bytes say little: one more name moves all that comes
// after it. It must call two files the same only if firmware cannot tell them
// apart but by the names of their sources.
package diff

import (
	"fmt"
	"slices"

	"mpyld/diag"
	"mpyld/dump"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// Side is one of the two files.
type Side struct {
	File *mpytree.File
	Map  *linkmap.Listing // if there is one
}

// Compare returns the differences, a line each; none if the files mean the same.
func Compare(a, b Side) []string {
	d := &differ{a: a, b: b}
	d.value("header", dump.Header(a.File), dump.Header(b.File))
	d.value("source file", mpytree.Word(source(a.File)), mpytree.Word(source(b.File)))
	d.names()
	d.multiset("constant object", constants(a.File), constants(b.File))
	d.codes()
	d.sections()
	return d.list
}

type differ struct {
	a, b Side
	list []string
}

func (d *differ) add(format string, args ...any) {
	d.list = append(d.list, diag.Plain(fmt.Sprintf(format, args...)))
}

func (d *differ) value(what string, a, b any) {
	if a != b {
		d.add("%s: %v -> %v", what, a, b)
	}
}

// multiset compares lists in which only the number of each text counts.
func (d *differ) multiset(what string, a, b []string) {
	count := map[string][2]int{}
	var order []string
	for side, list := range [2][]string{a, b} {
		for _, s := range list {
			c, seen := count[s]
			if !seen {
				order = append(order, s)
			}
			c[side]++
			count[s] = c
		}
	}
	for _, s := range order {
		switch c := count[s]; {
		case c[0] == c[1]:
		case c[0] == 0:
			d.add("%s: + %s%s", what, s, times(c[1]))
		case c[1] == 0:
			d.add("%s: - %s%s", what, s, times(c[0]))
		default:
			d.add("%s: %s: %d -> %d", what, s, c[0], c[1])
		}
	}
}

func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" (%d times)", n)
}

func source(f *mpytree.File) string {
	if f.Version == 5 {
		return f.Code.Source.Text
	}
	return f.Text(0)
}

// names compares names as sets: which number one has means nothing, but to
// linked code, of which it is a part.
func (d *differ) names() {
	a, b := texts(d.a.File), texts(d.b.File)
	before := len(d.list)
	d.multiset("name", unique(a), unique(b))
	numbered := linkedCode(d.a.File) != nil && linkedCode(d.b.File) != nil
	if len(d.list) == before && numbered && !slices.Equal(a, b) {
		d.add("names: their order differs")
	}
}

// texts are the names that a file has, in order, without that of its source.
func texts(f *mpytree.File) []string {
	var list []string
	add := func(q mpytree.QStr) { list = append(list, fmt.Sprintf("%q", q.Text)) }
	if f.Version == 6 {
		for _, q := range f.QStrs[min(1, len(f.QStrs)):] {
			add(q)
		}
		return list
	}
	for _, c := range f.Codes() {
		if c.Kind == mpytree.Bytecode || c.Kind == mpytree.NativePy {
			add(c.Name)
		}
		for _, q := range c.ArgNames {
			add(q)
		}
		for _, l := range c.Links {
			add(l.QStr)
		}
	}
	return list
}

func unique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

func constants(f *mpytree.File) []string {
	var list []string
	add := func(objects []mpytree.Object) {
		for _, o := range objects {
			list = append(list, o.String())
		}
	}
	add(f.Objects)
	for _, c := range f.Codes() {
		add(c.Objects)
	}
	return list
}

func linkedCode(f *mpytree.File) *mpytree.Code {
	for _, c := range f.Codes() {
		if f.Linked(c) {
			return c
		}
	}
	return nil
}

// codes compares raw codes that have the same place among names.
func (d *differ) codes() {
	a, b := named(d.a.File), named(d.b.File)
	inA, inB := byName(a), byName(b)
	for _, n := range a {
		if c := inB[n.name]; c == nil {
			d.add("%s: - %s, %d bytes", n.name, n.code.Kind, len(n.code.Body))
		} else {
			d.code(n.name, n.code, c)
		}
	}
	for _, n := range b {
		if inA[n.name] == nil {
			d.add("%s: + %s, %d bytes", n.name, n.code.Kind, len(n.code.Body))
		}
	}
}

func byName(list []namedCode) map[string]*mpytree.Code {
	m := map[string]*mpytree.Code{}
	for _, n := range list {
		m[n.name] = n.code
	}
	return m
}

type namedCode struct {
	name string
	code *mpytree.Code
}

// named gives each code a name: those of the functions and classes around it,
// and a number if there are several.
func named(f *mpytree.File) []namedCode {
	var list []namedCode
	seen := map[string]int{}
	var walk func(prefix string, c *mpytree.Code)
	walk = func(prefix string, c *mpytree.Code) {
		name := mpytree.Word(f.Name(c))
		if f.Name(c) == "" {
			name = c.Kind.String()
			if f.Linked(c) {
				name = "native module"
			}
		}
		if prefix != "" {
			name = prefix + "." + name
		}
		if seen[name]++; seen[name] > 1 {
			name += fmt.Sprintf("#%d", seen[name])
		}
		list = append(list, namedCode{name, c})
		if name == "<module>" {
			name = ""
		}
		for _, child := range c.Children {
			walk(name, child)
		}
	}
	walk("", f.Code)
	return list
}

func (d *differ) code(name string, a, b *mpytree.Code) {
	if a.Kind != b.Kind {
		d.add("%s: %s -> %s", name, a.Kind, b.Kind)
		return
	}
	fa, fb := d.a.File, d.b.File
	d.value(name+": arguments", fmt.Sprintf("%q", dump.Args(fa, a)), fmt.Sprintf("%q", dump.Args(fb, b)))
	d.value(name+": flags", fmt.Sprintf("0x%x", a.ScopeFlags), fmt.Sprintf("0x%x", b.ScopeFlags))
	d.value(name+": assembler signature", fmt.Sprint(a.PosArgs, a.TypeSig), fmt.Sprint(b.PosArgs, b.TypeSig))
	d.prelude(name, a, b)
	if a.Kind == mpytree.Bytecode {
		d.instructions(name, a, b)
		return
	}
	d.bytes(name+": code", a.Body, b.Body)
	d.bytes(name+": rodata", a.Rodata, b.Rodata)
	d.value(name+": bss bytes", a.BSS, b.BSS)
	if fa.Linked(a) && fb.Linked(b) {
		d.multiset(name+": relocation to", destinations(fa, a), destinations(fb, b))
	}
}

func (d *differ) prelude(name string, a, b *mpytree.Code) {
	p, err1 := a.Prelude(d.a.File.Version)
	q, err2 := b.Prelude(d.b.File.Version)
	if err1 != nil || err2 != nil || p == nil || q == nil {
		return
	}
	numbers := func(p *mpytree.Prelude) string {
		return fmt.Sprintf("state %d, handlers %d, flags 0x%x, arguments %d + %d, defaults %d", p.State, p.ExcStack, p.ScopeFlags, p.PosArgs, p.KwOnly, p.DefPos)
	}
	d.value(name, numbers(p), numbers(q))
	d.value(name+": cells", fmt.Sprint(a.Body[p.Cells:p.Code]), fmt.Sprint(b.Body[q.Cells:q.Code]))
	if a.Kind == mpytree.NativePy {
		lines := func(f *mpytree.File, c *mpytree.Code, p *mpytree.Prelude) string {
			return fmt.Sprint(mpytree.MergeLines(mpytree.LineMap(f.Version, c.Body[p.Lines:p.Cells])))
		}
		if lines(d.a.File, a, p) != lines(d.b.File, b, q) {
			d.add("%s: line numbers differ", name)
		}
	}
}

// bytes compares contents.
func (d *differ) bytes(what string, a, b []byte) {
	if len(a) != len(b) {
		d.add("%s: %d -> %d bytes", what, len(a), len(b))
		return
	}
	differ, first := 0, 0
	for i := range a {
		if a[i] != b[i] {
			if differ == 0 {
				first = i
			}
			differ++
		}
	}
	if differ > 0 {
		d.add("%s: %d of %d bytes differ, the first at 0x%x", what, differ, len(a), first)
	}
}

// destinations are what the words of linked code become, but for where in text
// and data they point: that moves with every change.
func destinations(f *mpytree.File, c *mpytree.Code) []string {
	var list []string
	for _, w := range f.Loaded(c) {
		if w.Dest.Kind <= mpyfile.ToBSS {
			list = append(list, w.Dest.String())
		} else {
			list = append(list, dump.Destination(f, &w, nil))
		}
	}
	slices.Sort(list)
	return list
}
