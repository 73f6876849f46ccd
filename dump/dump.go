// Package dump shows .mpy files: as a tree for people, as a hexdump in which each
// byte has a meaning, and as JSON for programs.
//
// It stands apart because what to show is a matter of taste, which changes more
// often than the format. It must never decide whether a file is good, and never
// leave out what it does not understand.
package dump

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// MachineLine is one line of machine code.
type MachineLine struct {
	Off, Size int
	Text      string
	Target    int // where it jumps to, in bytes from the start; -1 if it does not
	Refers    int // another place that it refers to; -1 if there is none
}

// Options are what a dump cannot know by itself.
type Options struct {
	// Machine disassembles code from from to to. It returns nil if it cannot.
	Machine func(code []byte, from, to int) []MachineLine

	// Symbol names an offset of a region; "" if it has no name.
	Symbol func(region mpyfile.Region, off uint64) string

	// Pieces are what the linker put where, by address.
	Pieces []Piece
}

// Piece is a part of a linked module that came from one section of one object.
type Piece struct {
	Region mpyfile.Region
	Addr   uint64
	Size   uint64
	Name   string // "a.o:(.text)"
	Data   bool   // there are no instructions in it
}

// Text shows a file as a tree.
func Text(f *mpytree.File, opts Options) string {
	t := &texter{f: f, opts: opts}
	t.header()
	t.code(f.Code, "code")
	return t.b.String()
}

type texter struct {
	f    *mpytree.File
	opts Options
	b    strings.Builder
}

func (t *texter) line(format string, args ...any) { fmt.Fprintf(&t.b, format+"\n", args...) }

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
		s += " with " + mpyfile.ArchInFormat(f.ArchCode()).FlagNames(f.ArchFlags)
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

func (t *texter) header() {
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

func (t *texter) objects(list []mpytree.Object) {
	t.line("objects: %d", len(list))
	for i, o := range list {
		t.line("  %4d  %s", i, o)
	}
}

// code shows a raw code and those within it.
func (t *texter) code(c *mpytree.Code, path string) {
	t.line("")
	t.line("%s: %s%s, %d bytes", path, kindOf(t.f, c), nameOf(t.f, c), len(c.Body))
	switch c.Kind {
	case mpytree.Bytecode:
		t.bytecode(c)
	case mpytree.NativePy:
		p := t.prelude(c)
		t.links(c)
		t.machine(c, 0, p.Off)
	case mpytree.Viper, mpytree.Asm:
		t.scope(c)
		t.links(c)
		t.linked(c)
		t.machine(c, 0, len(c.Body))
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
		if c.ScopeFlags&f.Scope().Relocs != 0 {
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

// Args are the names of the arguments of a function.
func Args(f *mpytree.File, c *mpytree.Code) []string {
	var names []string
	for _, q := range c.ArgNames {
		names = append(names, q.Text)
	}
	if f.Version == 6 {
		if p, err := c.Prelude(6); err == nil && p != nil {
			for _, index := range p.Names[1:] {
				names = append(names, f.Text(index))
			}
		}
	}
	return names
}

var scopeNames = []struct {
	flag uint64
	name string
}{{mpytree.ScopeGenerator, "generator"}, {mpytree.ScopeVarArgs, "*args"}, {mpytree.ScopeVarKw, "**kwargs"}, {mpytree.ScopeDefKwArgs, "default keywords"}}

// scopeText names the flags of a function.
func scopeText(f *mpytree.File, flags uint64) string {
	var list []string
	for _, n := range scopeNames {
		if flags&n.flag != 0 {
			list, flags = append(list, n.name), flags&^n.flag
		}
	}
	if f.Maker == mpytree.CircuitPython && flags&mpytree.ScopeAsync != 0 {
		list, flags = append(list, "async"), flags&^mpytree.ScopeAsync
	}
	if flags != 0 {
		list = append(list, fmt.Sprintf("0x%x", flags))
	}
	return strings.Join(list, ", ")
}

func (t *texter) prelude(c *mpytree.Code) *mpytree.Prelude {
	p, _ := c.Prelude(t.f.Version) // Parse has read it
	flags := ""
	if p.ScopeFlags != 0 {
		flags = ", " + scopeText(t.f, p.ScopeFlags)
	}
	t.line("  state %d, exception handlers %d, arguments %d + %d keyword-only, defaults %d%s",
		p.State, p.ExcStack, p.PosArgs, p.KwOnly, p.DefPos, flags)
	if t.f.Version == 5 {
		t.line("  source: %s", mpytree.Word(c.Source.Text))
	}
	if args := Args(t.f, c); len(args) > 0 {
		for i := range args {
			args[i] = mpytree.Word(args[i])
		}
		t.line("  arguments: %s", strings.Join(args, ", "))
	}
	if cells := c.Body[p.Cells:p.Code]; len(cells) > 0 {
		t.line("  cells: locals %s", strings.Trim(fmt.Sprint(cells), "[]"))
	}
	return p
}

func (t *texter) bytecode(c *mpytree.Code) {
	p := t.prelude(c)
	insns, _ := t.f.Insns(c)
	targets := map[int]bool{}
	for i := range insns {
		if mpytree.FormatOf(insns[i].Op) == mpytree.FormatOffset {
			targets[insns[i].Target] = true
		}
	}
	lines := mpytree.MergeLines(mpytree.LineMap(t.f.Version, c.Body[p.Lines:p.Cells]))
	if len(lines) == 0 || lines[0].Off > 0 {
		lines = append([]mpytree.Line{{Off: 0, Line: 1}}, lines...)
	}
	for i := range insns {
		in := &insns[i]
		for len(lines) > 0 && lines[0].Off <= in.Off-p.Code {
			t.line("  line %d", lines[0].Line)
			lines = lines[1:]
		}
		mark := " "
		if targets[in.Off] {
			mark = ">"
		}
		t.line("  %s %5d  %s", mark, in.Off, t.f.Describe(c, in))
	}
	if targets[len(c.Body)] {
		t.line("  > %5d", len(c.Body))
	}
}

func (t *texter) scope(c *mpytree.Code) {
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

func (t *texter) links(c *mpytree.Code) {
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
func (t *texter) linked(c *mpytree.Code) {
	if c.ScopeFlags&t.f.Scope().Relocs == 0 || c.Kind != mpytree.Viper {
		return
	}
	words := Words(t.f, c)
	t.line("  relocated words: %d", len(words))
	for _, w := range words {
		t.line("    %s+0x%04x  %s", w.Region, w.Off, Destination(t.f, &w, t.opts.Symbol))
	}
}

// Word is a word that the loader relocates, with what is in the file there.
type Word struct {
	mpyfile.Word
	Addend uint64
}

// Words returns the words of a linked code that its records relocate. There are
// none if the word size is not known.
func Words(f *mpytree.File, c *mpytree.Code) []Word {
	size := uint64(f.Word())
	if size == 0 {
		return nil
	}
	var list []Word
	for _, r := range c.Relocs {
		data := c.Body
		if r.Region == mpyfile.Rodata {
			data = c.Rodata
		}
		for i := range r.Count {
			w := Word{Word: mpyfile.Word{Region: r.Region, Off: (r.Index + i) * size, Dest: r.Dest}}
			var b [8]byte
			copy(b[:], data[w.Off:w.Off+size])
			w.Addend = binary.LittleEndian.Uint64(b[:])
			list = append(list, w)
		}
	}
	return list
}

// Destination says what a relocated word becomes. symbol may be nil.
func Destination(f *mpytree.File, w *Word, symbol func(mpyfile.Region, uint64) string) string {
	switch w.Dest.Kind {
	case mpyfile.ToText, mpyfile.ToRodata, mpyfile.ToBSS:
		region := mpyfile.Region(w.Dest.Kind - mpyfile.ToText)
		name := ""
		if symbol != nil {
			if s := symbol(region, w.Addend); s != "" {
				name = "  " + s
			}
		}
		return fmt.Sprintf("%s+0x%04x%s", region, w.Addend, name)
	case mpyfile.ToQStrTable:
		if n := len(f.QStrs); w.Addend%2 == 0 && w.Addend/2 < uint64(n) && w.Addend > 0 {
			return fmt.Sprintf("qstr table[%d]  %q", w.Addend/2, f.Text(w.Addend/2))
		}
	case mpyfile.ToObjTable:
		if size := uint64(f.Word()); w.Addend > 0 && w.Addend%size == 0 && w.Addend/size < uint64(len(f.Objects)) {
			return fmt.Sprintf("object table[%d]  %s", w.Addend/size, f.Objects[w.Addend/size])
		}
	case mpyfile.ToFunEntry:
		if abi := f.ABI(); abi != nil && abi.FunName(w.Dest.Entry) != "" {
			return fmt.Sprintf("mp_fun_table[%d]  %s%s", w.Dest.Entry, abi.FunName(w.Dest.Entry), plus(w.Addend))
		}
	}
	return w.Dest.String() + plus(w.Addend)
}

func plus(addend uint64) string {
	if addend == 0 {
		return ""
	}
	return fmt.Sprintf("+0x%x", addend)
}

func (t *texter) hex(b []byte, at int) {
	for off := 0; off < len(b); off += 16 {
		row := b[off:min(off+16, len(b))]
		t.line("    %08x  %-47s  %s", at+off, spaced(row), printable(row))
	}
}

// spaced is bytes in hexadecimal.
func spaced(b []byte) string {
	var s strings.Builder
	for i, c := range b {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(hex.EncodeToString([]byte{c}))
	}
	return s.String()
}

func printable(b []byte) string {
	s := make([]byte, len(b))
	for i, c := range b {
		if s[i] = c; c < ' ' || c >= 0x7f {
			s[i] = '.'
		}
	}
	return string(s)
}
