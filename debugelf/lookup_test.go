package debugelf

import (
	"debug/elf"
	"strings"
	"testing"

	"mpyld/internal/readable"
	"mpyld/relocs/machines"
)

// TestSymbol: functions have their size, what has none goes on to the next symbol or the end of its section, names of instruction
// sets and files are none, and Thumb functions are where their first instruction is.
func TestSymbol(t *testing.T) {
	sym := func(name string, typ elf.SymType, value, size uint64) elf.Symbol {
		return elf.Symbol{Name: name, Info: elf.ST_INFO(elf.STB_LOCAL, typ), Section: 1, Value: value, Size: size}
	}
	c := &Companion{
		Machine: machines.For("armv7m"),
		Regions: []Region{{Name: ".text", Size: 0x40}, {Name: ".bss", Addr: RAMBase, Size: 8}},
		symbols: []elf.Symbol{
			sym("wave.c", elf.STT_FILE, 0, 0), sym("$t", elf.STT_NOTYPE, 0, 0),
			sym("start", elf.STT_NOTYPE, 4, 0), sym("_ZN4wave3addEii", elf.STT_FUNC, 9, 8), sym("alias", elf.STT_FUNC, 9, 8),
			sym("outer", elf.STT_FUNC, 0x21, 0x10), sym("inner", elf.STT_OBJECT, 0x24, 4),
			sym("last", elf.STT_FUNC, 0x39, 0), sym("count", elf.STT_OBJECT, RAMBase+4, 4),
		},
	}
	c.sortSymbols()
	for addr, want := range map[uint64]string{
		0: "", 4: "start+0", 7: "start+3", 8: "wave::add(int, int)+0", 0xf: "wave::add(int, int)+7", 0x10: "", 0x20: "outer+0", 0x25: "inner+1", 0x28: "outer+8",
		0x30: "", 0x38: "last+0", 0x3f: "last+7", 0x40: "", RAMBase: "", RAMBase + 5: "count+1", RAMBase + 8: "",
	} {
		got := ""
		if name, off, ok := c.Symbol(addr); ok {
			got = name + "+" + string("0123456789"[off])
		}
		if got != want {
			t.Errorf("%#x is %q, want %q", addr, got, want)
		}
	}
	if frames := c.Frames(9); len(frames) != 1 || frames[0].String() != "wave::add(int, int) at ??:0" {
		t.Errorf("frames of an address in Thumb state: %v", frames)
	}
}

// TestNamesOnce: a name is made readable once, however many instructions are of it.
func TestNamesOnce(t *testing.T) {
	c := &Companion{Machine: machines.For("armv7m"), Regions: []Region{{Name: ".text", Size: 0x1000}}}
	name := "_Z1f" + strings.Repeat("P", 500) + "i"
	c.symbols = []elf.Symbol{{Name: name, Info: elf.ST_INFO(elf.STB_LOCAL, elf.STT_FUNC), Section: 1, Value: 1, Size: 0x1000}}
	c.sortSymbols()
	once := testing.AllocsPerRun(1, func() { readable.Name(name) })
	addr := uint64(0)
	if n := testing.AllocsPerRun(100, func() { c.Frames(addr); addr += 4 }); n > once/10 {
		t.Errorf("%.0f allocations for each instruction, and %.0f to make the name readable", n, once)
	}
}
