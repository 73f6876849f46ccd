package mpyld_test

import (
	"bytes"
	"context"
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/target"
)

// withCompanion links the objects of a set with debug information, which lack some names, and returns the module and its companion.
func withCompanion(t *testing.T, set fixtures.Set, debug bool, noRelax ...string) (module []byte, companion []byte) {
	t.Helper()
	c, err := set.DebugCase()
	if err != nil {
		t.Fatal(err)
	}
	o := mpyld.Options{
		FS: c.FS(), Files: []string{"lines.o"}, QStrs: "config.h", SourceName: "m.mpy", Target: target.Options{Arch: set.Arch},
		Optimise: true, Debug: debug, NoRelax: noRelax,
	}
	for i, name := range []string{"called", "from_data", "from_header", "from_macro", "second", "behind", "variable"} {
		o.Defsyms = append(o.Defsyms, fmt.Sprintf("%s=%d", name, 0x101+16*i))
	}
	m, err := mpyld.Link(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if debug {
		var warnings error
		data, list, err := m.DebugELF()
		if companion, warnings = data, list.Err(); err != nil || warnings != nil {
			t.Fatal(err, warnings)
		}
	}
	return m.Bytes, companion
}

// TestDebugEdited: a companion takes nothing away from code that loads addresses directly, or is shorter: the module is the same as
// without, and each instruction that is what it was has the lines and functions that it has in code that compilers made.
func TestDebugEdited(t *testing.T) {
	sets := 0
	for _, set := range fixtures.DebugSets() {
		relaxation := relocs.DirectLoads
		switch mach := machines.For(set.Arch); {
		case strings.Contains(set.Name, "-O1-fpic-g") && mach.Properties != nil:
			relaxation = relocs.ShortForms
		case !strings.HasSuffix(set.Name, "-fpic-g") || mach.Direct == nil:
			continue
		}
		sets++
		t.Run(set.Name, func(t *testing.T) {
			without, _ := withCompanion(t, set, false)
			with, is := withCompanion(t, set, true)
			if !bytes.Equal(with, without) {
				t.Error("the companion makes another module")
			}
			own, was := withCompanion(t, set, true, relaxation.String())
			if len(own) <= len(with) {
				t.Error("no code is shorter: the test tests nothing")
			}
			a, b := instructionsOf(t, set.Arch, is), instructionsOf(t, set.Arch, was)
			compared := 0
			for name := range a {
				for _, pair := range alike(a[name], b[name]) {
					compared++
					if got, want := pair[0].frames, pair[1].frames; got != want {
						t.Errorf("%s: %#x is %s, and %#x was %s", name, pair[0].addr, got, pair[1].addr, want)
					}
				}
			}
			if compared < 40 {
				t.Errorf("only %d instructions are compared", compared)
			}
			extentsAgree(t, is)
		})
	}
	if sets != 4 {
		t.Errorf("%d sets", sets)
	}
}

// instruction is one of a function.
type instruction struct {
	addr   uint64
	code   string // bytes; "" of one that loads an address, or leads to one
	frames string
}

// instructionsOf returns those of all functions of a companion.
func instructionsOf(t *testing.T, arch string, companion []byte) map[string][]instruction {
	t.Helper()
	c, err := mpyld.OpenDebugELF(fixtures.Case{Objects: []fixtures.File{{Name: "m.elf", Data: companion}}}.FS(), "m.elf")
	if err != nil {
		t.Fatal(err)
	}
	f, symbols := opened(t, companion)
	text, err := f.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	m := machines.For(arch)
	all := map[string][]instruction{}
	data := false
	slices.SortStableFunc(symbols, func(a, b elf.Symbol) int { return int(int64(a.Value&^1) - int64(b.Value&^1)) })
	for i, s := range symbols {
		if s.Name == "$d" || s.Name == "$t" {
			data = s.Name == "$d"
		}
		end := uint64(len(text))
		if i+1 < len(symbols) {
			end = symbols[i+1].Value &^ 1
		}
		name, _, _ := c.Symbol(s.Value &^ 1)
		for at := s.Value &^ 1; !data && name != "" && !strings.HasPrefix(name, "mpyld.") && at < end; {
			insn := m.Decode(text[at:])
			in := instruction{addr: at, code: string(text[at : at+uint64(insn.Size)])}
			switch insn.Op {
			case relocs.Constant, relocs.LoadPC, relocs.AddPC, relocs.LoadSum:
				in.code = ""
			}
			for _, frame := range c.Frames(at) {
				in.frames += frame.String() + "; "
			}
			all[name] = append(all[name], in)
			at += uint64(insn.Size)
		}
	}
	return all
}

// opened returns a companion and its symbols in text.
func opened(t *testing.T, companion []byte) (*elf.File, []elf.Symbol) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(companion))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	return f, slices.DeleteFunc(symbols, func(s elf.Symbol) bool { return s.Section != 1 })
}

// alike pairs instructions of two functions that have the same bytes, as many as possible in order.
func alike(a, b []instruction) (pairs [][2]instruction) {
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	same := func(i, j int) bool { return a[i].code == b[j].code && a[i].code != "" }
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if same(i, j) {
				longest[i][j] = max(longest[i][j], longest[i+1][j+1]+1)
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case same(i, j) && longest[i][j] == longest[i+1][j+1]+1:
			pairs = append(pairs, [2]instruction{a[i], b[j]})
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// extentsAgree: functions are where their symbols are, and as long, and so are their frames.
func extentsAgree(t *testing.T, companion []byte) {
	t.Helper()
	f, symbols := opened(t, companion)
	sizes := map[uint64]uint64{}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			sizes[s.Value&^1] = s.Size
		}
	}
	info, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	functions := 0
	r := info.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		if e.Tag != dwarf.TagSubprogram {
			continue
		}
		ranges, err := info.Ranges(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range ranges {
			functions++
			if size, ok := sizes[at[0]]; !ok || size != at[1]-at[0] {
				t.Errorf("%v is from %#x to %#x, but its symbol has %d bytes", e.Val(dwarf.AttrName), at[0], at[1], size)
			}
		}
	}
	frames := 0
	data, err := f.Section(".debug_frame").Data()
	if err != nil {
		t.Fatal(err)
	}
	for len(data) > 0 {
		le := f.ByteOrder
		length := le.Uint32(data)
		if le.Uint32(data[4:]) != 0xffff_ffff {
			frames++
			if at, n := le.Uint32(data[8:]), le.Uint32(data[12:]); sizes[uint64(at)] != uint64(n) {
				t.Errorf("a frame of %d bytes is at %#x, but the symbol there has %d", n, at, sizes[uint64(at)])
			}
		}
		data = data[4+length:]
	}
	if functions < 5 || frames < 5 {
		t.Errorf("%d functions, %d frames", functions, frames)
	}
}
