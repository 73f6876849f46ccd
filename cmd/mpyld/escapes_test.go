package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"mpyld/fixtures/elfmake"
	"mpyld/mpytree"
	"mpyld/mpywriter"
)

// hostileNames are what names can have in them to look like something else:
// line breaks of all kinds, what terminals obey, directions of writing, what is no
// UTF-8, and what maps and errors separate names with.
var hostileNames = []string{
	"x\nmpyld: error: forged\r\n\x1b[2J\x1b]0;t\x07", "x\x7f\x08\u009b31m\u0085", "x\x9b31m\xff", "\tx\v\f",
	"x\u202ey\u2066\u2028y\u2029\u00a0\u200b\ufeff\U000e0001", "x size=1 y -> text+00000000", `"x"\`, " x\n  00000000 .text size=4 y",
}

// named are the inputs of one run of everything: all names in them are made of one.
type named struct {
	t    *testing.T
	dir  string
	name string
}

// in is the name of a kind, which tells it from other kinds.
func (n *named) in(kind string) string { return kind + n.name }

// file is the path of a file with a name as hostile as a file system allows.
func (n *named) file(kind, ext string) string {
	return filepath.Join(n.dir, strings.ReplaceAll(n.in(kind), "/", "_")+ext)
}

func (n *named) write(kind, ext string, data []byte) string {
	path := n.file(kind, ext)
	if err := os.WriteFile(path, data, 0o666); err != nil {
		n.t.Fatal(err)
	}
	return path
}

// object calls a function of an archive, the firmware, and something by the GOT.
// With undefined, also something that nobody has.
func (n *named) object(undefined bool) []byte {
	undef := func(kind string) elfmake.Symbol {
		return elfmake.Symbol{Name: n.in(kind), Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}
	}
	call := func(off uint64, sym int, typ elf.R_X86_64) elfmake.Reloc {
		return elfmake.Reloc{Off: off, Type: uint32(typ), Sym: sym, A: -4}
	}
	text := bytes.Repeat([]byte{0x90}, 64)
	copy(text[32:], "\x48\x8b\x05\x00\x00\x00\x00") // mov v@GOTPCREL(%rip), %rax
	o := elfmake.Object{
		Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true,
		Sections: []elfmake.Section{
			{
				Name: n.in(".text."), Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: text,
				Relocs: []elfmake.Reloc{call(1, 1, elf.R_X86_64_PLT32), call(9, 2, elf.R_X86_64_PLT32), call(35, 4, elf.R_X86_64_GOTPCREL), call(41, 5, elf.R_X86_64_PC32)},
			},
			{Name: n.in(".data."), Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 8, Data: make([]byte, 8)},
			{Name: n.in(".bss."), Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 8, Size: 16},
		},
		Symbols: []elfmake.Symbol{
			{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC},
			undef("member"), undef("firmware"),
			{Name: n.in("common"), Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: elfmake.Common, Value: 4, Size: 4},
			{Name: n.in("data"), Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Size: 8},
			{Name: n.in("bss"), Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 2, Size: 8},
		},
	}
	if undefined {
		o.Symbols = append(o.Symbols, undef("nowhere"))
		o.Sections[0].Relocs = append(o.Sections[0].Relocs, call(49, 6, elf.R_X86_64_PLT32))
	}
	return o.Bytes()
}

// library is an archive of a function.
func (n *named) library() []byte {
	member := elfmake.Object{
		Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true,
		Sections: []elfmake.Section{{Name: n.in(".text.lib"), Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: []byte{0xc3, 0x90, 0x90, 0x90}}},
		Symbols:  []elfmake.Symbol{{Name: n.in("member"), Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC}},
	}
	name := strings.NewReplacer("\n", "_", "/", "_").Replace(n.in("member")) // what separates them in an archive
	return elfmake.Dialects[0].Build([]elfmake.Member{{Name: name + ".o", Symbol: n.in("member"), Data: member.Bytes()}})
}

func (n *named) firmware() []byte {
	o := firmware(elf.EM_X86_64, elf.ELFCLASS64)
	o.Symbols = append(o.Symbols, elfmake.Symbol{Name: n.in("firmware"), Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: elfmake.Abs, Value: 0x20005000})
	return o.Bytes()
}

// tree is a stored file with other names and constants.
func (n *named) tree(data []byte) []byte {
	f, err := mpytree.Parse(data)
	if err != nil {
		n.t.Fatal(err)
	}
	rename := func(q *mpytree.QStr) {
		if q.Form != mpytree.Numbered {
			q.Text = n.in(q.Text)
		}
	}
	var constants func(list []mpytree.Object)
	constants = func(list []mpytree.Object) {
		for i := range list {
			if o := &list[i]; o.Type == mpytree.ObjStr || o.Type == mpytree.ObjBytes {
				o.Text = n.in("text")
			}
			constants(list[i].Items)
		}
	}
	for i := range f.QStrs {
		rename(&f.QStrs[i])
	}
	constants(f.Objects)
	for _, c := range f.Codes() {
		constants(c.Objects)
		rename(&c.Name)
		rename(&c.Source)
		for k := range c.ArgNames {
			rename(&c.ArgNames[k])
		}
		for k := range c.Links {
			rename(&c.Links[k].QStr)
		}
	}
	out, err := mpywriter.WriteTree(f)
	if err != nil {
		n.t.Fatal(err)
	}
	return out
}

// ascii is what of a name can be in a linked module.
func ascii(name string) string {
	text := []byte(name)
	for i, c := range text {
		if c >= utf8.RuneSelf {
			text[i] = '?'
		}
	}
	return string(text)
}

// call runs the command and returns all that it showed.
func (n *named) call(want int, args ...string) string {
	n.t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(append([]string{"mpyld"}, args...), &stdout, &stderr); code != want {
		n.t.Errorf("%q: exit code %d, want %d: %s", args, code, want, stderr.String())
	}
	return stdout.String() + stderr.String()
}

func (n *named) read(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		n.t.Fatal(err)
	}
	return string(data)
}

// everything returns what all that the command does prints and writes as text, by
// what was done.
func (n *named) everything(stored testFiles) map[string]string {
	object, broken := n.write("object", ".o", n.object(false)), n.write("broken", ".o", n.object(true))
	lib, fw := n.write("lib", ".a", n.library()), n.write("fw", ".elf", n.firmware())
	module, mapFile, why := n.file("module", ".mpy"), n.file("map", ".map"), n.file("why", ".txt")
	missing := n.file("missing", ".o")
	link := []string{
		"-l", lib, "-R", fw, "-o", module, "-Map", mapFile, "--why-extract", why, "--source-name", ascii(n.in("source")),
		"--trace-symbol", n.in("member"), "--defsym", strings.ReplaceAll(n.in("defined"), "=", "_") + "=1", "-v", "-v", object,
	}
	shown := map[string]string{
		"link":      n.call(exitOK, link...),
		"undefined": n.call(exitFailed, "-l", lib, "-R", fw, "-o", n.file("no", ".mpy"), broken),
		"twice":     n.call(exitFailed, "-l", lib, "-R", fw, "-o", n.file("no", ".mpy"), object, broken),
		"missing":   n.call(exitFailed, "-o", n.file("no", ".mpy"), "-l", missing, "-e", missing, "--qstrs", missing, missing),
		"no object": n.call(exitFailed, "-o", n.file("no", ".mpy"), lib),
		"no option": n.call(exitUsage, "--"+n.in("strange"), object),
		"no verb":   n.call(exitUsage, "./"+n.in("verb")),
		"no arch":   n.call(exitUsage, "--arch", n.in("arch"), "--target", n.in("target"), object),
		"no number": n.call(exitUsage, "--error-limit", n.in("limit"), "--arch-flags", n.in("flags"), object),
		"no defsym": n.call(exitFailed, "--defsym", n.in("f")+"=+", "-o", n.file("no", ".mpy"), object),
		"no script": n.call(exitFailed, "-e", n.write("script", ".ld", []byte(strings.Repeat(" ", 512)+n.in("a = "))), "-o", n.file("no", ".mpy"), object),
		"no names":  n.call(exitFailed, "--qstrs", n.write("config", ".h", []byte("#define MP_QSTR_"+n.in("q")+" (bad)\n")), "-o", n.file("no", ".mpy"), object),
		"no args":   n.call(exitUsage, "@"+n.in("args")),
		"overwrite": n.call(exitUsage, "-o", object, object),
		"two":       n.call(exitUsage, "-o", module, "-Map", module, object),
		"header":    n.call(exitFailed, "--preprocess", "-o", n.file("header", ".h"), missing),
		"map":       n.read(mapFile),
		"why":       strings.ReplaceAll(n.read(why), "\t", " "), // which separates its columns
		"map read":  n.call(exitOK, "dump", "--map", mapFile, module),
	}
	files := []string{module}
	for _, name := range []string{"py/functions-O0-1.29-preview.mpy", "py/constants-O0-1.29-preview.mpy", "py/functions-O0-1.17.mpy", "py/native-armv7m-1.22.mpy"} {
		if stored[name] == nil {
			n.t.Fatalf("no %s", name)
		}
		files = append(files, n.write(strconv.Itoa(len(files)), ".mpy", n.tree(stored[name])))
	}
	merged := n.file("merged", ".mpy")
	shown["merge"] = n.call(exitOK, "merge", "-o", merged, files[0], files[1])
	for i, file := range append(files, merged) {
		shown[fmt.Sprint("dump ", i)] = n.call(exitOK, "dump", file, file)
		shown[fmt.Sprint("hexdump ", i)] = n.call(exitOK, "dump", "-x", file)
		shown[fmt.Sprint("dump --json ", i)] = n.call(exitOK, "dump", "--json", file)
		shown[fmt.Sprint("inspect ", i)] = n.call(exitOK, "inspect", file)
		shown[fmt.Sprint("inspect --json ", i)] = n.call(exitOK, "inspect", "--json", file)
		if i > 0 {
			shown[fmt.Sprint("diff ", i)] = n.call(exitFailed, "diff", files[0], file)
		}
	}
	shown["verify"] = n.call(exitOK, "verify", module)
	shown["verify no"] = n.call(exitFailed, "verify", files[1])
	shown["check"] = n.call(exitOK, "check", "--target", "latest", module)
	shown["check no"] = n.call(exitFailed, "check", "--target", "1.12", module)
	cut := n.write("cut", ".mpy", []byte(n.read(module)[:20]))
	for _, verb := range []string{"verify", "dump", "inspect"} {
		shown[verb+" cut"] = n.call(exitFailed, verb, cut)
	}
	return shown
}

// TestEscapes: whatever names are in inputs, in every place that has one, what is
// printed and written is text without anything that is obeyed, and no name
// makes a line.
func TestEscapes(t *testing.T) {
	stored, err := scriptInputs()
	if err != nil {
		t.Fatal(err)
	}
	const length = 45 // of all: a hexdump has a line for so many bytes
	usual := (&named{t, t.TempDir(), strings.Repeat("x", length)}).everything(stored)
	for _, name := range hostileNames {
		name += strings.Repeat("x", length-len(name))
		dir := t.TempDir()
		for what, text := range (&named{t, dir, name}).everything(stored) {
			if !utf8.ValidString(text) {
				t.Errorf("%q: %s: not UTF-8: %q", name, what, text)
			}
			for line := range strings.Lines(text) {
				if bad := strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return !strconv.IsPrint(r) }); bad >= 0 {
					t.Errorf("%q: %s: %q", name, what, line)
				}
			}
			if got, want := strings.Count(text, "\n"), strings.Count(usual[what], "\n"); got != want {
				t.Errorf("%q: %s: %d lines, not %d:\n%s\n%s", name, what, got, want, text, usual[what])
			}
		}
	}
}
