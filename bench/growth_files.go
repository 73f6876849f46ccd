//go:build linux

package main

import (
	"debug/elf"
	"fmt"
	"strings"

	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/mpytree"
	"mpyld/mpywriter"
)

// fileDimensions: what .mpy files have, for the verbs that read them.
var fileDimensions = concat(
	[]dimension{
		{"merge: jumps that make each other longer", "", 1000, func(n int) sample {
			return verb("merge -o out.mpy objects.mpy jumps.mpy", mpyFile("objects.mpy", objects(200)), mpyFile("jumps.mpy", cascade(n)))
		}},
		{"merge: files", "", 200, func(n int) sample {
			s := verb("merge -o out.mpy")
			for i := range n {
				f := mpyFile(fmt.Sprintf("f%d.mpy", i), names(5))
				s.files, s.args = append(s.files, f), append(s.args, f.Name)
			}
			return s
		}},
	},
	perVerb(300),
	perVerbLinked(150),
)

func concat(lists ...[]dimension) (all []dimension) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// perVerb has one dimension for each verb, with files of n of everything.
func perVerb(n int) (list []dimension) {
	for _, v := range []string{
		"dump a.mpy", "dump --json a.mpy", "dump --hexdump a.mpy", "inspect a.mpy", "check --target 1.28 a.mpy",
		"diff a.mpy b.mpy", "merge -o out.mpy a.mpy b.mpy", "merge --share-names -o out.mpy a.mpy b.mpy",
	} {
		list = append(list, dimension{v, "", n, func(n int) sample {
			return verb(v, mpyFile("a.mpy", everything(n)), mpyFile("b.mpy", everything(n+1)))
		}})
	}
	return list
}

// perVerbLinked is the same with files that are linked first.
func perVerbLinked(n int) (list []dimension) {
	for _, v := range []string{
		"dump l.mpy", "dump --map l.map l.mpy", "dump --json l.mpy", "dump --hexdump l.mpy", "inspect l.mpy", "verify l.mpy",
		"diff l.mpy m.mpy", "diff --map l.map --map m.map l.mpy m.mpy", "merge -o out.mpy l.mpy m.mpy",
	} {
		list = append(list, dimension{v, "", n, func(n int) sample {
			s := verb(v)
			for i, name := range []string{"l", "m"} {
				s.files = append(s.files, fixtures.File{Name: name + ".o", Data: linkable(n + i)})
				s.setup = append(s.setup, []string{"--arch", "x64", "-o", name + ".mpy", "-Map", name + ".map", name + ".o"})
			}
			return s
		}})
	}
	return list
}

// linkable is an object of functions with a section, a pointer and a slot each.
func linkable(n int) []byte {
	sections, symbols := []elfmake.Section{ret()}, []elfmake.Symbol{entry(0)}
	for i := range n {
		f := ret()
		f.Name = fmt.Sprintf(".text.f%d", i)
		f.Relocs = []elfmake.Reloc{{Off: 4, Type: x64GOT, Sym: len(symbols), A: -4}}
		pointerTo(&f, 0)
		symbols = append(symbols, elfmake.Symbol{Name: fmt.Sprintf("f%d", i), Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: len(sections)})
		sections = append(sections, f)
	}
	return x64(sections, symbols)
}

func verb(line string, files ...fixtures.File) sample {
	return sample{files: files, args: strings.Fields(line)}
}

func mpyFile(name string, f *mpytree.File) fixtures.File {
	data, err := mpywriter.WriteTree(f)
	if err != nil {
		panic(err)
	}
	return fixtures.File{Name: name, Data: data}
}

// tree is a file with some bytecode. Its names are those of the module and its
// functions.
func tree(code []byte, lines ...mpytree.Line) *mpytree.File {
	return &mpytree.File{
		Maker: mpytree.MicroPython, Version: 6, SmallIntBits: 31,
		QStrs: []mpytree.QStr{{Text: "module.py"}, {Text: "f"}}, Code: bytecode(code, lines...),
	}
}

func bytecode(code []byte, lines ...mpytree.Line) *mpytree.Code {
	p := mpytree.Prelude{State: 2}
	info := mpytree.AppendLines([]byte{0}, lines)
	body := mpytree.AppendSizes(p.AppendSignature(nil), len(info), 0)
	return &mpytree.Code{Body: append(append(body, info...), code...)}
}

// done is the end of a function.
func done(code []byte) []byte { return append(code, mpytree.OpLoadConstNone, mpytree.OpReturnValue) }

func names(n int) *mpytree.File {
	var code []byte
	f := tree(nil)
	for i := range n {
		code = append(mpytree.AppendUint(append(code, mpytree.OpLoadName), uint64(len(f.QStrs))), mpytree.OpPopTop)
		f.QStrs = append(f.QStrs, mpytree.QStr{Text: fmt.Sprint("name_", i)})
	}
	f.Code = bytecode(done(code))
	return f
}

func objects(n int) *mpytree.File {
	f := tree(done([]byte{mpytree.OpLoadConstObj, 0, mpytree.OpPopTop}))
	for i := range n {
		f.Objects = append(f.Objects, mpytree.Object{Type: mpytree.ObjStr, Text: fmt.Sprint("object ", i)})
	}
	return f
}

// everything has as many names, objects, functions, lines and jumps.
func everything(n int) *mpytree.File {
	f := names(n)
	f.Objects = objects(n).Objects
	var code []byte
	var lines []mpytree.Line
	var children []*mpytree.Code
	add := func(op byte, arg int) {
		code = append(mpytree.AppendUint(append(code, op), uint64(arg)), mpytree.OpPopTop)
	}
	for i := range n {
		lines = append(lines, mpytree.Line{Off: len(code), Line: 2 + i})
		add(mpytree.OpLoadName, 1+i)
		add(mpytree.OpLoadConstObj, i)
		add(mpytree.OpMakeFunction, i)
		code = append(code, mpytree.OpPopJumpIfFalse, 0x40)
		children = append(children, bytecode(done([]byte{mpytree.OpLoadName, 1, mpytree.OpPopTop})))
	}
	f.Code = bytecode(done(code), lines...)
	f.Code.Children = children
	return f
}

// cascade is jumps that go as far as one byte reaches, and behind them an
// instruction that gets longer when the file is not the first.
func cascade(n int) *mpytree.File {
	var code []byte
	for range n {
		code = append(code, mpytree.OpPopJumpIfFalse, 0x40+63, mpytree.OpLoadConstNone)
	}
	code = append(code, mpytree.OpLoadConstObj, 0)
	for range 80 {
		code = append(code, mpytree.OpLoadConstNone)
	}
	f := objects(1)
	f.Code = bytecode(done(code))
	return f
}
