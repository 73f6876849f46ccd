package link_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// TestLoadedAddresses links code of RISC-V with addresses in its instructions of what is at
// no fixed distance from code: tables of the firmware, and variables that must not
// be in text. It must verify; then each bit of the text is flipped in turn, and
// each must make the verification fail.
func TestLoadedAddresses(t *testing.T) {
	const hi, lo, loS, tprelHi, tprelAdd, tprelLo = 26, 27, 28, 29, 32, 30
	const pcrelHi, pcrelLo, pcrelLoS = 23, 24, 25
	const table, qstrs, v, w, first, second, third, number = 1, 2, 3, 4, 5, 6, 7, 8 // and labels
	type insn struct {
		code uint32
		typ  uint32
		sym  int
		a    int64
	}
	seq := []insn{
		{0x000007b7, hi, table, 52},       // lui a5, %hi(mp_fun_table+52)
		{0x00000737, hi, v, 0},            // lui a4, %hi(v)
		{0x0007a503, lo, table, 52},       // lw a0, %lo(mp_fun_table+52)(a5)
		{0x00a72023, loS, v, 0},           // sw a0, %lo(v)(a4)
		{0x00072583, lo, v, 12},           // lw a1, %lo(v+12)(a4)
		{0x00050463, 0, 0, 0},             // beqz a0, 1f
		{0x00000737, hi, v, 0},            // lui a4, %hi(v): either of two is there at 1
		{0x00072583, lo, v, 4},            // 1: lw a1, %lo(v+4)(a4)
		{0x00000637, hi, qstrs, 6},        // lui a2, %hi(mp_native_qstr_table+6)
		{0x00061603, lo, qstrs, 6},        // lh a2, %lo(mp_native_qstr_table+6)(a2)
		{0x000007b7, tprelHi, w, 0},       // lui a5, %tprel_hi(w)
		{0x004787b3, tprelAdd, w, 0},      // add a5, a5, tp, %tprel_add(w)
		{0x0007a603, tprelLo, w, 0},       // lw a2, %tprel_lo(w)(a5)
		{0x00000797, pcrelHi, table, 20},  // first: auipc a5, %pcrel_hi(mp_fun_table+20)
		{0x00000717, pcrelHi, v, 4},       // second: auipc a4, %pcrel_hi(v+4)
		{0x0007a503, pcrelLo, first, 0},   // lw a0, %pcrel_lo(first)(a5)
		{0x00072583, pcrelLo, second, 0},  // lw a1, %pcrel_lo(second)(a4)
		{0x00a72023, pcrelLoS, second, 0}, // sw a0, %pcrel_lo(second)(a4)
		{0x00000797, pcrelHi, number, 0},  // third: auipc a5, %pcrel_hi(number)
		{0x00078513, pcrelLo, third, 0},   // addi a0, a5, %pcrel_lo(third)
		{0x00008067, 0, 0, 0},             // ret
	}
	const firstAt = 13 * 4
	text := elfmake.Section{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4}
	for _, i := range seq {
		if i.typ != 0 {
			text.Relocs = append(text.Relocs, elfmake.Reloc{Off: uint64(len(text.Data)), Type: i.typ, Sym: i.sym, A: i.a})
		}
		text.Data = binary.LittleEndian.AppendUint32(text.Data, i.code)
	}
	for _, name := range []string{"rv32imc", "rv64imc"} {
		t.Run(name, func(t *testing.T) {
			arch, m := machines.For(name), machines.For(name)
			o := elfmake.Object{
				Machine: m.ELF, Class: m.Class, RELA: true,
				Sections: []elfmake.Section{
					text,
					{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 8, Data: []byte("12345678abcdefgh")},
					{Name: ".tbss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE | elf.SHF_TLS, Align: 4, Size: 8},
				},
				Symbols: []elfmake.Symbol{
					{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC},
					table:  {Name: "mp_fun_table", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
					qstrs:  {Name: "mp_native_qstr_table", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
					v:      {Name: "v", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1},
					w:      {Name: "w", Bind: elf.STB_GLOBAL, Type: elf.STT_TLS, Sect: 2, Value: 4},
					first:  {Name: "first", Value: firstAt},
					second: {Name: "second", Value: firstAt + 4},
					third:  {Name: "third", Value: firstAt + 20},
					number: {Name: "number", Bind: elf.STB_GLOBAL, Sect: elfmake.Abs, Value: 0x12345678},
				},
			}
			obj, err := elfload.Load("apart.o", o.Bytes(), m)
			if err != nil {
				t.Fatal(err)
			}
			for _, inRAM := range []bool{false, true} {
				res, err := link.Checked(link.Input{
					Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: arch, SourceName: "apart.mpy",
					QStrs: []string{"a", "b", "c"}, NoWritableText: inRAM,
				})
				if err != nil {
					t.Fatal(err)
				}
				loaded := map[string]bool{}
				for _, b := range res.Map.Sections[0].Relocs {
					if b.By != nil && b.By.Needs&relocs.NeedSlot != 0 {
						loaded[b.By.Name+" "+res.Map.Targets[b.S].Name] = true
					}
				}
				want := map[string]bool{
					"R_RISCV_HI20 (by a load) mp_fun_table": true, "R_RISCV_HI20 (by a load) mp_native_qstr_table": true,
					"R_RISCV_PCREL_HI20 (by a load) mp_fun_table": true, "R_RISCV_PCREL_HI20 (by a load) number": true,
				}
				if inRAM {
					for _, name := range []string{"R_RISCV_HI20 (by a load) v", "R_RISCV_TPREL_HI20 (by a load) w", "R_RISCV_PCREL_HI20 (by a load) v"} {
						want[name] = true
					}
				}
				if fmt.Sprint(loaded) != fmt.Sprint(want) {
					t.Errorf("in RAM: %v: loaded are %v, want %v", inRAM, loaded, want)
				}
				data, err := mpywriter.Write(res.File)
				if err != nil {
					t.Fatal(err)
				}
				if err := simload.Verify(data, res.Map); err != nil {
					t.Fatalf("in RAM: %v: a good link does not verify: %v", inRAM, err)
				}
				for i := range res.File.Text {
					for bit := range 8 {
						bad := *res.File
						bad.Text = bytes.Clone(res.File.Text)
						bad.Text[i] ^= 1 << bit
						if data, err = mpywriter.Write(&bad); err != nil {
							t.Fatal(err)
						}
						if simload.Verify(data, res.Map) == nil {
							t.Errorf("in RAM: %v: bit %d at text+0x%x is flipped and verification passes", inRAM, bit, i)
						}
					}
				}
			}
		})
	}
}

// TestFarThunks: of a section that is larger than jumps reach, code at the start goes to
// thunks in front of it, and code at the end to those behind it.
func TestFarThunks(t *testing.T) {
	const hi, lo, size = 26, 27, 1900000 // R_RISCV_HI20, R_RISCV_LO12_I
	for _, arch := range []string{"rv32imc", "rv64imc"} {
		m := machines.For(arch)
		text := elfmake.Section{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, size)}
		for _, off := range []uint64{0, size - 12} {
			for i, insn := range []uint32{0x000007b7, 0x0007a503, 0x00008067} { // lui a5, %hi; lw a0, %lo(a5); ret
				binary.LittleEndian.PutUint32(text.Data[off+uint64(4*i):], insn)
			}
			text.Relocs = append(text.Relocs, elfmake.Reloc{Off: off, Type: hi, Sym: 1, A: 8}, elfmake.Reloc{Off: off + 4, Type: lo, Sym: 1, A: 8})
		}
		o := elfmake.Object{Machine: m.ELF, Class: m.Class, RELA: true, Sections: []elfmake.Section{text}, Symbols: []elfmake.Symbol{
			{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC}, {Name: "mp_fun_table", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
		}}
		res, err := linkObject(m, m, o)
		if err != nil {
			t.Errorf("%s: %v", arch, err)
			continue
		}
		data, err := mpywriter.Write(res.File)
		if err != nil {
			t.Fatal(err)
		}
		if err := simload.Verify(data, res.Map); err != nil {
			t.Errorf("%s: %v", arch, err)
		}
		front, behind := 0, 0
		for _, s := range res.Map.Sections {
			if s.Kind == linkmap.Thunk && s.Addr < res.Map.Sections[0].Addr {
				front++
			} else if s.Kind == linkmap.Thunk {
				behind++
			}
		}
		if front != 1 || behind != 1 {
			t.Errorf("%s: %d thunks in front and %d behind, want one each", arch, front, behind)
		}
	}
}
