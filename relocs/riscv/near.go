package riscv

import "mpyld/relocs"

// A load of an address from a slot is AUIPC and a load of a word. Where the address is at a fixed
// distance, AUIPC and ADDI with the same registers compute it (RISC-V psABI, "GOT load
// relaxation").
//
//	auipc a0, %got_pcrel_hi(x); ld a0, %pcrel_lo(a0)    auipc a0, %pcrel_hi(x); addi a0, a0, %pcrel_lo
const (
	typePCRelHI20  = 23
	typePCRelLO12I = 24
)

// nearUpper: the AUIPC is the same, and its relocation another one.
var nearUpper = &relocs.Near{Size: 4, Mask: 0x7f, Match: 0x17, Code: 0x17, Keep: 0xffff_ff80, To: typePCRelHI20, Pair: true}

// nearLower is what becomes of the load.
func nearLower(rv32 bool) *relocs.Near {
	load := uint32(0x3003) // ld
	if rv32 {
		load = 0x2003 // lw
	}
	return &relocs.Near{Size: 4, Mask: 0x707f, Match: load, Code: 0x13, Keep: 0xfff0_0000 | 0x1f<<15 | 0x1f<<7, To: typePCRelLO12I}
}
