// Package dump shows .mpy files: as a tree for people, as a hexdump in which each
// byte has a meaning, and as JSON for programs.
//
// It stands apart because what to show is a matter of taste, which changes more
// often than the format. It must never decide whether a file is good, and never
// leave out what it does not understand.
package dump

import (
	"bufio"
	"fmt"
	"io"

	"mpyld/diag"
	"mpyld/disasm"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// Options are what a dump cannot know by itself.
type Options struct {
	// Machine disassembles parts of code, all that there are in one go: what it
	// runs for that takes long to start. Of a part that it cannot it has no lines.
	Machine func(parts []disasm.Part) [][]disasm.Line

	// Map is what the linker put where, of a linked file; nil: nobody knows.
	Map *linkmap.Listing

	// Debug is what debug information says; nil: there is none.
	Debug *Debug
}

// Debug is what debug information says of a linked module.
type Debug struct {
	Code   *mpytree.Code                                  // which it is
	Symbol func(region mpyfile.Region, off uint64) string // the name of what begins there; "": none
	Source func(off uint64) (lines []string)              // what to show in front of the instruction at a byte of text
}

// Text shows a file as a tree. The error is that of writing.
func Text(w io.Writer, f *mpytree.File, opts Options) error {
	t := &textWriter{w: bufio.NewWriter(w), f: f, opts: opts}
	if opts.Map != nil {
		t.symbol = opts.Map.Names()
	}
	t.disassemble()
	t.header()
	t.code(f.Code, "code")
	return t.w.Flush()
}

type textWriter struct {
	w    *bufio.Writer // keeps the first error
	f    *mpytree.File
	opts Options

	symbol func(region mpyfile.Region, off uint64) string // names an offset of a region; nil: nobody can

	texts map[*mpytree.Code]*machineText
}

// line adds a line, which no name in it can end.
func (t *textWriter) line(format string, args ...any) {
	t.w.WriteString(diag.Plain(fmt.Sprintf(format, args...)))
	t.w.WriteByte('\n')
}

// Header is what a header says, in a line.
func Header(f *mpytree.File) string {
	maker := "MicroPython"
	if f.Maker == mpytree.CircuitPython {
		maker = "CircuitPython"
	}
	s := fmt.Sprintf("%s, mpy version %d", maker, f.Version)
	if f.Version == 6 && f.ArchCode() != 0 {
		s += fmt.Sprintf(".%d", f.Header().Sub())
	}
	if f.ArchCode() != 0 {
		s += ", native code for " + f.ArchName()
	}
	if f.ArchFlags != 0 {
		s += " with " + f.Header().Arch().FlagNames(f.ArchFlags)
	}
	if f.Version == 5 {
		if f.Feature&mpytree.FeatureUnicode == 0 {
			s += ", no unicode"
		}
		if f.CacheBytes() {
			s += ", map cache in bytecode"
		}
		s += fmt.Sprintf(", window of %d qstrs", f.Window)
	}
	return s + fmt.Sprintf(", small ints of %d bits", f.SmallIntBits)
}

func (t *textWriter) header() {
	t.line("header: %s", Header(t.f))
	if t.f.Version == 5 {
		return
	}
	t.line("qstrs: %d", len(t.f.QStrs))
	for i, q := range t.f.QStrs {
		static := ""
		if q.Form == mpytree.Numbered {
			static = "  static"
		}
		t.line("  %4d  %q%s", i, q.Text, static)
	}
	t.objects(t.f.Objects)
}

func (t *textWriter) objects(list []mpytree.Object) {
	t.line("objects: %d", len(list))
	for i, o := range list {
		t.line("  %4d  %s", i, o)
	}
}

// code shows a raw code and those within it.
func (t *textWriter) code(c *mpytree.Code, path string) {
	t.line("")
	t.line("%s: %s%s, %d bytes", path, kindOf(t.f, c), nameOf(t.f, c), len(c.Body))
	switch c.Kind {
	case mpytree.Bytecode:
		t.bytecode(c)
	case mpytree.NativePy:
		t.prelude(c)
		t.links(c)
		t.machine(c)
	case mpytree.Viper, mpytree.Asm:
		t.scope(c)
		t.links(c)
		t.linked(c)
		t.machine(c)
	}
	if t.f.Version == 5 && len(c.Objects) > 0 {
		t.objects(c.Objects)
	}
	for i, child := range c.Children {
		t.code(child, fmt.Sprintf("%s.children[%d]", path, i))
	}
}

// kindOf calls a raw code what people call it.
func kindOf(f *mpytree.File, c *mpytree.Code) string {
	switch c.Kind {
	case mpytree.NativePy:
		return "native code of Python"
	case mpytree.Viper:
		if f.Linked(c) {
			return "linked native module"
		}
		return "viper code"
	case mpytree.Asm:
		return "assembler code"
	}
	return "bytecode"
}

// nameOf is the name of a code that has one, after a space.
func nameOf(f *mpytree.File, c *mpytree.Code) string {
	if c.Kind != mpytree.Bytecode && c.Kind != mpytree.NativePy {
		return ""
	}
	return " " + mpytree.Word(f.Name(c))
}

func (t *textWriter) scope(c *mpytree.Code) {
	s := t.f.Scope()
	if flags := c.ScopeFlags &^ (s.Relocs | s.Rodata | s.BSS); flags != 0 {
		t.line("  flags: %s", scopeText(t.f, flags))
	}
	if c.Kind == mpytree.Asm {
		t.line("  arguments %d, type signature 0x%x", c.PosArgs, c.TypeSig)
	}
	if c.ScopeFlags&s.Rodata != 0 {
		t.line("  rodata: %d bytes", len(c.Rodata))
		t.hex(c.Rodata, 0)
	}
	if c.ScopeFlags&s.BSS != 0 {
		t.line("  bss: %d bytes", c.BSS)
	}
}

func (t *textWriter) links(c *mpytree.Code) {
	if c.Kind == mpytree.Bytecode || len(c.Links) == 0 {
		return
	}
	t.line("  qstrs stored into it: %d", len(c.Links))
	for _, l := range c.Links {
		t.line("    %08x  %-22s %q", l.Off, l.Kind, l.QStr.Text)
	}
}

// linked shows relocations by what they mean: the word at a place becomes the
// address of something.
func (t *textWriter) linked(c *mpytree.Code) {
	if !t.f.Linked(c) {
		return
	}
	words := t.f.Loaded(c)
	t.line("  relocated words: %d", len(words))
	for _, w := range words {
		t.line("    %s+0x%04x  %s", w.Region, w.Off, Destination(t.f, &w, t.symbol))
	}
}
