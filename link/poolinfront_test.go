package link_test

import (
	"debug/elf"
	"encoding/binary"
	"testing"

	"mpyld/fixtures/elfmake"
)

// TestPoolInFront: the load of another register, from a pool not far in front of
// it, is no use of the register whose number is in the distance.
func TestPoolInFront(t *testing.T) {
	const movwAbs, movtAbs = 47, 48
	var code []byte
	var rs []elfmake.Reloc
	insn := func(h, l uint16) {
		code = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(code, h), l)
	}
	both := func(h uint16, typ uint32) {
		for reg := range uint16(11) {
			rs = append(rs, elfmake.Reloc{Off: uint64(len(code)), Type: typ, Sym: int(1 + reg)})
			insn(h, reg<<8)
		}
	}
	both(0xf240, movwAbs)
	for range 750 { // so that the pool in front is nearer
		insn(0xbf00, 0xbf00)
	}
	both(0xf2c0, movtAbs)
	code = append(code, 0x70, 0x47) // bx lr
	o := elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 2, Data: code, Relocs: rs},
			{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: make([]byte, 44)},
		},
		Symbols: []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}},
	}
	for reg := range 11 {
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: string(rune('a' + reg)), Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Value: uint64(4 * reg)})
	}
	if _, err := linkAndVerify("armv7m", o.Bytes()); err != nil {
		t.Error(err)
	}
}
