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
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// forward is another way to find out which parts belong together, slow and simple: from
// each upper part, what registers and words of the stack hold it is followed through all
// code that may run after it. pairs has the upper parts of each lower one.
func forward(w *rewriter) (pairs map[int32][]int32) {
	pairs = map[int32][]int32{}
	for _, up := range w.marked {
		if w.howto(up).Rewrites[0].Part == relocs.Upper {
			forwardFrom(w, up, func(low int32) {
				if !slices.Contains(pairs[low], up) {
					pairs[low] = append(pairs[low], up)
				}
			})
		}
	}
	return pairs
}

func forwardFrom(w *rewriter, up int32, pair func(low int32)) {
	type state struct {
		insnAt
		holds relocs.Registers
	}
	seen, slots := map[insnAt]relocs.Registers{}, map[int64]relocs.Registers{}
	var work []state
	goOn := func(here insnAt, step *relocs.Insn, holds relocs.Registers) {
		w.successors(here, step, func(at insnAt) {
			if holds&^seen[at] != 0 {
				seen[at] |= holds
				work = append(work, state{at, seen[at]})
			}
		})
	}
	start := w.insnOf(up)
	first := w.step(start)
	goOn(start, &first, first.Writes)
	for len(work) > 0 {
		here := work[len(work)-1]
		work = work[:len(work)-1]
		step, holds := w.step(here.insnAt), here.holds
		if step.Slot != 0 {
			if slots[step.Slot] == 0 {
				slots[step.Slot] = relocs.One(uint32(32 + len(slots)))
			}
			if step.Store {
				step.Writes |= slots[step.Slot]
			} else {
				step.Sources |= slots[step.Slot]
			}
		}
		after := holds &^ step.Writes
		low := w.recordAt(here.insnAt, relocs.Lower)
		switch {
		case holds.Has(step.Base) && low >= 0 && w.near(w.reloc(up), w.reloc(low)):
			pair(low)
		case holds&step.Sources != 0:
			after |= step.Writes
		}
		if after != 0 {
			goOn(here.insnAt, &step, after)
		}
	}
}

// TestParts: parts are paired as by following upper parts forward: through copies, words
// of the stack, branches and jumps through registers, in code at random.
func TestParts(t *testing.T) {
	insns := []uint32{
		0x000005b7, 0x00000637, 0x000005b7, // lui a1, lui a2
		0x00058513, 0x00060513, 0x00060593, 0x0005a503, // addi a0, a1; addi a0, a2; addi a1, a2; lw a0, (a1)
		0x00058593, 0x00050613, // addi a1, a1; addi a2, a0
		0x00058613, 0x000605b3, // mv a2, a1; add a1, a2, zero
		0x00b12223, 0x00412583, 0x00412603, 0x00c12423, 0x00812583, // sw a1, 4(sp); lw a1, 4(sp); lw a2, 4(sp); sw a2, 8(sp); lw a1, 8(sp)
		0x00000593, 0x00000613, // li a1, 0; li a2, 0
		0x000e0463, 0xfe0e0ee3, 0x0080006f, // beqz t3, .+8; beqz t3, .-4; j .+8
		0x000e0067, 0x00008067, 0x000000ef, 0x000e0067, // jr t3; ret; jal; jr t3
	}
	const lui, first, last = 3, 3, 8 // of insns: how many upper parts, where lower parts are
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
		pairs += compareWays(t, seed, o)
	}
	if pairs < 1000 {
		t.Errorf("only %d lower parts have an upper one", pairs)
	}
}

// compareWays compares the plan for an object with the pairs that the other way gives, and
// returns how many lower parts have an upper one.
func compareWays(t *testing.T, seed int, o elfmake.Object) (paired int) {
	plan, other := rewritesOf(t, o)
	pairs := forward(other)
	for _, ups := range pairs {
		for _, up := range ups[1:] {
			if a, b := other.first(ups[0]), other.first(up); a != b {
				other.agree[b] = a
			}
		}
	}
	least, most := map[int32]int64{}, map[int32]int64{}
	members := map[int32]int{}
	for _, up := range other.marked {
		if other.howto(up).Rewrites[0].Part == relocs.Upper {
			members[other.first(up)]++
		}
	}
	for low, ups := range pairs {
		class, a := other.first(ups[0]), other.reloc(low).A
		if _, ok := least[class]; !ok {
			least[class], most[class] = a, a
		}
		least[class], most[class] = min(least[class], a), max(most[class], a)
	}
	for _, i := range other.marked {
		rec := plan.Of[i]
		switch other.howto(i).Rewrites[0].Part {
		case relocs.Lower:
			if (rec.Upper >= 0) != (len(pairs[i]) > 0) || rec.Upper >= 0 && other.first(rec.Upper) != other.first(pairs[i][0]) {
				t.Errorf("seed %d: lower part %d has %d, want one of %v", seed, i, rec.Upper, pairs[i])
			}
			if rec.Upper >= 0 {
				class := other.first(rec.Upper)
				if u := plan.Of[rec.Upper].Users; u.Least != least[class] || u.Most != most[class] {
					t.Errorf("seed %d: upper part %d has users %v, want %d to %d", seed, rec.Upper, u, least[class], most[class])
				}
				paired++
			}
		case relocs.Upper:
			if thunk := slices.Contains(plan.Thunks, i); thunk != (members[other.first(i)] > 1) {
				t.Errorf("seed %d: upper part %d by a thunk is %v, one of %d that agree", seed, i, thunk, members[other.first(i)])
			}
		}
	}
	return paired
}

func object(name string, value uint64) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Value: value}
}

// rewritesOf is what belongs to what in an object, also if not everything does, and what
// that is found out from.
func rewritesOf(t *testing.T, o elfmake.Object) (*Plan, *rewriter) {
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
	dem := demand.Collect(prog, bound, places, &errs)
	w := newRewriter(prog, bound, dem, &errs)
	w.mark()
	return Insns(prog, bound, dem, &errs), w
}

func fn(name string, sect int, value uint64) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: sect, Value: value}
}
