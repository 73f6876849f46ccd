package machines

import (
	"encoding/hex"
	"testing"

	"golang.org/x/arch/riscv64/riscv64asm"

	"mpyld/relocs"
)

// TestDecodeX86 has instructions of each kind, by the Intel manual: what the library
// that takes them apart does not tell is which operands are written, and which
// registers are used without being named.
func TestDecodeX86(t *testing.T) {
	const ax, cx, dx, bx, sp, bp, si, di, r11 = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 11
	for _, tt := range []struct {
		name, code             string
		reads, writes, sources relocs.Registers
		flow                   relocs.Flow
		target                 int64
	}{
		{"mov rax, rbx", "4889d8", bx, ax, bx, relocs.FlowNext, 0},
		{"mov al, bl", "88d8", ax | bx, ax, ax | bx, relocs.FlowNext, 0},
		{"mov ah, 1", "b401", ax, ax, ax, relocs.FlowNext, 0},
		{"mov [rbx+8], rax", "48894308", ax | bx, 0, ax, relocs.FlowNext, 0},
		{"mov rax, [rbx+rcx*4+8]", "488b448b08", bx | cx, ax, 0, relocs.FlowNext, 0},
		{"add rax, rbx", "4801d8", ax | bx, ax, ax | bx, relocs.FlowNext, 0},
		{"add [rbx], rax", "480103", ax | bx, 0, ax, relocs.FlowNext, 0},
		{"cmp rax, rbx", "4839d8", ax | bx, 0, ax | bx, relocs.FlowNext, 0},
		{"test dil, dil", "4084ff", di, 0, di, relocs.FlowNext, 0},
		{"lea rax, [rbx+rcx]", "488d040b", bx | cx, ax, 0, relocs.FlowNext, 0},
		{"movzx eax, bl", "0fb6c3", bx, ax, bx, relocs.FlowNext, 0},
		{"imul rcx", "48f7e9", ax | cx, ax | dx, ax | cx, relocs.FlowNext, 0},
		{"mul cl", "f6e1", ax | cx, ax, ax | cx, relocs.FlowNext, 0},
		{"imul rax, rbx", "480fafc3", ax | bx, ax, ax | bx, relocs.FlowNext, 0},
		{"imul rax, rbx, 5", "486bc305", bx, ax, bx, relocs.FlowNext, 0},
		{"div rcx", "48f7f1", ax | cx | dx, ax | dx, ax | cx | dx, relocs.FlowNext, 0},
		{"cqo", "4899", ax, dx, ax, relocs.FlowNext, 0},
		{"shl rax, cl", "48d3e0", ax | cx, ax, ax | cx, relocs.FlowNext, 0},
		{"xchg rbx, rcx", "4887cb", bx | cx, bx | cx, bx | cx, relocs.FlowNext, 0},
		{"lock cmpxchg [rbx], rcx", "f0480fb10b", ax | bx | cx, ax, ax | cx, relocs.FlowNext, 0},
		{"cmovne rax, rbx", "480f45c3", ax | bx, ax, ax | bx, relocs.FlowNext, 0},
		{"sete al", "0f94c0", ax, ax, ax, relocs.FlowNext, 0},
		{"push rbx", "53", bx | sp, sp, bx | sp, relocs.FlowNext, 0},
		{"pop rbx", "5b", sp, bx | sp, sp, relocs.FlowNext, 0},
		{"leave", "c9", bp, sp | bp, bp, relocs.FlowNext, 0},
		{"rep stosq", "f348ab", ax | cx | di, cx | di, ax | cx | di, relocs.FlowNext, 0},
		{"movsb", "a4", si | di, si | di, si | di, relocs.FlowNext, 0},
		{"cpuid", "0fa2", ax | cx, ax | cx | bx | dx, ax | cx, relocs.FlowNext, 0},
		{"syscall", "0f05", 0, cx | r11, 0, relocs.FlowCall, 0},
		{"call +5", "e805000000", sp, sp, 0, relocs.FlowCall, 10},
		{"call [rbx+8]", "ff5308", bx | sp, sp, 0, relocs.FlowCall, 0},
		{"jmp -2", "ebfe", 0, 0, 0, relocs.FlowGoto, 0},
		{"jmp rax", "ffe0", ax, 0, 0, relocs.FlowJump, 0},
		{"jne +4", "7502", 0, 0, 0, relocs.FlowBranch, 4},
		{"jrcxz +4", "e302", cx, 0, 0, relocs.FlowBranch, 4},
		{"loop +4", "e202", cx, cx, 0, relocs.FlowBranch, 4},
		{"ret", "c3", sp, sp, 0, relocs.FlowStop, 0},
		{"ud2", "0f0b", 0, 0, 0, relocs.FlowStop, 0},
		{"int3", "cc", 0, 0, 0, relocs.FlowCall, 0},
		{"nothing", "06", 0, 0, 0, relocs.FlowStop, 0},
		{"nop", "90", 0, 0, 0, relocs.FlowNext, 0},
		{"movd eax, xmm0", "660f7ec0", 0, ax, 0, relocs.FlowNext, 0},
		{"movd xmm0, eax", "660f6ec0", ax, 0, ax, relocs.FlowNext, 0},
	} {
		code, err := hex.DecodeString(tt.code)
		if err != nil {
			t.Fatal(err)
		}
		s := For("x64").Decode(code)
		if s.Size != len(code) || s.Reads != tt.reads || s.Writes != tt.writes || s.Sources != tt.sources || s.Flow != tt.flow || s.Target != tt.target {
			t.Errorf("%s: got %swant %d bytes, reads %x, writes %x, sources %x, flow %d to %d", tt.name, line(&s), len(code), tt.reads, tt.writes, tt.sources, tt.flow, tt.target)
		}
	}
}

// TestDecodeLikeLibrary: what the RISC-V decoder says about the instructions that
// golang.org/x/arch knows fits its text: the size, where a branch leads to, and the
// registers that are named. The library is slow: with -tags e2e all of a million words
// are compared.
func TestDecodeLikeLibrary(t *testing.T) {
	compared := 0
	for i := range stepSpaces {
		s := &stepSpaces[i]
		if s.arch != "rv64imc" {
			continue
		}
		words := s.words()
		for at := 0; at < len(words); at += libraryStride {
			w := words[at]
			b := s.bytes(w)
			inst, err := riscv64asm.Decode(b)
			if err != nil || inst.Len == 0 || w&0xe003 == 0xa002 && s.size == 2 || inst.Op.String()[0] == 'V' { // c.fsdsp, which has given way to Zcmp; vectors
				continue
			}
			compared++
			d := For(s.arch).Decode(b)
			named, target := libraryOperands(&inst)
			if d.Size != inst.Len {
				t.Errorf("%x: %d bytes, %s has %d", b, d.Size, inst, inst.Len)
			}
			if named&^(d.Reads|d.Writes) != 0 {
				t.Errorf("%x: reads %x, writes %x, and %s names %x", b, d.Reads, d.Writes, inst, named)
			}
			if isOne("BEQ BNE BLT BGE BLTU BGEU JAL", inst.Op.String()) && d.Target != target {
				t.Errorf("%x: leads to %d, %s to %d", b, d.Target, inst, target)
			}
		}
	}
	if compared < 300_000/libraryStride {
		t.Errorf("only %d instructions", compared)
	}
}

func libraryOperands(inst *riscv64asm.Inst) (named relocs.Registers, target int64) {
	for _, arg := range inst.Args {
		switch arg := arg.(type) {
		case riscv64asm.Reg:
			if arg <= riscv64asm.X31 {
				named |= 1 << arg &^ 1
			}
		case riscv64asm.RegOffset:
			named |= 1 << arg.OfsReg &^ 1
		case riscv64asm.Simm:
			target = int64(arg.Imm)
		}
	}
	return named, target
}
