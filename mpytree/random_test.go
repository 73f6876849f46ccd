package mpytree_test

import (
	"fmt"
	"math/rand/v2"

	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// generator makes random trees that are good. It makes qstrs in the order in
// which they are written, which decides about the window of version 5.
type generator struct {
	*rand.Rand
	f      *mpytree.File
	window []string
	depth  int
}

func randomFile(r *rand.Rand) *mpytree.File {
	g := &generator{Rand: r, f: &mpytree.File{Maker: mpytree.MicroPython, Version: 6, SmallIntBits: byte(r.IntN(64))}}
	f := g.f
	if g.one(4) {
		f.Maker = mpytree.CircuitPython
	}
	arch := byte(0)
	if !g.one(3) {
		arch = byte(1 + g.IntN(12))
	}
	if g.one(2) {
		f.Version = 5
		f.Window = uint64(g.IntN(33))
		f.Feature = byte(g.IntN(4)) | arch<<2
	} else {
		f.Feature = byte(g.IntN(4)) | arch<<2
		if g.one(4) {
			f.Feature |= mpyfile.ArchFlagsBit
			f.ArchFlags = g.Uint64() >> g.IntN(64)
		}
		for range 1 + g.IntN(300)/g.size() {
			f.QStrs = append(f.QStrs, g.tableQStr())
		}
		for range g.IntN(5) {
			f.Objects = append(f.Objects, g.object6(0))
		}
	}
	f.Code = g.code()
	return f
}

func (g *generator) one(in int) bool { return g.IntN(in) == 0 }

// size is 1 rarely, so that large things are made at times.
func (g *generator) size() int { return 1 + g.IntN(30) }

var statics = []string{"", "len", "print", "<module>", "utf-8", "zip", "\n", "__init__"}

func (g *generator) text() string {
	switch {
	case g.one(6):
		return statics[g.IntN(len(statics))]
	case g.one(20):
		return string(make([]byte, g.IntN(300)))
	}
	return fmt.Sprintf("name%d", g.IntN(60))
}

func (g *generator) tableQStr() mpytree.QStr {
	if g.one(3) {
		return mpytree.QStr{Text: statics[g.IntN(len(statics))], Form: mpytree.Numbered}
	}
	return mpytree.QStr{Text: g.text()}
}

func (g *generator) qstr5() mpytree.QStr {
	switch {
	case g.one(4):
		return mpytree.QStr{Text: statics[g.IntN(len(statics))], Form: mpytree.Numbered}
	case g.one(2) && len(g.window) > 0:
		text := g.window[g.IntN(len(g.window))]
		g.window = mpytree.TouchWindow(g.window, mpytree.InWindow(g.window, text))
		return mpytree.QStr{Text: text, Form: mpytree.Recent}
	}
	text := g.text()
	for text == "" {
		text = g.text()
	}
	g.window = mpytree.PushWindow(g.window, text)
	return mpytree.QStr{Text: text}
}

func (g *generator) object6(depth int) mpytree.Object {
	o := mpytree.Object{Type: mpytree.ObjectType(g.IntN(11))}
	switch {
	case o.Type == mpytree.ObjTuple && depth > 5:
		o.Type = mpytree.ObjNone
	case o.Type == mpytree.ObjTuple:
		for range g.IntN(4) {
			o.Items = append(o.Items, g.object6(depth+1))
		}
	case o.Type >= mpytree.ObjStr:
		o.Text = g.text()
	}
	return o
}

func (g *generator) object5() mpytree.Object {
	for {
		o := mpytree.Object{Type: mpytree.ObjectType(g.IntN(10))}
		if o.Type.Letter() == 0 {
			continue
		}
		if o.Type != mpytree.ObjEllipsis {
			o.Text = g.text()
		}
		return o
	}
}

func (g *generator) bytes(most int) []byte {
	n := g.IntN(most + 1)
	if n == 0 {
		return nil
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

func (g *generator) code() *mpytree.Code {
	g.depth++
	defer func() { g.depth-- }()
	c := &mpytree.Code{}
	if g.f.ArchCode() != 0 {
		c.Kind = mpytree.Kind(g.IntN(4))
	}
	children, objects := 0, 0
	if g.depth < 5 && (g.f.Version == 6 || c.Kind != mpytree.Asm) {
		children = g.IntN(4)
	}
	if g.f.Version == 5 && c.Kind != mpytree.Asm {
		objects = g.IntN(4)
	}
	p := &mpytree.Prelude{
		State: 1 + g.Uint64N(1<<g.IntN(12)), ExcStack: g.Uint64N(5), ScopeFlags: g.Uint64N(16),
		PosArgs: g.Uint64N(4), KwOnly: g.Uint64N(3), DefPos: g.Uint64N(3),
	}
	args := int(p.PosArgs + p.KwOnly)
	switch c.Kind {
	case mpytree.Bytecode:
		c.Body = g.prelude(c, p, args)
		g.instructions(c, args, objects, children)
	case mpytree.NativePy:
		g.links(c, g.bytes(200))
		c.PreludeOff = uint64(len(c.Body))
		c.Body = append(c.Body, g.prelude(c, p, args)...)
		c.Body = append(c.Body, g.bytes(3)...)
	default:
		g.links(c, g.bytes(200))
		g.scope(c)
	}
	if g.f.Version == 5 && c.Kind <= mpytree.NativePy {
		for range args {
			c.ArgNames = append(c.ArgNames, g.qstr5())
		}
	}
	for range objects {
		c.Objects = append(c.Objects, g.object5())
	}
	for range children {
		c.Children = append(c.Children, g.code())
	}
	return c
}

// links makes machine code with places for qstrs.
func (g *generator) links(c *mpytree.Code, body []byte) {
	c.Body = body
	if g.f.Version != 5 || c.Kind == mpytree.Asm || len(body) == 0 {
		return
	}
	for range g.IntN(10) {
		l := mpytree.Link{Off: g.Uint64N(uint64(len(body))), Kind: mpytree.LinkKind(g.IntN(4)), QStr: g.qstr5()}
		c.Links = append(c.Links, l)
	}
}

// prelude returns a prelude's bytes, and makes the names that version 5 has in
// them.
func (g *generator) prelude(c *mpytree.Code, p *mpytree.Prelude, args int) []byte {
	b := p.AppendSignature(nil)
	var info []byte
	if g.f.Version == 5 {
		info = []byte{0, 0, 0, 0}
		c.Name, c.Source = g.qstr5(), g.qstr5()
	} else {
		for range 1 + args {
			info = mpytree.AppendUint(info, g.Uint64N(uint64(len(g.f.QStrs))))
		}
	}
	var lines []mpytree.Line
	last := mpytree.Line{Line: 1}
	for range g.IntN(6) {
		last.Off += g.IntN(70)
		last.Line += 1 + g.IntN(10)
		lines = append(lines, last)
	}
	info = mpytree.AppendLines(info, lines)
	cells := g.bytes(3)
	b = mpytree.AppendSizes(b, len(info), len(cells))
	return append(append(b, info...), cells...)
}

func (g *generator) instructions(c *mpytree.Code, args, objects, children int) {
	for range 1 + g.IntN(200)/g.size() {
		op := byte(g.Uint32())
		in := mpytree.Insn{Off: len(c.Body), Op: op, Extra: byte(g.Uint32()), OffsetSize: 1 + g.IntN(2)}
		switch {
		case mpytree.FormatOf(op) == mpytree.FormatQStr:
			if g.f.Version == 5 {
				g.qstrInsn5(c, op)
				continue
			}
			in.Arg = g.Uint64N(uint64(len(g.f.QStrs)))
		case op == mpytree.OpLoadConstObj:
			n, base := len(g.f.Objects), 0
			if g.f.Version == 5 {
				n, base = objects, args
			}
			if n == 0 {
				continue
			}
			in.Arg = uint64(base + g.IntN(n))
		case op == mpytree.OpMakeFunction || op == mpytree.OpMakeFunctionDef || op == mpytree.OpMakeClosure || op == mpytree.OpMakeClosureDef:
			base := 0
			if g.f.Version == 5 {
				base = args + objects
			}
			if children == 0 {
				continue
			}
			in.Arg = uint64(base + g.IntN(children))
		case op == mpytree.OpLoadConstInt:
			in.Signed = int64(g.Uint64()) >> g.IntN(64)
		case mpytree.FormatOf(op) == mpytree.FormatUint:
			in.Arg = g.Uint64() >> (7 + g.IntN(57))
		case mpytree.FormatOf(op) == mpytree.FormatOffset:
			if g.f.Version == 5 {
				c.Body = append(c.Body, op, byte(g.Uint32()), byte(g.Uint32()))
				if in.HasExtra() {
					c.Body = append(c.Body, in.Extra)
				}
				continue
			}
			distance := g.IntN(1 << 15)
			for !mpytree.JumpFits(op, distance, in.OffsetSize) {
				distance /= 2
			}
			in.Target = in.Off + 1 + in.OffsetSize + distance
		}
		c.Body = must(mpytree.AppendInsn(c.Body, &in))
	}
}

// qstrInsn5 appends an instruction with the place of a qstr in it.
func (g *generator) qstrInsn5(c *mpytree.Code, op byte) {
	c.Links = append(c.Links, mpytree.Link{Off: uint64(len(c.Body) + 1), QStr: g.qstr5()})
	c.Body = append(c.Body, op, 0, 0)
	switch op {
	case mpytree.OpLoadName, mpytree.OpLoadGlobal, mpytree.OpLoadAttr, mpytree.OpStoreAttr:
		if g.f.CacheBytes() {
			c.Body = append(c.Body, byte(g.Uint32()))
		}
	}
}

func (g *generator) scope(c *mpytree.Code) {
	c.ScopeFlags = g.Uint64N(16)
	if c.Kind == mpytree.Asm {
		c.PosArgs, c.TypeSig = g.Uint64N(5), g.Uint64()>>g.IntN(64)
		return
	}
	s := g.f.Scope()
	if g.one(2) {
		c.ScopeFlags |= s.Rodata
		c.Rodata = g.bytes(40)
	}
	if g.one(2) {
		c.ScopeFlags |= s.BSS
		c.BSS = g.Uint64N(1 << 20)
	}
	if g.one(2) {
		c.ScopeFlags |= s.Relocs
		g.relocs(c)
	}
}

func (g *generator) relocs(c *mpytree.Code) {
	word := uint64(g.f.Word())
	words := [...]uint64{mpyfile.Text: uint64(len(c.Body)) / word, mpyfile.Rodata: uint64(len(c.Rodata)) / word}
	region, next, placed := mpyfile.Text, uint64(0), false
	taken := map[[2]uint64]bool{}
	for range g.IntN(12) {
		r := mpytree.Reloc{Count: 1, Placed: !placed || g.one(2)}
		if r.Placed {
			region = mpyfile.Region(g.IntN(2))
			if words[region] == 0 {
				continue
			}
			next = g.Uint64N(words[region])
			placed = true
		}
		if next >= words[region] {
			placed = false
			continue
		}
		r.Region, r.Index = region, next
		r.Dest = g.dest(c)
		if r.Dest.Kind <= mpyfile.ToBSS && g.one(2) {
			r.Counted = true
			r.Count = 1 + g.Uint64N(words[region]-next)
		}
		twice := false
		for i := range r.Count {
			twice = twice || taken[[2]uint64{uint64(region), next + i}]
		}
		if twice {
			placed = false
			continue
		}
		for i := range r.Count {
			taken[[2]uint64{uint64(region), next + i}] = true
		}
		next += r.Count
		c.Relocs = append(c.Relocs, r)
	}
}

func (g *generator) dest(c *mpytree.Code) mpyfile.Dest {
	for {
		d := mpyfile.Dest{Kind: mpyfile.DestKind(g.IntN(7))}
		switch d.Kind {
		case mpyfile.ToFunEntry:
			d.Entry = int32(g.IntN(117))
		case mpyfile.ToQStrTable, mpyfile.ToObjTable:
			if g.f.Version == 5 {
				continue
			}
		case mpyfile.ToRodata:
			if g.f.Version == 5 && c.ScopeFlags&g.f.Scope().Rodata == 0 {
				continue
			}
		}
		return d
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
