package link_test

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"regexp"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/simload"
)

// Valid objects of any shape must link, and what links must verify: unlike FuzzLink, which
// damages objects, this puts whole ones together. Functions are blocks of random
// instructions, branches, calls (some of which do not come back), and addresses made in all the ways that
// compilers have, with constants between them; data has pointers to everything.

// FuzzValid links objects made of random numbers.
func FuzzValid(f *testing.F) {
	for i := range mpyfile.Archs {
		f.Add(uint8(i), uint64(0))
	}
	f.Fuzz(func(t *testing.T, arch uint8, seed uint64) {
		linkValid(t, mpyfile.Archs[int(arch)%len(mpyfile.Archs)].Name, seed)
	})
}

// TestValid links some for each architecture.
func TestValid(t *testing.T) {
	for _, arch := range mpyfile.Archs {
		t.Run(arch.Name, func(t *testing.T) {
			t.Parallel()
			refused, n := 0, uint64(60)
			for seed := range n {
				if linkValid(t, arch.Name, seed) {
					refused++
				}
			}
			if refused > int(n)/10 {
				t.Errorf("%d of %d are refused", refused, n)
			}
		})
	}
}

// limits are the refusals of objects that nothing else is wrong with.
var limits = regexp.MustCompile(`is outside \[|^mpyld: error: the entry|out of reach of the jump`)

// linkValid reports whether the objects are refused for good reason.
func linkValid(t *testing.T, arch string, seed uint64) (refused bool) {
	t.Helper()
	g := newProgram(arch, seed)
	in := link.Input{
		ABI: mpyfile.Latest, Arch: mpyfile.ArchByName(arch), SourceName: "m.mpy",
		GCSections: g.r.IntN(4) == 0, NoWritableText: g.r.IntN(4) == 0,
	}
	for i, o := range g.objects() {
		obj, err := elfload.Load(fmt.Sprintf("%c.o", 'a'+i), o.Bytes(), g.m)
		if err != nil {
			t.Fatalf("%s, seed %d: %v", arch, seed, err)
		}
		in.Objects = append(in.Objects, obj)
	}
	res, err := link.Link(in)
	if err != nil {
		if limits.MatchString(err.Error()) {
			return true
		}
		t.Errorf("%s, seed %d: refused: %v", arch, seed, err)
		return true
	}
	out, err := mpywriter.Write(res.File)
	if err != nil {
		t.Fatalf("%s, seed %d: links, but: %v", arch, seed, err)
	}
	if err := simload.Verify(out, res.Map); err != nil {
		t.Errorf("%s, seed %d: links, but: %v", arch, seed, err)
	}
	return false
}

// program is a module being made up.
type program struct {
	r    *rand.Rand
	m    *relocs.Machine
	mach codeMaker
	vars []string // global variables, by name; some have two
	funs []string // global functions
}

// unit is one object.
type unit struct {
	*program
	sections []elfmake.Section
	syms     []elfmake.Symbol
	bySym    map[string]int
	labels   int
}

// block is code under construction.
type block struct {
	code []byte
	rs   []elfmake.Reloc  // Sym is an index into unit.syms
	syms []elfmake.Symbol // at offsets of the block: labels, mapping symbols

	literals []literal
}

// literal is a word behind a function that an instruction in it loads.
type literal struct {
	off, sym int
	a        uint32
}

func (b *block) add(o block) {
	at := uint64(len(b.code))
	for _, r := range o.rs {
		r.Off += at
		b.rs = append(b.rs, r)
	}
	for _, s := range o.syms {
		s.Value += at
		b.syms = append(b.syms, s)
	}
	for _, l := range o.literals {
		l.off += int(at)
		b.literals = append(b.literals, l)
	}
	b.code = append(b.code, o.code...)
}

// addLiterals puts the words behind the code, as far as their instructions
// reach: the instructions count from the next multiple of 4.
func (b *block) addLiterals(absolute uint32) {
	if len(b.literals) == 0 {
		return
	}
	if len(b.code)%4 != 0 {
		b.insn(0xbf00, 2)
	}
	b.label("$d")
	for _, l := range b.literals {
		n := (len(b.code) - (l.off+4)&^3) / 4
		if n > 255 {
			b.code[l.off], b.code[l.off+1] = 0x00, 0xbf
			continue
		}
		b.code[l.off] = byte(n)
		b.reloc(absolute, l.sym, 0)
		b.insn(uint64(l.a), 4)
	}
	b.label("$t")
}

func (b *block) insn(code uint64, size int) { b.code = append(b.code, leBytes(code, size)...) }

func (b *block) label(name string) {
	b.syms = append(b.syms, elfmake.Symbol{Name: name, Value: uint64(len(b.code))})
}

func leBytes(v uint64, n int) []byte { return binary.LittleEndian.AppendUint64(nil, v)[:n] }

// codeMaker is what a machine's code is made of.
type codeMaker interface {
	filler(u *unit, keep relocs.Registers) block // an instruction that leaves registers alone
	skip(n int) []byte                           // a branch over n bytes, or not
	always(n int) []byte                         // a branch over n bytes
	back(n int) []byte                           // a branch back over n bytes, or not
	call(u *unit, to string, keep relocs.Registers) block
	ret() []byte
	address(u *unit, to string, keep relocs.Registers, depth int) block
}

func newProgram(arch string, seed uint64) *program {
	g := &program{r: rand.New(rand.NewPCG(seed, 7)), m: relocs.For(arch)}
	g.mach = codeMakers[g.m.ELF](g.m)
	for i := range 1 + g.r.IntN(6) {
		g.vars = append(g.vars, fmt.Sprintf("v%d", i), fmt.Sprintf("alias%d", i))
	}
	g.funs = []string{"mpy_init"}
	for i := range g.r.IntN(12) {
		g.funs = append(g.funs, fmt.Sprintf("f%d", i))
	}
	return g
}

func (g *program) objects() (objects []elfmake.Object) {
	n := 1 + g.r.IntN(3)
	for i := range n {
		u := &unit{program: g, bySym: map[string]int{}}
		for j, f := range g.funs {
			if j%n == i {
				u.function(f)
			}
		}
		for j := 0; j < len(g.vars); j += 2 {
			if j/2%n == i {
				u.variable(g.vars[j], g.vars[j+1])
			}
		}
		objects = append(objects, u.object())
	}
	return objects
}

// sym returns the number of a symbol that something refers to.
func (u *unit) sym(name string) int {
	i, ok := u.bySym[name]
	if !ok {
		i = len(u.syms)
		u.bySym[name] = i
		u.syms = append(u.syms, elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
	}
	return i
}

func (u *unit) define(s elfmake.Symbol) {
	if s.Bind == elf.STB_LOCAL && u.bySym[s.Name] == 0 {
		if _, ok := u.bySym[s.Name]; !ok {
			u.syms = append(u.syms, s)
			return
		}
	}
	u.syms[u.sym(s.Name)] = s
}

// function makes a function, in a section of its own or behind the one before.
func (u *unit) function(name string) {
	b := u.body(0, 3)
	switch u.r.IntN(5) {
	case 0: // ends in a call that does not come back
		b.add(u.mach.call(u, u.one(u.funs), 0))
	default:
		b.code = append(b.code, u.mach.ret()...)
	}
	b.addLiterals(2)
	size := len(b.code)
	if u.r.IntN(2) == 0 {
		u.constants(&b)
	}
	sect := -1
	if u.r.IntN(2) == 0 {
		for i := range u.sections {
			if u.sections[i].Flags&elf.SHF_EXECINSTR != 0 && u.sections[i].Type == 0 {
				sect = i
			}
		}
	}
	if sect < 0 {
		sect = len(u.sections)
		u.sections = append(u.sections, elfmake.Section{Name: ".text." + name, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4})
	}
	s := &u.sections[sect]
	for len(s.Data)%4 != 0 {
		s.Data = append(s.Data, 0) // padding
	}
	at := uint64(len(s.Data))
	for _, r := range b.rs {
		r.Off += at
		s.Relocs = append(s.Relocs, r)
	}
	for _, sym := range b.syms {
		sym.Value += at
		sym.Sect = sect
		u.define(sym)
	}
	s.Data = append(s.Data, b.code...)
	u.define(elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: sect, Value: at | uint64(u.m.ModeBits), Size: uint64(size)})
}

// body makes code that leaves registers alone.
func (u *unit) body(keep relocs.Registers, depth int) (b block) {
	for range u.r.IntN(6) {
		switch k := u.r.IntN(10); {
		case k < 4 || depth == 0:
			b.add(u.mach.filler(u, keep))
		case k < 5:
			b.add(u.mach.call(u, u.one(u.funs), keep))
		case k < 6: // if
			in := u.body(keep, depth-1)
			b.code = append(b.code, u.mach.skip(len(in.code))...)
			b.add(in)
		case k < 7: // loop
			in := u.body(keep, depth-1)
			b.add(in)
			b.code = append(b.code, u.mach.back(len(in.code))...)
		default:
			b.add(u.mach.address(u, u.one(u.vars), keep, depth-1))
		}
	}
	return b
}

// either makes code that does one or the other.
func (u *unit) either(x, y block) (b block) {
	x.code = append(x.code, u.mach.always(len(y.code))...)
	b.code = u.mach.skip(len(x.code))
	b.add(x)
	b.add(y)
	return b
}

// constants puts data behind code, as mapping symbols or types say.
func (u *unit) constants(b *block) {
	for len(b.code)%4 != 0 {
		b.code = append(b.code, 0)
	}
	n := 4 * (1 + u.r.IntN(8))
	u.labels++
	if u.mapped() {
		b.label("$d")
	} else {
		b.syms = append(b.syms, elfmake.Symbol{Name: fmt.Sprintf("constants%d", u.labels), Type: elf.STT_OBJECT, Value: uint64(len(b.code)), Size: uint64(n)})
	}
	for range n {
		b.code = append(b.code, byte(u.r.Uint32()))
	}
	if u.mapped() {
		b.label(map[bool]string{true: "$t", false: "$x"}[u.m.ModeBits != 0])
	}
}

// mapped: this object has mapping symbols. Older RISC-V assemblers make none.
func (u *unit) mapped() bool { return u.m.ModeBits != 0 || len(u.funs)%2 == 0 }

func (u *unit) one(names []string) string { return names[u.r.IntN(len(names))] }

// variable makes a variable that has two names, with pointers in it.
func (u *unit) variable(name, alias string) {
	kinds := []elfmake.Section{
		{Name: ".data." + name, Flags: elf.SHF_ALLOC | elf.SHF_WRITE},
		{Name: ".bss." + name, Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE},
		{Name: ".data.rel.ro." + name, Flags: elf.SHF_ALLOC | elf.SHF_WRITE},
		{Name: ".rodata." + name, Flags: elf.SHF_ALLOC},
		{Name: ".rodata.str1.1." + name, Flags: elf.SHF_ALLOC | elf.SHF_MERGE | elf.SHF_STRINGS},
	}
	s := kinds[u.r.IntN(len(kinds))]
	word := 4
	if u.m.Class == elf.ELFCLASS64 {
		word = 8
	}
	s.Align = uint64(word)
	s.Size = uint64(word * (1 + u.r.IntN(40)))
	sect := len(u.sections)
	if s.Type != elf.SHT_NOBITS {
		s.Data = make([]byte, s.Size)
		for off := 0; off < len(s.Data) && s.Flags&elf.SHF_WRITE != 0; off += word {
			if u.r.IntN(3) == 0 {
				s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(off), Type: wordReloc[u.m.ELF][word], Sym: u.sym(u.one(append(u.vars, u.funs...)))})
			}
		}
	}
	u.sections = append(u.sections, s)
	u.define(elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: sect, Size: s.Size})
	u.define(elfmake.Symbol{Name: alias, Bind: []elf.SymBind{elf.STB_GLOBAL, elf.STB_WEAK}[u.r.IntN(2)], Type: elf.SymType(u.r.IntN(2)), Sect: sect})
}

var wordReloc = map[elf.Machine]map[int]uint32{
	elf.EM_ARM: {4: 2}, elf.EM_RISCV: {4: 1, 8: 2}, elf.EM_386: {4: 1}, elf.EM_X86_64: {8: 1}, elf.EM_XTENSA: {4: 1},
}

// object puts local symbols first.
func (u *unit) object() elfmake.Object {
	o := elfmake.Object{Machine: u.m.ELF, Class: u.m.Class, RELA: u.m.ELF != elf.EM_ARM && u.m.ELF != elf.EM_386, Sections: u.sections}
	number := make([]int, len(u.syms))
	for _, local := range []bool{true, false} {
		for i, s := range u.syms {
			if (s.Bind == elf.STB_LOCAL) == local {
				number[i] = len(o.Symbols)
				o.Symbols = append(o.Symbols, s)
			}
		}
	}
	for i := range o.Sections {
		for k := range o.Sections[i].Relocs {
			r := &o.Sections[i].Relocs[k]
			r.Sym = number[r.Sym]
		}
	}
	return o
}
