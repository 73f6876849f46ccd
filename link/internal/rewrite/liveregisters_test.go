package rewrite

import (
	"debug/elf"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link/internal/assign"
	"mpyld/link/internal/bind"
	"mpyld/link/internal/demand"
	"mpyld/link/internal/resolve"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// followLiveRegisters makes a link follow live registers only, however little code
// it has, until what it returns is called.
func followLiveRegisters() (undo func()) {
	many := manySteps
	manySteps = -1
	return func() { manySteps = many }
}

// TestLiveRegisters: upper parts get to the same lower parts when only live
// registers are followed: through copies, words of the stack, branches and jumps
// through registers, in code at random.
func TestLiveRegisters(t *testing.T) {
	insns := []uint32{
		0x000005b7, 0x00000637, 0x000005b7, // lui a1, lui a2
		0x00058513, 0x00060513, 0x00060593, 0x0005a503, // addi a0, a1; addi a0, a2; addi a1, a2; lw a0, (a1)
		0x00058613, 0x000605b3, // mv a2, a1; add a1, a2, zero
		0x00b12223, 0x00412583, 0x00412603, 0x00c12423, 0x00812583, // sw a1, 4(sp); lw a1, 4(sp); lw a2, 4(sp); sw a2, 8(sp); lw a1, 8(sp)
		0x00000593, 0x00000613, // li a1, 0; li a2, 0
		0x000e0463, 0xfe0e0ee3, 0x0080006f, // beqz t3, .+8; beqz t3, .-4; j .+8
		0x000e0067, 0x00008067, 0x000000ef, // jr t3; ret; jal
	}
	const lui, first, last = 3, 3, 6 // of insns: how many upper parts, where lower parts are
	pairs := 0
	for seed := range 3000 {
		rnd := rand.New(rand.NewPCG(uint64(seed), 1))
		text := elfmake.Section{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4}
		table := elfmake.Section{Name: ".rodata", Flags: elf.SHF_ALLOC, Align: 4, Data: make([]byte, 4096)}
		for i := range 4 + rnd.IntN(30) {
			k := rnd.IntN(len(insns))
			at := uint64(len(text.Data))
			switch {
			case k < lui:
				text.Relocs = append(text.Relocs, elfmake.Reloc{Off: at, Type: 26, Sym: 1 + rnd.IntN(2)})
			case first <= k && k <= last:
				text.Relocs = append(text.Relocs, elfmake.Reloc{Off: at, Type: 27, Sym: 1 + rnd.IntN(2)})
			}
			if rnd.IntN(8) == 0 {
				table.Relocs = append(table.Relocs, elfmake.Reloc{Off: uint64(4 * i), Type: 1, Sym: 3, A: int64(at)})
			}
			text.Data = binary.LittleEndian.AppendUint32(text.Data, insns[k])
		}
		text.Data = binary.LittleEndian.AppendUint32(text.Data, 0x00008067)
		o := elfmake.Object{
			Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true, Sections: []elfmake.Section{text, table},
			Symbols: []elfmake.Symbol{
				fn("mpy_init", 0, 0), object("v", 0), object("w", 2048), fn("here", 0, 0),
			},
		}
		want := rewritesOf(t, o)
		undo := followLiveRegisters()
		got := rewritesOf(t, o)
		undo()
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: live registers: %v, all registers: %v", seed, got, want)
		}
		for i := range want {
			if want[i].Upper >= 0 {
				pairs++
			}
		}
	}
	if pairs < 1000 {
		t.Errorf("only %d lower parts have an upper one", pairs)
	}
}

func object(name string, value uint64) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Value: value}
}

// rewritesOf is what belongs to what in an object, also if not everything does.
func rewritesOf(t *testing.T, o elfmake.Object) []rewritten {
	t.Helper()
	mach := machines.For("rv32imc")
	obj, err := elfload.Load("a.o", o.Bytes(), mach)
	if err != nil {
		t.Fatal(err)
	}
	in := resolve.Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: machines.For("rv32imc"), SourceName: "m.mpy", NoWritableText: true}
	var errs diag.List
	prog := resolve.Symbols(in, mach, &errs)
	bound := bind.Relocs(prog, &errs)
	places := assign.Regions(prog, bound)
	return Insns(prog, bound, demand.Collect(prog, bound, places, &errs), &errs).Of
}

func fn(name string, sect int, value uint64) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: sect, Value: value}
}
