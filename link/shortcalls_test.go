package link_test

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

const (
	rvJAL, rvCall, rvAlign, rvJump, rvRelax = 17, 19, 43, 45, 51

	callRA = 0x0000_80e7_0000_0097 // auipc ra, 0; jalr ra, 0(ra)
	tailT1 = 0x0003_0067_0000_0317 // auipc t1, 0; jr 0(t1)
)

// relaxable is code under construction that is compiled for shorter calls. Its first label is
// the module's function.
type relaxable struct{ elfmake.Object }

func newRelaxable(m *relocs.Machine) *relaxable {
	r := &relaxable{elfmake.Object{Machine: m.ELF, Class: m.Class, RELA: true}}
	r.section(".text", 16)
	r.label("mpy_init")
	return r
}

func (r *relaxable) section(name string, align uint64) {
	r.Sections = append(r.Sections, elfmake.Section{Name: name, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: align})
}

func (r *relaxable) last() *elfmake.Section { return &r.Sections[len(r.Sections)-1] }

// label defines a function, where somebody may have referred to it.
func (r *relaxable) label(name string) {
	s := &r.Symbols[r.symbol(name)]
	s.Type, s.Sect, s.Value = elf.STT_FUNC, len(r.Sections)-1, uint64(len(r.last().Data))
}

func (r *relaxable) symbol(name string) int {
	for i := range r.Symbols {
		if r.Symbols[i].Name == name {
			return i
		}
	}
	r.Symbols = append(r.Symbols, elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
	return len(r.Symbols) - 1
}

// reloc adds a relocation at the end of the code; "": of no symbol.
func (r *relaxable) reloc(typ uint32, name string, a int64) {
	sym := -1
	if name != "" {
		sym = r.symbol(name)
	}
	s := r.last()
	s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(len(s.Data)), Type: typ, Sym: sym, A: a})
}

func (r *relaxable) code(size int, v uint64) {
	r.last().Data = append(r.last().Data, binary.LittleEndian.AppendUint64(nil, v)[:size]...)
}

// call adds a call that may be shorter.
func (r *relaxable) call(code uint64, name string) {
	r.reloc(rvCall, name, 0)
	r.reloc(rvRelax, "", 0)
	r.code(8, code)
}

// nops adds bytes of c.nop.
func (r *relaxable) nops(n int) {
	for range n / 2 {
		r.code(2, 1)
	}
}

// apart goes on in another section, so many bytes behind this one.
func (r *relaxable) apart(n int) {
	r.section(".text.between", 2)
	r.last().Data = make([]byte, n)
	r.section(".text.behind", 2)
}

// data adds a variable of 4 bytes between instructions.
func (r *relaxable) data(name string, v uint64) {
	r.label(name)
	s := &r.Symbols[r.symbol(name)]
	s.Type, s.Size = elf.STT_OBJECT, 4
	r.code(4, v)
}

func (r *relaxable) ret() { r.code(2, 0x8082) }

// align adds padding, as assemblers do.
func (r *relaxable) align(n int) {
	r.reloc(rvAlign, "", int64(n-2))
	r.nops(n - 2)
}

// load reads the code as an object.
func (r *relaxable) load(t *testing.T, m *relocs.Machine) *elfload.Object {
	t.Helper()
	obj, err := elfload.Load("a.o", r.Bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// shortened links an object with shorter calls.
func shortened(m *relocs.Machine, obj *elfload.Object) (*link.Result, error) {
	return link.Checked(link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Relax: 1 << relocs.ShortCalls})
}

// proved returns what both proofs say of a link that says that it made code shorter.
func proved(m *relocs.Machine, obj *elfload.Object, res *link.Result) error {
	data, err := mpywriter.Write(res.File)
	if err != nil {
		return err
	}
	if err := simload.Verify(data, res.Map); err != nil {
		return err
	}
	asked := &audit.Input{Objects: []*elfload.Object{obj}, Machine: m, ABI: mpyfile.Latest, SourceName: "m.mpy"}
	return audit.Check(asked, audit.Output{Map: res.Map, File: res.File, Shrunk: res.Shrunk})
}

// TestShortCallsReach: which form a call gets, at the ends of what forms reach (the numbers are those of
// the ISA manual: 2 KiB, 1 MiB), and when others that shrink bring it nearer.
func TestShortCallsReach(t *testing.T) {
	const kib2, mib = 2048, 1 << 20
	for _, tt := range []struct {
		name, archs string
		make        func(r *relaxable)
		want        string // sizes of calls
	}{
		{"c.jal, forward", "rv32imc", func(r *relaxable) { r.call(callRA, "f"); r.nops(kib2 - 4); r.label("f"); r.ret() }, "2"},
		{"too far for c.jal, forward", "rv32imc", func(r *relaxable) { r.call(callRA, "f"); r.nops(kib2 - 2); r.label("f"); r.ret() }, "4"},
		{"c.jal, back", "rv32imc", func(r *relaxable) { r.label("f"); r.nops(kib2); r.call(callRA, "f"); r.ret() }, "2"},
		{"too far for c.jal, back", "rv32imc", func(r *relaxable) { r.label("f"); r.nops(kib2 + 2); r.call(callRA, "f"); r.ret() }, "4"},
		{"no c.jal", "rv64imc", func(r *relaxable) { r.call(callRA, "f"); r.nops(8); r.label("f"); r.ret() }, "4"},
		{"c.j, forward", "rv32imc rv64imc", func(r *relaxable) { r.call(tailT1, "f"); r.nops(kib2 - 4); r.label("f"); r.ret() }, "2"},
		{"too far for c.j, forward", "rv32imc rv64imc", func(r *relaxable) { r.call(tailT1, "f"); r.nops(kib2 - 2); r.label("f"); r.ret() }, "4"},
		{"c.j, back", "rv32imc rv64imc", func(r *relaxable) { r.label("f"); r.nops(kib2); r.call(tailT1, "f"); r.ret() }, "2"},
		{"jal, forward", "rv32imc rv64imc", func(r *relaxable) { r.call(callRA, "f"); r.apart(mib - 6); r.label("f"); r.ret() }, "4"},
		{"too far for jal, forward", "rv32imc rv64imc", func(r *relaxable) { r.call(callRA, "f"); r.apart(mib - 4); r.label("f"); r.ret() }, "8"},
		{"jal, back", "rv32imc rv64imc", func(r *relaxable) { r.label("f"); r.ret(); r.apart(mib - 2); r.call(callRA, "f"); r.ret() }, "4"},
		{"too far for jal, back", "rv32imc rv64imc", func(r *relaxable) { r.label("f"); r.ret(); r.apart(mib); r.call(callRA, "f"); r.ret() }, "8"},
		{"j", "rv32imc rv64imc", func(r *relaxable) { r.call(tailT1, "f"); r.apart(mib - 6); r.label("f"); r.ret() }, "4"},
		{"other registers", "rv32imc rv64imc", func(r *relaxable) { r.call(0x0002_82e7_0000_0297, "f"); r.nops(8); r.label("f"); r.ret() }, "4"}, // t0
		{"one brings another nearer", "rv32imc", func(r *relaxable) {
			r.call(callRA, "f")
			r.call(callRA, "f")
			r.nops(kib2 - 6)
			r.label("f")
			r.ret()
		}, "2 2"},
		{"only just not", "rv32imc", func(r *relaxable) {
			r.call(callRA, "f")
			r.call(callRA, "f")
			r.nops(kib2 - 4)
			r.label("f")
			r.ret()
		}, "4 2"},
		{"padding that grows takes it back", "rv32imc", func(r *relaxable) {
			r.call(callRA, "far")
			r.call(callRA, "f") // reaches as it is, 2,046 bytes; but what goes in front of it is padding in front of f then
			r.nops(2016)
			r.align(16)
			r.nops(22)
			r.label("f")
			r.ret()
			r.nops(kib2)
			r.label("far")
			r.ret()
		}, "4 4"},
		{"the jump at the start gets shorter, and what is aligned is farther away", "rv32imc", func(r *relaxable) {
			r.Sections[0].Align, r.Symbols = 2, nil
			r.call(callRA, "f") // 2,044 bytes behind a jump of 8, 2,050 behind one of 2
			r.label("g")
			r.call(callRA, "g")
			r.call(callRA, "g")
			r.nops(2030)
			r.label("mpy_init")
			r.ret()
			r.section(".text.f", 16)
			r.nops(4)
			r.label("f")
			r.ret()
		}, "4 2 2"},
		{"no mark", "rv32imc", func(r *relaxable) { r.reloc(rvCall, "f", 0); r.code(8, callRA); r.label("f"); r.ret() }, "8"},
		{"what is weak and not there", "rv32imc", func(r *relaxable) {
			r.call(callRA, "nobody")
			r.Symbols[r.symbol("nobody")].Bind = elf.STB_WEAK
			r.ret()
		}, "2"},
		{"a function of the firmware", "rv32imc rv64imc", func(r *relaxable) { r.call(tailT1, "memset") }, "2"},
	} {
		for arch := range strings.FieldsSeq(tt.archs) {
			m := machines.For(arch)
			r := newRelaxable(m)
			tt.make(r)
			obj := r.load(t, m)
			res, err := shortened(m, obj)
			if err != nil {
				t.Errorf("%s, %s: %v", tt.name, arch, err)
				continue
			}
			if got := sizesOfCalls(res); got != tt.want {
				t.Errorf("%s, %s: calls of %s bytes, want %s", tt.name, arch, got, tt.want)
			}
		}
	}
}

// TestShortCallsAnywhere: code in any order, with functions at distances that just do or do not
// suffice, links and is what the objects mean; no call is longer than it has to be by more than padding may be.
func TestShortCallsAnywhere(t *testing.T) {
	m := machines.For("rv32imc")
	r := rand.New(rand.NewPCG(15, 1))
	forms := map[string]int{}
	for n := range 200 {
		code := newRelaxable(m)
		code.Symbols = nil
		functions := 2 + r.IntN(5)
		first := r.IntN(functions)
		for f := range functions {
			if f > 0 && r.IntN(2) == 0 {
				code.section(fmt.Sprintf(".text.%d", f), 16)
			}
			if r.IntN(3) == 0 {
				code.align(4 << r.IntN(3))
			}
			code.label(fmt.Sprintf("f%d", f))
			if f == first {
				code.label("mpy_init")
			}
			for range r.IntN(4) {
				code.call([]uint64{callRA, tailT1}[r.IntN(2)], fmt.Sprintf("f%d", r.IntN(functions)))
			}
			code.nops([]int{0, 30, 1000, 2000, 2020, 2040, 2048}[r.IntN(7)])
			code.ret()
		}
		res, err := shortened(m, code.load(t, m))
		if err != nil {
			t.Fatalf("number %d: %v", n, err)
		}
		for i := range res.Map.Sections {
			p := &res.Map.Sections[i]
			for _, b := range p.Relocs {
				to := &res.Map.Targets[b.S]
				v := int64(res.Map.Sections[to.Section].Addr+to.Off) - int64(p.Addr) - int64(b.Off)
				form := fmt.Sprint(b.Howto.Field.Size)
				forms[form]++
				if b.Howto.Type == rvCall || b.Howto.Type == rvJAL && v > -2048 && v < 2046-16 {
					t.Errorf("number %d: %s of %d bytes", n, b.Howto.Name, v)
				}
			}
		}
	}
	if forms["2"] < 100 || forms["4"] < 100 {
		t.Errorf("forms %v", forms)
	}
}

// sizesOfCalls returns the sizes of calls in text, in order.
func sizesOfCalls(res *link.Result) string {
	var sizes []string
	for i := range res.Map.Sections {
		for _, b := range res.Map.Sections[i].Relocs {
			switch b.Howto.Type {
			case rvCall, rvJAL, rvJump:
				sizes = append(sizes, fmt.Sprint(b.Howto.Field.Size))
			}
		}
	}
	return strings.Join(sizes, " ")
}

// TestShortCallsProved: the check refuses what is not the same call.
func TestShortCallsProved(t *testing.T) {
	m := machines.For("rv32imc")
	call, jal, jump := m.Howto(rvCall), m.Howto(rvJAL), m.Howto(rvJump)
	for _, tt := range []struct {
		name string
		edit edit.Edit
		good bool
	}{
		{"c.jal", edit.Edit{Del: 8, Ins: []byte{1, 0x20}, For: call, To: jump}, true},
		{"jal ra", edit.Edit{Del: 8, Ins: []byte{0xef, 0, 0, 0}, For: call, To: jal}, true},
		{"jal t0", edit.Edit{Del: 8, Ins: []byte{0xef, 2, 0, 0}, For: call, To: jal}, false},
		{"j", edit.Edit{Del: 8, Ins: []byte{0x6f, 0, 0, 0}, For: call, To: jal}, false},
		{"c.j", edit.Edit{Del: 8, Ins: []byte{1, 0xa0}, For: call, To: jump}, false},
		{"more than the call", edit.Edit{Del: 10, Ins: []byte{1, 0x20}, For: call, To: jump}, false},
		{"less than the call", edit.Edit{Del: 4, Ins: []byte{1, 0x20}, For: call, To: jump}, false},
		{"for what has no shorter way", edit.Edit{Del: 8, Ins: []byte{1, 0x20}, For: jal, To: jump}, false},
		{"without a relocation", edit.Edit{Del: 8, Ins: []byte{1, 0x20}, For: call}, false},
		{"the other machine's row", edit.Edit{Del: 8, Ins: []byte{1, 0x20}, For: machines.For("rv64imc").Howto(rvCall), To: jump}, false},
	} {
		r := newRelaxable(m)
		r.call(callRA, "f")
		r.nops(4)
		r.label("f")
		r.ret()
		obj := r.load(t, m)
		short, err := obj.Shrink(elfload.Cuts{1: {tt.edit}})
		if err != nil {
			t.Fatal(err)
		}
		res, err := link.Link(link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{short}})
		if err != nil {
			if tt.good {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue // it is not even code that links
		}
		data, err := mpywriter.Write(res.File)
		if err != nil {
			t.Fatal(err)
		}
		switch err := simload.Verify(data, res.Map); {
		case tt.good && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case !tt.good && (err == nil || !strings.Contains(err.Error(), "no relocation asks for an edit of it")):
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
}
