package link_test

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// TestSpill: the upper part of an address is found again after it was in the
// function's frame, however far that is from the register it is counted from.
// clang -O0 counts down from the frame pointer.
func TestSpill(t *testing.T) {
	const hi20, lo12i = 26, 27
	const (
		lui = 0x00000537 // lui a0, %hi(v)
		lw  = 0x00052503 // lw a0, %lo(v)(a0)
		li  = 0x00000513 // li a0, 0
		ret = 0x00008067
	)
	store := func(rs2, base uint32, off int32) uint32 {
		return 0x2023 | base<<15 | rs2<<20 | uint32(off)>>5<<25 | uint32(off)&31<<7
	}
	load := func(rd, base uint32, off int32) uint32 { return 0x2003 | base<<15 | rd<<7 | uint32(off)<<20 }
	const a0, a1, sp, fp = 10, 11, 2, 8
	many := []uint32{lui}
	for i := range int32(40) {
		many = append(many, store(a0, sp, 4*i))
	}
	for _, tt := range []struct {
		name string
		code []uint32
		want string // in the error
	}{
		{"frame pointer", []uint32{lui, store(a0, fp, -32), li, load(a0, fp, -32), lw, ret}, ""},
		{"far from the frame pointer", []uint32{lui, store(a0, fp, -2040), li, load(a0, fp, -2040), lw, ret}, ""},
		{"far from the stack pointer", []uint32{lui, store(a0, sp, 2040), li, load(a0, sp, 2040), lw, ret}, ""},
		{"other words", []uint32{lui, store(a0, fp, -32), store(a1, fp, -36), store(a1, sp, 32), li, load(a0, fp, -32), lw, ret}, ""},
		{"overwritten", []uint32{lui, store(a0, fp, -32), store(a1, fp, -32), li, load(a0, fp, -32), lw, ret}, "no instruction adds the lower part"},
		{"another word", []uint32{lui, store(a0, fp, -32), li, load(a0, fp, -36), lw, ret}, "no instruction adds the lower part"},
		{"not of the frame", []uint32{lui, store(a0, fp, 32), li, load(a0, fp, 32), lw, ret}, ""},
		{"not of the frame, and none loaded", []uint32{lui, store(a0, fp, 32), li, lw, ret}, "no instruction adds the lower part"},
		{"in many words", append(many, load(a0, sp, 0), lw, ret), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var code []byte
			var rs []elfmake.Reloc
			for i, insn := range tt.code {
				switch insn {
				case lui:
					rs = append(rs, elfmake.Reloc{Off: uint64(4 * i), Type: hi20, Sym: 1})
				case lw:
					rs = append(rs, elfmake.Reloc{Off: uint64(4 * i), Type: lo12i, Sym: 1})
				}
				code = binary.LittleEndian.AppendUint32(code, insn)
			}
			o := elfmake.Object{
				Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
				Sections: []elfmake.Section{
					{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: code, Relocs: rs},
					{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: make([]byte, 4)},
				},
				Symbols: []elfmake.Symbol{
					{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: 0},
					{Name: "v", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1},
				},
			}
			_, err := linkAndVerify("rv32imc", o.Bytes())
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// linkAndVerify returns the text of the module.
func linkAndVerify(archName string, data []byte) ([]byte, error) {
	obj, err := elfload.Load("a.o", data, machines.For(archName))
	if err != nil {
		return nil, err
	}
	res, err := link.Checked(link.Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: machines.For(archName), SourceName: "m.mpy"})
	if err != nil {
		return nil, err
	}
	out, err := mpywriter.Write(res.File)
	if err != nil {
		return nil, fmt.Errorf("links, but: %w", err)
	}
	return res.File.Text, simload.Verify(out, res.Map)
}
