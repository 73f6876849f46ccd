package mpywriter

import (
	"iter"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/qstrlink"
)

// WriteTree returns the .mpy file of any tree. What mpytree.Parse read comes out
// as the same bytes. The error is a *diag.Error.
func WriteTree(f *mpytree.File) ([]byte, error) {
	w := &treeWriter{f: f}
	w.file()
	if w.err != nil {
		return nil, w.err
	}
	return w.b, nil
}

// treeWriter appends a file to b. The first failure sticks.
type treeWriter struct {
	f      *mpytree.File
	b      []byte
	window []string // the last qstrs of version 5
	err    *diag.Error

	// runs are the records of a linked module, in place of those in the tree:
	// there may be as many as words, and a list of them would be most of the work.
	runs iter.Seq[mpytree.Reloc]
}

func (w *treeWriter) file() {
	f := w.f
	w.b = append(w.b, f.Maker, f.Version, f.Feature, f.SmallIntBits)
	switch {
	case f.Version == 5:
		w.uint(f.Window)
	case f.Version == 6 && f.Feature&mpyfile.ArchFlagsBit != 0:
		w.uint(f.ArchFlags)
	case f.Version == 6:
		if f.ArchFlags != 0 {
			w.fail("architecture flags without the bit in the header that announces them")
		}
	default:
		w.fail("cannot write mpy version %d", f.Version)
	}
	if w.err == nil && f.Version == 6 {
		w.tables()
	}
	w.code(f.Code)
}

func (w *treeWriter) fail(format string, args ...any) {
	if w.err == nil {
		w.err = diag.New("", format, args...)
	}
}

func (w *treeWriter) uint(v uint64) { w.b = appendUint(w.b, v) }

func (w *treeWriter) text(s string) { w.b = append(w.b, s...) }

func (w *treeWriter) tables() {
	w.uint(uint64(len(w.f.QStrs)))
	w.uint(uint64(len(w.f.Objects)))
	for _, q := range w.f.QStrs {
		if q.Form == mpytree.Numbered {
			w.uint(w.static(q)<<1 | 1)
			continue
		}
		w.uint(uint64(len(q.Text)) << 1)
		w.text(q.Text)
		w.b = append(w.b, 0)
	}
	for i := range w.f.Objects {
		w.object6(&w.f.Objects[i])
	}
}

func (w *treeWriter) static(q mpytree.QStr) uint64 {
	id, ok := qstrlink.Static(q.Text)
	if !ok {
		w.fail("qstr %q has no number", q.Text)
	}
	return uint64(id)
}

// inlineQStr writes a qstr of version 5 and remembers it for references.
func (w *treeWriter) inlineQStr(q mpytree.QStr) {
	switch {
	case q.Form == mpytree.Numbered:
		w.b = append(w.b, 0, byte(w.static(q)))
	case q.Form == mpytree.Recent:
		i := mpytree.InWindow(w.window, q.Text)
		if i < 0 {
			w.fail("qstr %q is not among the last ones", q.Text)
			return
		}
		w.window = mpytree.TouchWindow(w.window, i)
		w.uint(uint64(i)<<1 | 1)
	case q.Text == "":
		w.fail("version 5 has only the number of the empty qstr") // length 0 announces a number
	default:
		w.window = mpytree.PushWindow(w.window, q.Text)
		w.uint(uint64(len(q.Text)) << 1)
		w.text(q.Text)
	}
}

func (w *treeWriter) object6(o *mpytree.Object) {
	w.b = append(w.b, byte(o.Type))
	switch o.Type {
	case mpytree.ObjTuple:
		w.uint(uint64(len(o.Items)))
		for i := range o.Items {
			w.object6(&o.Items[i])
		}
	case mpytree.ObjStr, mpytree.ObjBytes:
		w.uint(uint64(len(o.Text)))
		w.text(o.Text)
		w.b = append(w.b, 0)
	case mpytree.ObjInt, mpytree.ObjFloat, mpytree.ObjComplex:
		w.uint(uint64(len(o.Text)))
		w.text(o.Text)
	}
}

func (w *treeWriter) object5(o *mpytree.Object) {
	letter := o.Type.Letter()
	if letter == 0 {
		w.fail("version 5 has no constant objects of type %s", o.Type)
		return
	}
	w.b = append(w.b, letter)
	if o.Type != mpytree.ObjEllipsis {
		w.uint(uint64(len(o.Text)))
		w.text(o.Text)
	}
}

func (w *treeWriter) code(c *mpytree.Code) {
	if w.err != nil {
		return
	}
	if w.f.Version == 5 {
		w.code5(c)
		return
	}
	kindLen := uint64(len(c.Body))<<3 | uint64(c.Kind)
	if len(c.Children) > 0 {
		kindLen |= 4
	}
	w.uint(kindLen)
	w.b = append(w.b, c.Body...)
	switch c.Kind {
	case mpytree.NativePy:
		w.uint(c.PreludeOff)
	case mpytree.Viper, mpytree.Asm:
		w.scope(c)
		w.regions(c)
	}
	if len(c.Children) > 0 {
		w.uint(uint64(len(c.Children)))
		for _, child := range c.Children {
			w.code(child)
		}
	}
	w.relocs(c)
}

func (w *treeWriter) scope(c *mpytree.Code) {
	w.uint(c.ScopeFlags)
	if c.Kind == mpytree.Asm {
		w.uint(c.PosArgs)
		w.uint(c.TypeSig)
	}
}

// regions writes rodata and the size of bss; version 6 has both sizes in front.
func (w *treeWriter) regions(c *mpytree.Code) {
	rodata := c.Kind == mpytree.Viper && c.ScopeFlags&w.f.Scope().Rodata != 0
	bss := c.Kind == mpytree.Viper && c.ScopeFlags&w.f.Scope().BSS != 0
	if !rodata && len(c.Rodata) > 0 || !bss && c.BSS > 0 {
		w.fail("code with rodata or bss, but without the scope flags that announce them")
	}
	if rodata {
		w.uint(uint64(len(c.Rodata)))
		if w.f.Version == 5 {
			w.b = append(w.b, c.Rodata...)
		}
	}
	if bss {
		w.uint(c.BSS)
	}
	if rodata && w.f.Version == 6 {
		w.b = append(w.b, c.Rodata...)
	}
}

func (w *treeWriter) code5(c *mpytree.Code) {
	w.uint(uint64(len(c.Body))<<2 | uint64(c.Kind))
	if c.Kind == mpytree.Bytecode {
		w.bytecode5(c)
	} else {
		w.b = append(w.b, c.Body...)
	}
	if c.Kind == mpytree.NativePy || c.Kind == mpytree.Viper {
		w.uint(uint64(len(c.Links)))
		for _, l := range c.Links {
			w.uint(l.Off<<2 | uint64(l.Kind))
			w.inlineQStr(l.QStr)
		}
	}
	switch c.Kind {
	case mpytree.NativePy:
		w.uint(c.PreludeOff)
		w.inlineQStr(c.Name)
		w.inlineQStr(c.Source)
	case mpytree.Viper, mpytree.Asm:
		w.scope(c)
	}
	if c.Kind == mpytree.Asm {
		return
	}
	w.uint(uint64(len(c.Objects)))
	w.uint(uint64(len(c.Children)))
	for _, q := range c.ArgNames {
		w.inlineQStr(q)
	}
	w.regions(c)
	for i := range c.Objects {
		w.object5(&c.Objects[i])
	}
	for _, child := range c.Children {
		w.code(child)
	}
	w.relocs(c)
}

// bytecode5 writes a body with its qstrs in place of the bytes that they take
// in memory.
func (w *treeWriter) bytecode5(c *mpytree.Code) {
	p, err := c.Prelude(5)
	if err != nil {
		w.fail("%s", err)
		return
	}
	w.b = append(w.b, c.Body[:p.Info]...)
	w.inlineQStr(c.Name)
	w.inlineQStr(c.Source)
	done := p.Lines
	for _, l := range c.Links {
		if l.Off < uint64(max(done, p.Code)) || l.Off+2 > uint64(len(c.Body)) {
			w.fail("a qstr at %d of the %d bytes of bytecode", l.Off, len(c.Body))
			return
		}
		w.b = append(w.b, c.Body[done:l.Off]...)
		w.inlineQStr(l.QStr)
		done = int(l.Off) + 2
	}
	w.b = append(w.b, c.Body[done:]...)
}

// appendUint writes groups of 7 bits, most significant first, with bit 7 set
// on all bytes but the last.
func appendUint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v)) // nearly every number in a file
	}
	n := 1
	for rest := v >> 7; rest > 0; rest >>= 7 {
		n++
	}
	for n--; n > 0; n-- {
		b = append(b, 0x80|byte(v>>(7*n)))
	}
	return append(b, byte(v&0x7f))
}
