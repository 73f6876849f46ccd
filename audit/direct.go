package audit

import (
	"bytes"
	"cmp"
	"debug/elf"
	"fmt"
	"slices"

	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Where a link has code load addresses that goes a long way for them in the object (relocs.Direct), all of
// that code is compared, instruction by instruction: each is the object's, or goes where that went, or is one of few
// that go or become others, and then what registers hold says that the program does not see it
// (recodedflow.go). Relocations mean the same, but for the words that have addresses now.
//
//	object                        module
//	 0: ldr r3, 8                              goes: nothing but 2 looks at r3
//	 2: add r3, pc                             goes: r3 is the GOT then, and nothing but 4 looks at it
//	 4: ldr r3, [r3, r2]           0: ldr r3, 4    r2 has the offset of x's slot, of word 12

// direct checks the objects with such code and takes them in the place of those they were.
func (a *audit) direct(by map[*elfload.Object]*elfload.Object) {
	for i := range a.files {
		f := &a.files[i]
		is := by[f.Object]
		if is == nil {
			continue
		}
		if len(is.Sections) != len(f.Sections) || len(is.Symbols) != len(f.Symbols) {
			a.bad(f.Name, "what is in its place is another file")
			return
		}
		for s := range f.Sections {
			c := &recoded{audit: a, wasIn: f.Object, isIn: is, was: &f.Sections[s], is: &is.Sections[s], file: i, number: s, how: a.in.Machine.Direct}
			if c.isChangedSection() {
				c.check()
				a.otherCode = append(a.otherCode, c)
			}
		}
		if a.recoded == nil {
			a.recoded = make([]*elfload.Object, len(a.files))
		}
		f.Object, a.recoded[i] = is, f.Object
	}
}

// passes checks such code once more, when it is known which code is in the module: what others look at.
func (a *audit) passes() {
	if len(a.otherCode) == 0 {
		return
	}
	all := a.readCode()
	for _, c := range a.otherCode {
		c.all = all
		c.follow()
	}
}

// isChangedSection reports whether a section is not what loading makes of it.
func (c *recoded) isChangedSection() bool {
	was, is := c.was.Edits, c.is.Edits
	return (was == nil) != (is == nil) || was != nil && (was.Word != is.Word || !bytes.Equal(was.Bytes(), is.Bytes()))
}

// recoded is a section of code with other instructions than the object's.
type recoded struct {
	*audit
	how         *relocs.Direct
	wasIn, isIn *elfload.Object
	was, is     *elfload.Section
	file        int
	number      int
	all         *code // nil: not yet known
	steps       []step
	at          map[uint32]int // by offset in the object: the number of the step
	refs, now   map[uint32]*elfload.Reloc
	loaded      map[uint32]bool   // words of data that instructions load
	tables      map[uint32]uint32 // by start of a table: its end
	entries     map[uint32]bool
	failed      bool
}

// step is an instruction of the object, and what takes its place.
type step struct {
	relocs.Insn
	off, to uint32 // in the object, and now
	guarded bool
	is      []byte
	target  uint32        // where it refers to by its place
	field   *relocs.Field // that says so
	places  []uint32      // of a jump by way of a table: where that leads
}

// wrong reports what is wrong at an offset of the object.
func (c *recoded) wrong(off uint32, format string, args ...any) {
	if !c.failed {
		c.bad(linkmap.At(c.wasIn.Name, c.was.Name, uint64(off)), "the map has other instructions: %s", fmt.Sprintf(format, args...))
	}
	c.failed = true
}

func (c *recoded) check() {
	e := c.is.Edits
	switch {
	case c.how == nil || e == nil || e.Word != 0 || c.was.Edits != nil || len(e.From) != len(c.was.Data) || len(e.From) == 0 || &e.From[0] != &c.was.Data[0]:
		c.wrong(0, "they are not made of the object's")
		return
	case c.was.Align != 4 || c.was.Flags&elf.SHF_EXECINSTR == 0:
		c.wrong(0, "they are not in code that is aligned to words alone")
		return
	}
	c.at, c.loaded, c.tables = map[uint32]int{}, map[uint32]bool{}, map[uint32]uint32{}
	c.refs, c.now = relocsAt(c.was), relocsAt(c.is)
	for _, pass := range []func(){c.split, c.refers, c.relocations, c.accounted, c.findEntries, c.follow} {
		if pass(); c.failed {
			return
		}
	}
}

// relocsAt returns the relocations of a section that have a value, by their places.
func relocsAt(s *elfload.Section) map[uint32]*elfload.Reloc {
	m := map[uint32]*elfload.Reloc{}
	for r := range s.Relocs {
		if !r.Howto.MarksOnly() {
			m[r.Off] = &r
		}
	}
	return m
}

func (c *recoded) data() []elfload.Range {
	if c.was.Shape == nil {
		return nil
	}
	return c.was.Shape.Data
}

// inData returns the data that an offset is in, if it is in any.
func (c *recoded) inData(off uint32) (elfload.Range, bool) {
	data := c.data()
	i, _ := slices.BinarySearchFunc(data, off, func(r elfload.Range, off uint32) int { return cmp.Compare(r.To, off+1) })
	if i < len(data) && data[i].From <= off {
		return data[i], true
	}
	return elfload.Range{}, false
}

// split takes the object's code apart, and finds what takes the place of each instruction. Each edit
// is of one, or of data.
func (c *recoded) split() {
	e, edits := c.is.Edits, 0
	end := uint32(len(c.was.Data))
	off := uint32(0)
	for _, r := range append(append([]elfload.Range(nil), c.data()...), elfload.Range{From: end, To: end}) {
		guards := 0
		for off < r.From {
			insn := c.in.Machine.Decode(c.was.Data[off:r.From])
			s := step{Insn: insn, off: off, to: uint32(e.Label(uint64(off))), guarded: guards > 0}
			if off+uint32(s.Size) > r.From {
				c.wrong(off, "an instruction runs on into data")
				return
			}
			s.is = c.was.Data[off : off+uint32(s.Size)]
			if cut := e.At(uint64(off)); cut != nil {
				if cut.Del != uint32(s.Size) || cut.For != nil {
					c.wrong(off, "an edit is not of one instruction")
					return
				}
				s.is = cut.Ins
				edits++
			}
			c.at[off] = len(c.steps)
			c.steps = append(c.steps, s)
			guards = max(guards-1, int(insn.Guards))
			off += uint32(s.Size)
		}
		off = r.To
	}
	for i := range e.Edits {
		cut := &e.Edits[i]
		if r, ok := c.inData(cut.Off); ok {
			if cut.Off+cut.Del > r.To {
				c.wrong(cut.Off, "an edit reaches from data into code")
				return
			}
			edits++
		}
	}
	if edits != len(e.Edits) {
		c.wrong(0, "an edit is of a part of an instruction")
	}
}

// refers finds what instructions refer to by their places, and checks that it is the same now.
func (c *recoded) refers() {
	for i := range c.steps {
		s := &c.steps[i]
		code := c.was.Data[s.off : s.off+uint32(s.Size)]
		if s.Flow == relocs.FlowJump && c.how.Table(code) == 0 && !c.how.Tail.Matches(code) {
			c.wrong(s.off, "it goes on somewhere in there, and nobody knows where")
		}
		if r := c.refs[s.off]; r != nil {
			if !r.Howto.Branch || !bytes.Equal(c.plain(s), code) {
				c.wrong(s.off, "one with a relocation of a kind that is not followed")
			} else if kind, ok := c.how.Tables[c.wasIn.Symbols[r.Sym].Name]; ok && s.Flow == relocs.FlowCall {
				c.table(s, kind)
			}
			continue
		}
		if !s.Placed || s.Op == relocs.AddPC {
			continue
		}
		if n := c.how.Table(code); n > 0 {
			if c.table(s, relocs.JumpTable{Entry: n}); !bytes.Equal(c.plain(s), code) {
				c.wrong(s.off, "a jump by way of a table is another one")
			}
			continue
		}
		f := c.fieldOf(code)
		if f == nil {
			c.wrong(s.off, "it is not known what it refers to")
			return
		}
		s.field, s.target = f, c.aim(f, code, s.off)
		if is := c.plain(s); len(is) == s.Size && f.Matches(is) {
			was, now := bytes.Clone(code), bytes.Clone(is)
			f.Write(was, 0)
			f.Write(now, 0)
			if !bytes.Equal(was, now) {
				c.wrong(s.off, "it does something else")
			} else if to := c.aim(f, is, s.to); uint64(to) != c.is.Edits.Label(uint64(s.target)) {
				c.wrong(s.off, "it refers to 0x%x, which is at 0x%x now, but there it says 0x%x", s.target, c.is.Edits.Label(uint64(s.target)), to)
			}
		}
		if s.Flow == relocs.FlowNext {
			c.loads(s)
		} else if _, ok := c.at[s.target]; !ok {
			c.wrong(s.off, "it goes to where no instruction starts")
		}
	}
}

// plain returns what takes the place of an instruction, without padding behind it. That may be anywhere but between
// a condition and what it is for: tables are behind their jumps, or else it shows there. An instruction of more bytes may end
// in the same ones.
func (c *recoded) plain(s *step) []byte {
	next, ok := c.at[s.off+uint32(s.Size)]
	nop := c.how.Nop
	if !bytes.HasSuffix(s.is, nop) || len(s.is) > len(nop) && c.in.Machine.Decode(s.is).Size == len(s.is) || bytes.Equal(s.is, c.was.Data[s.off:s.off+uint32(s.Size)]) || ok && c.steps[next].guarded {
		return s.is
	}
	return s.is[:len(s.is)-len(nop)]
}

// fieldOf returns the field of the distance in an instruction.
func (c *recoded) fieldOf(code []byte) *relocs.Field {
	for _, f := range c.how.Branches {
		if f.Size == len(code) && f.Matches(code) {
			return f
		}
	}
	for i := range c.how.Places {
		if f := c.how.Places[i].Field; f.Size == len(code) && f.Matches(code) {
			return f
		}
	}
	for i := range c.how.Loads {
		if f := c.how.Loads[i].Field; f.Size == len(code) && f.Matches(code) {
			return f
		}
	}
	return nil
}

// aim returns where an instruction at an offset leads by a field.
func (c *recoded) aim(f *relocs.Field, code []byte, off uint32) uint32 {
	v := f.PC(int64(off)) + f.Read(code)
	for _, branch := range c.how.Branches {
		if f == branch {
			v -= c.in.Machine.BranchA
		}
	}
	return uint32(v)
}

// loads notes what an instruction loads, which is in data and at a multiple of a word's size.
func (c *recoded) loads(s *step) {
	r, ok := c.inData(s.target)
	if !ok || s.target%4 != 0 || s.target+4 > r.To || c.is.Edits.Label(uint64(s.target))%4 != 0 {
		c.wrong(s.off, "it loads what is no word of data")
		return
	}
	c.loaded[s.target] = true
	for i := range c.how.Places {
		p := &c.how.Places[i]
		for off := s.target; s.field == p.Field && off < s.target+uint32(p.Bytes) && off+4 <= r.To; off += 4 {
			c.loaded[off] = true
			if c.is.Edits.Label(uint64(off)) != c.is.Edits.Label(uint64(s.target))+uint64(off-s.target) || c.is.Edits.At(uint64(off)) != nil {
				c.wrong(s.off, "what it loads is another word")
			}
		}
	}
}

// table checks the table behind an instruction: each entry leads to where the object's does.
func (c *recoded) table(s *step, kind relocs.JumpTable) {
	start := s.off + uint32(s.Size)
	r, ok := c.inData(start)
	if !ok || r.From != start {
		c.wrong(s.off, "its table is not behind it")
		return
	}
	c.tables[start] = r.To
	now := uint32(c.is.Edits.Label(uint64(start)))
	if now != s.to+uint32(s.Size) || c.is.Edits.Label(uint64(r.To)) != uint64(now+r.To-r.From) {
		c.wrong(s.off, "its table is not behind it now")
		return
	}
	n := int(r.To-r.From) / kind.Entry
	for i := range n {
		was, is := leadsTo(c.was.Data[start:], i, kind), leadsTo(c.is.Data[now:], i, kind)
		to := uint32(int64(start) + was)
		if _, ok := c.at[to]; !ok {
			if was != 0 || is != 0 || i != n-1 {
				c.wrong(s.off, "its table leads to where no instruction starts")
			}
			continue
		}
		if uint64(int64(now)+is) != c.is.Edits.Label(uint64(to)) {
			c.wrong(s.off, "entry %d of its table leads elsewhere", i)
		}
		s.places = append(s.places, to)
	}
}

// leadsTo returns an entry of a table, in bytes from the table's start.
func leadsTo(b []byte, i int, kind relocs.JumpTable) int64 {
	v := uint32(0)
	for k := range kind.Entry {
		v |= uint32(b[i*kind.Entry+k]) << (8 * k)
	}
	if kind.Signed {
		return 2 * int64(relocs.SignExtend(v, 8*kind.Entry))
	}
	return 2 * int64(v)
}

// accounted checks that it is known what all data is for: what nobody knows may be a distance of two
// places in the code.
func (c *recoded) accounted() {
	for _, r := range c.data() {
		for off := r.From &^ 3; off < c.tables[r.From]; off += 4 {
			if c.loaded[off] {
				c.wrong(off, "it is loaded, and a part of a table")
				return
			}
		}
		if c.tables[r.From] > 0 {
			continue
		}
		for off := r.From; off < r.To; off++ {
			switch word := off &^ 3; {
			case c.loaded[word], c.refs[word] != nil, c.was.Data[off] == 0:
			default:
				c.wrong(off, "nobody knows what this data is for")
				return
			}
		}
	}
}
