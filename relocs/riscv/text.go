package riscv

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/arch/riscv64/riscv64asm"

	"mpyld/internal/lazy"
	"mpyld/relocs"
)

// registerNames are the names that the calling convention gives to x0 to x31.
var registerNames = [...]string{
	"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
	"a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
}

// registers is compiled when it is needed first: links do not need it.
var registers = lazy.Value[*regexp.Regexp]{Make: func() *regexp.Regexp { return regexp.MustCompile(`\bx([12]?[0-9]|3[01])\b`) }}

// only64 reports whether an instruction is one that RV32 does not have.
func only64(op riscv64asm.Op) bool {
	switch op {
	case riscv64asm.LD, riscv64asm.SD, riscv64asm.LWU, riscv64asm.C_LD, riscv64asm.C_SD, riscv64asm.C_LDSP, riscv64asm.C_SDSP,
		riscv64asm.ADDIW, riscv64asm.SLLIW, riscv64asm.SRLIW, riscv64asm.SRAIW, riscv64asm.ADDW, riscv64asm.SUBW, riscv64asm.SLLW,
		riscv64asm.SRLW, riscv64asm.SRAW, riscv64asm.MULW, riscv64asm.DIVW, riscv64asm.DIVUW, riscv64asm.REMW, riscv64asm.REMUW,
		riscv64asm.C_ADDIW, riscv64asm.C_ADDW, riscv64asm.C_SUBW:
		return true
	}
	return false
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
	if bits == 32 && only64(inst.Op) {
		return relocs.Line{}
	}
	line := registers.Get().ReplaceAllStringFunc(strings.ToLower(riscv64asm.GNUSyntax(inst)), func(x string) string {
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
