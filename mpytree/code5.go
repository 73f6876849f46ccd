package mpytree

import (
	"fmt"
)

// Version 5 has no table of names: each stands in the file where it is used, and takes two
// bytes in memory, where the loader stores its number. So a body is not in the file as it
// is in memory, its size is that in memory, and offsets count there.
//
//	file: 11, a name, 34 00    memory: 11 00 00 34 00, and the name is stored at 1

// code5 reads a raw code of version 5, where qstrs stand among the code.
func (r *reader) code5(f *File, c *Code, size uint64) {
	start := r.off
	var args uint64
	switch c.Kind {
	case Bytecode:
		args = r.bytecode5(f, c, size)
	case NativePy, Viper, Asm:
		c.Body = r.bytes(Machine, size, "body")
		if c.Kind != Asm {
			r.links(c)
		}
		if c.Kind != NativePy {
			r.scope(f, c)
			break
		}
		c.PreludeOff = r.uint("prelude_offset")
		each := r.each
		r.each = nil // its bytes are part of the body's field already
		if p := r.prelude(f, c, start); p != nil {
			args = p.argNames()
		}
		r.each = each
		c.Name, c.Source = r.inlineQStr("prelude.name"), r.inlineQStr("prelude.source")
	}
	if c.Kind == Asm {
		return
	}
	objs := r.count("n_obj")
	children := r.count("n_children")
	for i := uint64(0); i < args && r.err == nil; i++ {
		c.ArgNames = append(c.ArgNames, r.inlineQStr(fmt.Sprintf("args[%d]", i)))
	}
	r.regions(f, c)
	for i := range objs {
		if r.err != nil {
			return
		}
		r.push("objects", i)
		c.Objects = append(c.Objects, r.object5())
		r.pop()
	}
	r.children(f, c, children)
	r.checkChildren(f, c)
	r.relocs(f, c)
}

// links reads the table of places that qstrs are stored into.
func (r *reader) links(c *Code) {
	n := r.count("n_links")
	for i := range n {
		if r.err != nil {
			return
		}
		r.push("links", i)
		at := r.off
		v := r.rawUint("place")
		l := Link{Off: v >> 2, Kind: LinkKind(v & 3)}
		r.note(Meta, at, "place", func() string { return fmt.Sprintf("%s at %d", l.Kind, l.Off) })
		if r.err == nil && l.Off >= uint64(len(c.Body)) {
			r.fail(at, "place", "%d is outside the %d bytes of code", l.Off, len(c.Body))
		}
		l.QStr = r.inlineQStr("qstr")
		c.Links = append(c.Links, l)
		r.pop()
	}
}

// bytecode5 reads bytecode of version 5. It takes size bytes in memory, in which
// each qstr takes two, whatever it takes in the file.
func (r *reader) bytecode5(f *File, c *Code, size uint64) (args uint64) {
	start := r.off
	head := func(name string) (from int) {
		from = r.off
		for r.err == nil {
			b := r.rawByte(name)
			c.Body = append(c.Body, b)
			if b&0x80 == 0 {
				break
			}
		}
		return from
	}
	// In memory and in file alike up to the first qstr.
	sig := head("prelude.signature")
	sizes := head("prelude.sizes")
	if r.err != nil {
		return 0
	}
	p, info, cells, err := decodeHead(c.Body, 0)
	if err != nil {
		r.fail(start, "prelude", "%s", err)
		return 0
	}
	end := r.off
	r.off = sizes
	r.note(Info, sig, "prelude.signature", p.signature)
	r.off = end
	r.note(Info, sizes, "prelude.sizes", func() string { return fmt.Sprintf("names and lines %d, cells %d", info, cells) })
	if room := size - uint64(p.Info); uint64(p.Info) > size || info > room || cells > room-info || info < 4 {
		r.fail(start, "prelude", "%d bytes of names and lines and %d cells in %d bytes of code", info, cells, size)
		return 0
	}
	c.Name, c.Source = r.inlineQStr("prelude.name"), r.inlineQStr("prelude.source")
	c.Body = append(c.Body, 0, 0, 0, 0)
	at := r.off
	lines := r.rawBytes(info-4, "prelude.lines")
	r.note(Info, at, "prelude.lines", func() string { return linesText(LineMap(5, lines)) })
	at = r.off
	local := r.rawBytes(cells, "prelude.cells")
	r.note(Info, at, "prelude.cells", func() string { return cellsText(local) })
	c.Body = append(append(c.Body, lines...), local...)
	for r.err == nil && uint64(len(c.Body)) < size {
		r.insn5(f, c)
	}
	if r.err == nil && uint64(len(c.Body)) > size {
		r.fail(r.off, "body", "the last instruction does not end with the code's %d bytes", size)
	}
	return p.argNames()
}

// insn5 reads one instruction.
func (r *reader) insn5(f *File, c *Code) {
	start, off := r.off, len(c.Body)
	op := r.rawByte("body")
	c.Body = append(c.Body, op)
	more := uint64(0)
	switch FormatOf(op) {
	case FormatQStr:
		each := r.each
		r.each = nil // part of the instruction
		q := r.inlineQStr("body")
		r.each = each
		c.Links = append(c.Links, Link{Off: uint64(off) + 1, Kind: Link16, QStr: q})
		c.Body = append(c.Body, 0, 0)
		if f.CacheBytes() && cached(op) {
			more = 1
		}
	case FormatUint:
		for r.err == nil {
			b := r.rawByte("body")
			c.Body = append(c.Body, b)
			if b&0x80 == 0 {
				break
			}
		}
	case FormatOffset:
		more = 2
	}
	if hasExtra(op) {
		more++
	}
	c.Body = append(c.Body, r.rawBytes(more, "body")...)
	if r.err != nil {
		return
	}
	in, err := decodeInsn(5, f.CacheBytes(), c.Body, off)
	if err != nil {
		r.fail(start, "body", "%s", err)
		return
	}
	in.Arg = indexOfLink(c, in)
	r.note(Opcodes, start, "body", func() string { return f.Describe(c, &in) })
}

// indexOfLink is the argument of an instruction that was just read.
func indexOfLink(c *Code, in Insn) uint64 {
	if FormatOf(in.Op) == FormatQStr {
		return uint64(len(c.Links) - 1)
	}
	return in.Arg
}
