package riscv

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/arch/riscv64/riscv64asm"

	"mpyld/relocs"
)

// registerNames are the names that the calling convention gives to x0 to x31.
var registerNames = strings.Fields("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6")

// registers is compiled when it is needed first: links do not need it.
var registers = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bx([12]?[0-9]|3[01])\b`) })

// only64 are instructions that RV32 does not have.
var only64 = map[riscv64asm.Op]bool{
	riscv64asm.LD: true, riscv64asm.SD: true, riscv64asm.LWU: true, riscv64asm.C_LD: true, riscv64asm.C_SD: true,
	riscv64asm.C_LDSP: true, riscv64asm.C_SDSP: true, riscv64asm.ADDIW: true, riscv64asm.SLLIW: true,
	riscv64asm.SRLIW: true, riscv64asm.SRAIW: true, riscv64asm.ADDW: true, riscv64asm.SUBW: true, riscv64asm.SLLW: true,
	riscv64asm.SRLW: true, riscv64asm.SRAW: true, riscv64asm.MULW: true, riscv64asm.DIVW: true, riscv64asm.DIVUW: true,
	riscv64asm.REMW: true, riscv64asm.REMUW: true, riscv64asm.C_ADDIW: true, riscv64asm.C_ADDW: true, riscv64asm.C_SUBW: true,
}

// text disassembles with a library.
func text(code []byte, off, bits int) relocs.Line {
	if bits == 32 && len(code) >= 2 {
		// The one instruction of RV32 that has another meaning in RV64, of those
		// without floating point: C.JAL is C.ADDIW there (RISC-V spec, table 16.5).
		if x := binary.LittleEndian.Uint16(code); x&0xe003 == 0x2001 {
			return relocs.Branch(off, 2, "jal", off+int(readCJ11(code)))
		}
	}
	inst, err := riscv64asm.Decode(code)
	if err != nil || inst.Len == 0 {
		return relocs.Line{}
	}
	if bits == 32 && only64[inst.Op] {
		return relocs.Line{}
	}
	line := registers().ReplaceAllStringFunc(strings.ToLower(riscv64asm.GNUSyntax(inst)), func(x string) string {
		n, _ := strconv.Atoi(x[1:])
		return registerNames[n]
	})
	if d, ok := distance(&inst); ok {
		i := strings.LastIndexAny(line, " ,")
		return relocs.Branch(off, inst.Len, strings.TrimRight(line[:i+1], " "), off+d)
	}
	return relocs.Line{Off: off, Size: inst.Len, Text: line, Target: -1, Refers: -1}
}

// distance is how far a jump or branch leads.
func distance(inst *riscv64asm.Inst) (int, bool) {
	switch inst.Op {
	case riscv64asm.BEQ, riscv64asm.BNE, riscv64asm.BLT, riscv64asm.BGE, riscv64asm.BLTU, riscv64asm.BGEU,
		riscv64asm.JAL, riscv64asm.C_J, riscv64asm.C_BEQZ, riscv64asm.C_BNEZ:
	default:
		return 0, false
	}
	for _, arg := range inst.Args {
		if imm, ok := arg.(riscv64asm.Simm); ok {
			return int(imm.Imm), true
		}
	}
	return 0, false
}

func text32(code []byte, off int) relocs.Line { return text(code, off, 32) }
func text64(code []byte, off int) relocs.Line { return text(code, off, 64) }
