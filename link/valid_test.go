package link_test

import (
	"debug/elf"
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
	"mpyld/relocs/machines"
	"mpyld/simload"
	"mpyld/supportlib"
)

// Valid objects of any shape must link, and what links must verify: unlike FuzzLink, which
// damages objects, this puts whole ones together. Functions are blocks of random
// instructions, branches, calls (some of which do not come back), and addresses made in all the ways that
// compilers have, with constants between them; data has pointers to everything.

// FuzzValid links objects made of random numbers.
func FuzzValid(f *testing.F) {
	for i := range machines.All {
		f.Add(uint8(i), uint64(0))
	}
	f.Fuzz(func(t *testing.T, arch uint8, seed uint64) {
		linkValid(t, newProgram(machines.All[int(arch)%len(machines.All)].Name, seed))
	})
}

// TestValid links some for each architecture.
func TestValid(t *testing.T) {
	for _, arch := range machines.All {
		t.Run(arch.Name, func(t *testing.T) {
			t.Parallel()
			refused, n, made := 0, uint64(60), map[string]int{}
			for seed := range n {
				g := newProgram(arch.Name, seed)
				if linkValid(t, g) {
					refused++
				}
				for kind, n := range g.made {
					made[kind] += n
				}
			}
			for _, kind := range kinds(arch.Name) {
				if made[kind] == 0 {
					t.Errorf("there is no %s", kind)
				}
			}
			if refused > int(n)/10 {
				t.Errorf("%d of %d are refused", refused, n)
			}
		})
	}
}

// kinds lists what there has to be in the programs for an architecture.
func kinds(arch string) []string {
	list := []string{
		"common", "group", "weak function", "function with two names", "data in text", "distances in data", "address of " + rom, "address of " + maybe,
		"module for another release", "large module", "address of mp_fun_table", "address of end", "address of __start_row", ".init_array", ".preinit_array", ".ctors", ".fini_array", ".dtors",
	}
	switch m := machines.For(arch); m.ELF {
	case elf.EM_ARM:
		list = append(list, "offset of a slot", "distance from the GOT", "distance to a slot", "distance", "branch of type 102")
	case elf.EM_RISCV:
		list = append(list, "thread-local variable", "use of a thread-local variable", "padding to cut", "branch of type 16", "branch of type 45")
	case elf.EM_386:
		list = append(list, "address in an instruction", "distance from the GOT")
	case elf.EM_X86_64:
		list = append(list, "address in an instruction", "distance", "large model")
	case elf.EM_XTENSA:
		list = append(list, "literal in the code", "branch of type 20")
	}
	return list
}

// limits are the refusals of objects that nothing else is wrong with.
var limits = regexp.MustCompile(`is outside \[|^mpyld: error: the entry|out of reach of the jump`)

// linkValid reports whether the objects are refused for good reason.
func linkValid(t *testing.T, g *program) (refused bool) {
	t.Helper()
	arch, seed := g.arch.Name+" for "+g.release.Name, g.seed
	in := link.Input{
		ABI: g.release.For(g.arch), EntryStyle: g.release.Entry, Arch: g.arch, SourceName: "m.mpy",
		GCSections: g.r.IntN(4) == 0, NoWritableText: g.fixed, Support: supportlib.Open,
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
	seed    uint64
	r       *rand.Rand
	m       *relocs.Machine
	mach    codeMaker
	arch    *relocs.Machine
	release *mpyfile.Release
	word    int
	// fixed: code has no distance to variables.
	fixed bool

	depth   int             // how many blocks of code are in one another
	vars    []string        // global variables, by name; some have two
	funs    []string        // global functions
	funs2   []string        // second names of functions
	locals  []string        // thread-local variables
	outside []string        // what is at no fixed distance, if anywhere
	grouped map[string]bool // functions that are in COMDAT groups
	second  map[string]string
	made    map[string]int // how many of each kind there are
}

// unit is one object.
type unit struct {
	*program
	sections []elfmake.Section
	syms     []elfmake.Symbol
	bySym    map[string]int
	labels   int
}

// codeMaker is what a machine's code is made of.
type codeMaker interface {
	filler(u *unit, keep relocs.Registers) block // an instruction that leaves registers alone
	skip(n int) []byte                           // a branch over n bytes, or not
	always(n int) []byte                         // a branch over n bytes
	back(n int) []byte                           // a branch back over n bytes, or not
	call(u *unit, to string, keep relocs.Registers) block
	ret() []byte
	address(u *unit, to string, keep relocs.Registers, depth int) block
	first(u *unit) block                           // what wants the alignment of a function
	distance(u *unit, s *elfmake.Section, off int) // a distance that a section with constants holds
}

func newProgram(arch string, seed uint64) *program {
	g := &program{seed: seed, r: rand.New(rand.NewPCG(seed, 8)), m: machines.For(arch), arch: machines.For(arch), release: mpyfile.Newest, made: map[string]int{}}
	g.word = g.arch.Word
	g.fixed = !g.arch.WritableText || g.r.IntN(4) == 0
	if r := mpyfile.Releases[g.r.IntN(len(mpyfile.Releases))]; r.Loads(g.arch) && g.r.IntN(2) == 0 {
		g.release = r
		g.made["module for another release"]++
	}
	g.mach = codeMakers[g.m.ELF](g.m)
	for i := range 1 + g.r.IntN(6) {
		g.vars = append(g.vars, fmt.Sprintf("v%d", i), fmt.Sprintf("alias%d", i))
	}
	g.funs = []string{"mpy_init"}
	n := g.r.IntN(12)
	g.depth = g.r.IntN(4)
	if g.r.IntN(40) == 0 {
		n, g.depth = 100+g.r.IntN(200), g.depth/2
		g.made["large module"]++
	}
	for i := range n {
		g.funs = append(g.funs, fmt.Sprintf("f%d", i))
	}
	g.parts()
	return g
}

func (g *program) objects() (objects []elfmake.Object) {
	n := 1 + g.r.IntN(3)
	for i := range n {
		u := &unit{program: g, bySym: map[string]int{}}
		for j, f := range g.funs {
			switch {
			case j%n == i:
				u.function(f, elf.STB_GLOBAL)
			case g.grouped[f] || u.r.IntN(8) == 0:
				u.function(f, elf.STB_WEAK)
			}
		}
		for j := 0; j < len(g.vars); j += 2 {
			if j/2%n == i {
				u.variable(g.vars[j], g.vars[j+1])
			} else if u.r.IntN(8) == 0 {
				u.common(g.vars[j])
			}
		}
		u.tables(i == 0)
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
		u.syms = append(u.syms, undefinedSymbol(name))
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
func (u *unit) function(name string, bind elf.SymBind) {
	first := len(u.sections)
	b := u.mach.first(u)
	b.add(u.body(0, u.depth))
	switch u.r.IntN(5) {
	case 0: // ends in a call that does not come back
		b.add(u.mach.call(u, u.callee(), 0))
	default:
		b.code = append(b.code, u.mach.ret()...)
	}
	b.addLiterals()
	size := len(b.code)
	if u.r.IntN(2) == 0 {
		u.constants(&b)
	}
	sect := u.place(name, &b, u.grouped[name] || u.r.IntN(2) == 0)
	at := uint64(len(u.sections[sect].Data) - len(b.code))
	f := elfmake.Symbol{Name: name, Bind: bind, Type: elf.STT_FUNC, Sect: sect, Value: at | uint64(u.m.ModeBits), Size: uint64(size)}
	u.define(f)
	if also := u.second[name]; also != "" && (bind == elf.STB_GLOBAL || u.grouped[name]) {
		f.Name, f.Bind = also, elf.STB_WEAK
		u.define(f)
		u.made["function with two names"]++
	}
	if bind == elf.STB_WEAK {
		u.made["weak function"]++
	}
	if u.grouped[name] {
		u.group(name, first)
	}
}

// place appends code to a section, or makes one, and returns its number.
func (u *unit) place(name string, b *block, own bool) int {
	sect := -1
	for i := range u.sections {
		if s := &u.sections[i]; s.Flags == elf.SHF_ALLOC|elf.SHF_EXECINSTR && s.Type == 0 && !own {
			sect = i
		}
	}
	if sect < 0 {
		sect = len(u.sections)
		u.sections = append(u.sections, elfmake.Section{Name: ".text." + name, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: uint64(u.word)})
	}
	s := &u.sections[sect]
	for len(s.Data)%u.word != 0 {
		s.Data = append(s.Data, 0) // padding
	}
	if u.m.ELF == elf.EM_RISCV && u.r.IntN(4) == 0 {
		s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(len(s.Data)), Type: 43, Sym: noSymbol, A: 6})
		s.Data = append(s.Data, 0x13, 0, 0, 0, 1, 0) // padding, of which all or less is cut
		s.Align = 8
		u.made["padding to cut"]++
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
	return sect
}

// body makes code that leaves registers alone.
func (u *unit) body(keep relocs.Registers, depth int) (b block) {
	for range u.r.IntN(6) {
		switch k := u.r.IntN(10); {
		case k < 4 || depth == 0:
			b.add(u.mach.filler(u, keep))
		case k < 5:
			b.add(u.mach.call(u, u.callee(), keep))
		case k < 6: // if
			in := u.body(keep, depth-1)
			b.code = append(b.code, u.mach.skip(len(in.code))...)
			b.add(in)
		case k < 7: // loop
			in := u.body(keep, depth-1)
			b.add(in)
			b.code = append(b.code, u.mach.back(len(in.code))...)
		default:
			b.add(u.mach.address(u, u.any(), keep, depth-1))
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
	k := u.r.IntN(len(kinds) + 1)
	if k == len(kinds) {
		u.common(name)
		u.common(alias)
		return
	}
	s, word := kinds[k], u.word
	s.Align = uint64(word)
	s.Size = uint64(word * (1 + u.r.IntN(40)))
	sect := len(u.sections)
	if s.Type != elf.SHT_NOBITS {
		s.Data = make([]byte, s.Size)
		for off := 0; off < len(s.Data) && s.Flags&elf.SHF_WRITE != 0; off += word {
			if u.r.IntN(3) == 0 {
				s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(off), Type: wordReloc[u.m.ELF][word], Sym: u.sym(u.any())})
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
			if r := &o.Sections[i].Relocs[k]; r.Sym != noSymbol {
				r.Sym = number[r.Sym]
			}
		}
	}
	u.numberGroups(&o, number)
	return o
}
