package diff

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// A merged module runs the modules that it is made of: each has to do there what it does alone,
// though its names and constants have other numbers, and its instructions and words other bytes for that. So
// each code is compared with what it was: the instructions of bytecode by what they refer to, words of
// linked code by what they become, and machine code, in which numbers of names are, byte by byte.
//
//	alone    LOAD_NAME 127: "f"       JUMP to the third instruction
//	merged   LOAD_NAME 128: "f"       JUMP to the third instruction, a byte further

// Merged returns what a module that runs others does differently from them, a line each; none if firmware
// cannot tell. Those of version 6 with native code run first, as mpy-tool.py merges them.
func Merged(names []string, inputs []*mpytree.File, out *mpytree.File) []string {
	m := &merged{out: out}
	order := make([]int, len(inputs))
	for i := range order {
		order[i] = i
	}
	if out.Version == 6 {
		slices.SortStableFunc(order, func(i, k int) int {
			return min(int(inputs[k].ArchCode()), 1) - min(int(inputs[i].ArchCode()), 1)
		})
	}
	m.runs(len(inputs))
	if len(m.list) > 0 {
		return m.list
	}
	for i, k := range order {
		m.name, m.in = names[k], inputs[k]
		m.header()
		m.code(m.in.Code, out.Code.Children[i])
		m.tables()
	}
	return m.list
}

// merged compares one module after the other.
type merged struct {
	out  *mpytree.File
	name string
	in   *mpytree.File
	list []string

	// By how many entries linked code of the module has its tables further on; nil: it has none. Machine
	// code of compilers has them where they were.
	qstrs, objects *uint64
}

func (m *merged) add(format string, args ...any) {
	m.list = append(m.list, m.name+": "+fmt.Sprintf(format, args...))
}

// differ adds a line if two of something are not the same.
func (m *merged) differ(what string, was, is any) {
	if !reflect.DeepEqual(was, is) {
		m.add("%s: %v, merged %v", what, was, is)
	}
}

// runs compares the outermost code with what makes a function of each child and calls it, in order.
func (m *merged) runs(children int) {
	m.name = "the merged module"
	code := m.out.Code
	insns, err := m.out.Insns(code)
	prelude, _ := code.Prelude(m.out.Version)
	if err != nil || prelude == nil {
		m.add("its code cannot be read: %v", err)
		return
	}
	type step struct {
		op  byte
		arg uint64
	}
	var want, is []step
	for i := range children {
		child := uint64(i)
		if m.out.Version == 5 { // they are counted behind arguments and objects
			child += uint64(len(code.ArgNames) + len(code.Objects))
		}
		want = append(want, step{mpytree.OpMakeFunction, child}, step{op: mpytree.OpCallFunction}, step{op: mpytree.OpPopTop})
	}
	want = append(want, step{op: mpytree.OpLoadConstNone}, step{op: mpytree.OpReturnValue})
	for i := range insns {
		is = append(is, step{insns[i].Op, insns[i].Arg})
	}
	m.differ("modules", children, len(code.Children))
	if !slices.Equal(want, is) {
		m.add("it does not run its modules one after the other")
	}
	m.differ("arguments and handlers", []uint64{0, 0, 0, 0, 0}, []uint64{prelude.ExcStack, prelude.ScopeFlags, prelude.PosArgs, prelude.KwOnly, prelude.DefPos})
	if prelude.State == 0 {
		m.add("it has no stack")
	}
}

// header compares what the firmware is told that it must have.
func (m *merged) header() {
	was, is := m.in, m.out
	m.differ("maker and version", []byte{was.Maker, was.Version}, []byte{is.Maker, is.Version})
	if was.SmallIntBits > is.SmallIntBits {
		m.add("small integers need %d bits, merged %d", was.SmallIntBits, is.SmallIntBits)
	}
	if was.Window > is.Window {
		m.add("%d names have to be remembered, merged %d", was.Window, is.Window)
	}
	const compiled = 3 // version 5: whether names are cached, and are Unicode
	if was.Version == 5 {
		m.differ("feature flags", was.Feature&compiled, is.Feature&compiled)
	}
	if was.ArchCode() != 0 {
		m.differ("architecture", was.ArchName(), is.ArchName())
		m.differ("sub-version", was.Header().Sub(), is.Header().Sub())
	}
	if missing := was.ArchFlags &^ is.ArchFlags; missing != 0 {
		m.add("extensions 0x%x are not in the header", missing)
	}
}

// code compares a code with what it was, and those inside.
func (m *merged) code(was, is *mpytree.Code) {
	before := m.name
	defer func() { m.name = before }()
	if name := m.in.Name(was); name != "" {
		m.name += ": " + mpytree.Word(name)
	}
	if was.Kind != is.Kind || len(was.Children) != len(is.Children) {
		m.add("%s with %d inside, merged %s with %d", was.Kind, len(was.Children), is.Kind, len(is.Children))
		return
	}
	m.differ("flags and signature", []uint64{was.ScopeFlags, was.PosArgs, was.TypeSig, was.PreludeOff, was.BSS}, []uint64{is.ScopeFlags, is.PosArgs, is.TypeSig, is.PreludeOff, is.BSS})
	if m.in.Version == 5 {
		m.own(was, is)
	}
	switch {
	case was.Kind == mpytree.Bytecode:
		m.bytecode(was, is)
	case m.in.Linked(was):
		m.linked(was, is)
	default:
		m.bytes("code", was.Body, is.Body)
		m.bytes("rodata", was.Rodata, is.Rodata)
		if was.Kind != mpytree.Asm && m.in.Version == 6 {
			m.moved(&m.qstrs, 0)
			m.moved(&m.objects, 0)
		}
	}
	for i := range was.Children {
		m.code(was.Children[i], is.Children[i])
	}
}

func (m *merged) bytes(what string, was, is []byte) {
	if !bytes.Equal(was, is) {
		m.add("%s: other bytes", what)
	}
}

// own compares the names and objects that a code of version 5 has itself.
func (m *merged) own(was, is *mpytree.Code) {
	type link struct {
		off  uint64
		kind mpytree.LinkKind
	}
	all := func(c *mpytree.Code) (texts []string, links []link) {
		for _, l := range c.Links {
			texts, links = append(texts, l.QStr.Text), append(links, link{l.Off, l.Kind})
		}
		for _, q := range append([]mpytree.QStr{c.Name, c.Source}, c.ArgNames...) {
			texts = append(texts, q.Text)
		}
		return texts, links
	}
	before, at := all(was)
	after, now := all(is)
	m.differ("names", before, after)
	m.differ("places of names", at, now)
	m.differ("constants", was.Objects, is.Objects)
}

// bytecode compares instruction by instruction, with what is in front of them.
func (m *merged) bytecode(was, is *mpytree.Code) {
	p, err1 := was.Prelude(m.in.Version)
	q, err2 := is.Prelude(m.out.Version)
	before, err3 := m.in.Insns(was)
	after, err4 := m.out.Insns(is)
	if err := cmp.Or(err1, err2, err3, err4); err != nil {
		m.add("its instructions cannot be read: %v", err)
		return
	}
	m.differ("stack and arguments", []uint64{p.State, p.ExcStack, p.ScopeFlags, p.PosArgs, p.KwOnly, p.DefPos}, []uint64{q.State, q.ExcStack, q.ScopeFlags, q.PosArgs, q.KwOnly, q.DefPos})
	m.differ("cells", was.Body[p.Cells:p.Code], is.Body[q.Cells:q.Code])
	m.differ("names", textsOf(m.in, p.Names), textsOf(m.out, q.Names))
	m.differ("instructions", len(before), len(after))
	if len(before) != len(after) {
		return
	}
	number, lines := numbers(was, before), linesOf(m.in, was, p, before)
	numberNow, linesNow := numbers(is, after), linesOf(m.out, is, q, after)
	for i := range before {
		if lines[i] != linesNow[i] {
			m.add("instruction %d is of line %d, merged of line %d", i, lines[i], linesNow[i])
			break
		}
	}
	for i := range before {
		x, y := &before[i], &after[i]
		same := x.Op == y.Op && x.Extra == y.Extra && x.Signed == y.Signed
		switch {
		case !same:
		case mpytree.FormatOf(x.Op) == mpytree.FormatQStr:
			same = m.in.QStrArg(was, x) == m.out.QStrArg(is, y)
		case mpytree.FormatOf(x.Op) == mpytree.FormatOffset:
			to, ok := number[x.Target]
			now, also := numberNow[y.Target]
			same = ok && also && to == now
		case x.Op == mpytree.OpLoadConstObj:
			same = reflect.DeepEqual(m.in.Constant(was, x.Arg), m.out.Constant(is, y.Arg))
		default:
			same = x.Arg == y.Arg
		}
		if !same {
			m.add("instruction %d: %s, merged %s", i, m.in.Describe(was, x), m.out.Describe(is, y))
			return
		}
	}
}

func textsOf(f *mpytree.File, qstrs []uint64) []string {
	texts := make([]string, len(qstrs))
	for i, q := range qstrs {
		texts[i] = f.Text(q)
	}
	return texts
}

// numbers are those of instructions, by where they are; that of the end too.
func numbers(c *mpytree.Code, insns []mpytree.Insn) map[int]int {
	number := map[int]int{len(c.Body): len(insns)}
	for i := range insns {
		number[insns[i].Off] = i
	}
	return number
}

// linesOf are the lines of instructions.
func linesOf(f *mpytree.File, c *mpytree.Code, p *mpytree.Prelude, insns []mpytree.Insn) []int {
	changes := mpytree.LineMap(f.Version, c.Body[p.Lines:p.Cells])
	lines := make([]int, len(insns))
	line := 1
	for i := range insns {
		for len(changes) > 0 && changes[0].Off <= insns[i].Off-p.Code {
			line, changes = changes[0].Line, changes[1:]
		}
		lines[i] = line
	}
	return lines
}

// linked compares code and data but for the words that firmware adds the address of a table to: those lead as far into
// the module's part of it as they did.
func (m *merged) linked(was, is *mpytree.Code) {
	before, after := m.in.Loaded(was), m.out.Loaded(is)
	m.differ("words that are relocated", len(before), len(after))
	if len(before) != len(after) {
		return
	}
	size := uint64(m.out.Word())
	body, rodata := bytes.Clone(is.Body), bytes.Clone(is.Rodata)
	for i := range before {
		x, y := before[i], after[i]
		m.differ("word that is relocated", x.Word, y.Word)
		by := y.Addend - x.Addend
		switch x.Dest.Kind {
		case mpyfile.ToQStrTable:
			m.further(&m.qstrs, by, 2) // of uint16_t (py/bc.h, qstr_short_t)
		case mpyfile.ToObjTable:
			m.further(&m.objects, by, size)
		default:
			continue
		}
		from, to := was.Body, body
		if x.Region == mpyfile.Rodata {
			from, to = was.Rodata, rodata
		}
		if end := x.Off + size; end <= uint64(min(len(from), len(to))) {
			copy(to[x.Off:end], from[x.Off:end])
		}
	}
	m.bytes("code", was.Body, body)
	m.bytes("rodata", was.Rodata, rodata)
}

// further takes down that a table is some bytes further on.
func (m *merged) further(table **uint64, by, size uint64) {
	if by%size != 0 {
		m.add("a table is %d bytes further on, which is in an entry", by)
		return
	}
	m.moved(table, by/size)
}

// moved takes down that a table is some entries further on, the same for all code of the module.
func (m *merged) moved(table **uint64, entries uint64) {
	if *table != nil && **table != entries {
		m.add("a table is %d entries further on, and %d", **table, entries)
	}
	*table = &entries
}

// tables compares the entries that machine code of the module has by number.
func (m *merged) tables() {
	if by := m.qstrs; by != nil {
		for i, q := range m.in.QStrs {
			if at := *by + uint64(i); at >= uint64(len(m.out.QStrs)) || m.out.QStrs[at].Text != q.Text {
				m.add("name %d is %q, merged %q", i, q.Text, m.out.Text(at))
			}
		}
	}
	if by := m.objects; by != nil {
		for i, o := range m.in.Objects {
			if at := *by + uint64(i); at >= uint64(len(m.out.Objects)) || !reflect.DeepEqual(m.out.Objects[at], o) {
				m.add("constant %d is another", i)
			}
		}
	}
	m.qstrs, m.objects = nil, nil
}
