package mpytree

import (
	"errors"
	"fmt"
)

// A raw code is a body and what goes with it, by kind: bytecode and native functions have a
// prelude in the body, linked code has regions and relocations; any may have children,
// codes within it. The reader checks all that later code takes for granted: indices,
// jumps, sizes.
//
//	81 12 ...    0x92: viper (bits 0 and 1), no children (bit 2), and a body of 18 bytes

// code reads a raw code and those within it, in the order in which the
// firmware does (py/persistentcode.c, load_raw_code).
func (r *reader) code(f *File) *Code {
	c := &Code{}
	start := r.off
	if r.depth++; r.depth > maxDepth {
		r.fail(start, "", "codes nest more than %d deep", maxDepth)
	}
	defer func() { r.depth-- }()
	kindLen := r.rawUint("kind_len")
	if r.err != nil {
		return c
	}
	c.Kind = Kind(kindLen & 3)
	size, children := kindLen>>2, false
	if f.Version == 6 {
		size, children = kindLen>>3, kindLen&4 != 0
	}
	r.note(Meta, start, "kind_len", func() string {
		s := fmt.Sprintf("%s, %d bytes", c.Kind, size)
		if children {
			s += ", with children"
		}
		return s
	})
	if c.Kind != Bytecode && f.ArchCode() == 0 {
		// The firmware checks the architecture only when there is one.
		r.fail(start, "kind_len", "native code, but the header names no architecture: it would run on any")
	}
	if f.Version == 5 {
		r.code5(f, c, size)
	} else {
		r.code6(f, c, size, children)
	}
	return c
}

func (r *reader) code6(f *File, c *Code, size uint64, children bool) {
	start := r.off
	c.Body = r.rawBytes(size, "body")
	if r.err != nil {
		return
	}
	switch c.Kind {
	case Bytecode:
		r.bytecode6(f, c, start)
	case NativePy:
		end := r.off
		c.PreludeOff = r.rawUint("prelude_offset")
		behind := r.off
		r.native6(f, c, start)
		if r.each != nil && r.err == nil {
			r.off = behind
			r.note(Meta, end, "prelude_offset", func() string { return fmt.Sprint(c.PreludeOff) })
		}
	default:
		r.note(Machine, start, "body", func() string { return fmt.Sprintf("%d bytes of machine code", size) })
		r.scope(f, c)
		r.regions(f, c)
	}
	if children {
		at := r.off
		n := r.count("n_children")
		if r.err == nil && n == 0 {
			r.fail(at, "n_children", "children are announced, but there are none")
		}
		r.children(f, c, n)
	}
	r.checkChildren(f, c)
	r.relocs(f, c)
}

func (r *reader) children(f *File, c *Code, n int) {
	for i := range n {
		if r.err != nil {
			return
		}
		r.push("children", i)
		c.Children = append(c.Children, r.code(f))
		r.pop()
	}
}

// checkChildren finds instructions that make functions of codes that are not
// there.
func (r *reader) checkChildren(f *File, c *Code) {
	if r.err != nil || c.Kind != Bytecode {
		return
	}
	insns, err := f.Insns(c)
	if err != nil {
		r.fail(r.off, "body", "%s", err)
		return
	}
	for _, in := range insns {
		switch in.Op {
		case OpMakeFunction, OpMakeFunctionDef, OpMakeClosure, OpMakeClosureDef:
			base := uint64(0)
			if f.Version == 5 { // the constants come first
				base = uint64(len(c.ArgNames) + len(c.Objects))
			}
			if in.Arg < base || in.Arg-base >= uint64(len(c.Children)) {
				r.fail(r.off, "body", "instruction %s at %d: there is no code %d", OpName(in.Op), in.Off, in.Arg)
			}
		case OpLoadConstObj:
			if f.Version == 5 && (in.Arg < uint64(len(c.ArgNames)) || in.Arg >= uint64(len(c.ArgNames)+len(c.Objects))) {
				r.fail(r.off, "body", "instruction %s at %d: there is no constant %d", OpName(in.Op), in.Off, in.Arg)
			}
		}
	}
}

// scope reads what viper and assembler code have in place of a prelude.
func (r *reader) scope(f *File, c *Code) {
	at := r.off
	c.ScopeFlags = r.uint("scope_flags")
	scope := f.Scope()
	known := scope.Relocs - 1
	if c.Kind == Viper {
		known |= scope.Relocs | scope.Rodata | scope.BSS
	}
	if r.err == nil && c.ScopeFlags&^known != 0 {
		r.fail(at, "scope_flags", "0x%x has flags that %s code cannot have", c.ScopeFlags, c.Kind)
	}
	if c.Kind == Asm {
		c.PosArgs = r.uint("n_pos_args")
		c.TypeSig = r.uint("type_signature")
	}
}

// regions reads rodata and the size of bss. The size of bss comes first in
// version 6 only.
func (r *reader) regions(f *File, c *Code) {
	if c.Kind != Viper || r.err != nil {
		return
	}
	var rodata uint64
	if c.ScopeFlags&f.Scope().Rodata != 0 {
		rodata = r.uint("rodata_size")
		if f.Version == 5 {
			c.Rodata = r.bytes(Data, rodata, "rodata")
		}
	}
	if c.ScopeFlags&f.Scope().BSS != 0 {
		at := r.off
		c.BSS = r.uint("bss_size")
		if word := f.Word(); r.err == nil && c.BSS>>(8*max(word, 4)-1) != 0 {
			// A block of half the address space cannot exist.
			r.fail(at, "bss_size", "bss of %d bytes does not fit the address space", c.BSS)
		}
	}
	if rodata > 0 && f.Version == 6 {
		c.Rodata = r.bytes(Data, rodata, "rodata")
	}
}

// bytecode6 checks a body of version 6, which is in the file as it is in
// memory, and takes note of its fields.
func (r *reader) bytecode6(f *File, c *Code, start int) {
	p := r.prelude(f, c, start)
	if p == nil {
		return
	}
	end := r.off
	for off := p.Code; off < len(c.Body); {
		in, err := decodeInsn(6, false, c.Body, off)
		if err != nil {
			r.fail(start+off, "body", "%s", err)
			return
		}
		switch {
		case FormatOf(in.Op) == FormatQStr && in.Arg >= uint64(len(f.QStrs)):
			r.fail(start+off, "body", "instruction %s at %d: there is no qstr %d", OpName(in.Op), off, in.Arg)
			return
		case in.Op == OpLoadConstObj && in.Arg >= uint64(len(f.Objects)):
			r.fail(start+off, "body", "instruction %s at %d: there is no object %d", OpName(in.Op), off, in.Arg)
			return
		}
		off += in.Size
		if r.each != nil {
			r.off = start + off
			r.note(Opcodes, start+in.Off, "body", func() string { return f.Describe(c, &in) })
		}
	}
	r.off = end
}

// native6 checks the prelude in the body of native code.
func (r *reader) native6(f *File, c *Code, start int) {
	end := r.off
	if r.each != nil && r.err == nil && c.PreludeOff <= uint64(len(c.Body)) {
		r.off = start + int(c.PreludeOff)
		r.note(Machine, start, "body", func() string { return fmt.Sprintf("%d bytes of machine code", c.PreludeOff) })
		r.off = end
	}
	p := r.prelude(f, c, start)
	if p != nil && r.each != nil {
		r.off = start + len(c.Body)
		r.note(Machine, start+p.Code, "body", func() string { return fmt.Sprintf("%d bytes behind the prelude", len(c.Body)-p.Code) })
	}
	r.off = end
}

// prelude checks the prelude of a body that starts at start of the file.
func (r *reader) prelude(f *File, c *Code, start int) *Prelude {
	if r.err != nil {
		return nil
	}
	p, err := c.Prelude(f.Version)
	if err != nil {
		at := start
		var short *cutShort
		if errors.As(err, &short) {
			at += short.off
		}
		r.fail(at, "prelude", "%s", err)
		return nil
	}
	if c.Kind == NativePy && p.ScopeFlags >= f.Scope().Relocs {
		r.fail(start+p.Off, "prelude", "scope flags 0x%x are not those of a function", p.ScopeFlags)
	}
	for _, i := range p.Names {
		if i >= uint64(len(f.QStrs)) {
			r.fail(start+p.Info, "prelude", "there is no qstr %d", i)
		}
	}
	if r.err != nil {
		return nil
	}
	r.notePrelude(f, c, p, start)
	return p
}

// notePrelude takes note of the fields of a prelude.
func (r *reader) notePrelude(f *File, c *Code, p *Prelude, start int) {
	if r.each == nil {
		return
	}
	end := r.off
	field := func(from, to int, name string, value func() string) {
		r.off = start + to
		r.note(Info, start+from, "prelude."+name, value)
	}
	field(p.Off, p.Sizes, "signature", p.signature)
	field(p.Sizes, p.Info, "sizes", func() string {
		return fmt.Sprintf("names and lines %d, cells %d", p.Cells-p.Info, p.Code-p.Cells)
	})
	if f.Version == 6 {
		off := p.Info
		for i, index := range p.Names {
			_, n := decodeUint(c.Body[off:])
			name := "name"
			if i > 0 {
				name = fmt.Sprintf("args[%d]", i-1)
			}
			field(off, off+n, name, func() string { return fmt.Sprintf("%q", f.Text(index)) })
			off += n
		}
	} else {
		field(p.Info, p.Lines, "names", func() string { return "the two names, when in memory" })
	}
	field(p.Lines, p.Cells, "lines", func() string { return linesText(LineMap(f.Version, c.Body[p.Lines:p.Cells])) })
	field(p.Cells, p.Code, "cells", func() string { return cellsText(c.Body[p.Cells:p.Code]) })
	r.off = end
}

func (p *Prelude) signature() string {
	return fmt.Sprintf("state %d, exceptions %d, flags 0x%x, arguments %d + %d keyword-only, defaults %d",
		p.State, p.ExcStack, p.ScopeFlags, p.PosArgs, p.KwOnly, p.DefPos)
}
