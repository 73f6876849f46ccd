package x86

import (
	"golang.org/x/arch/x86/x86asm"

	"mpyld/relocs"
)

// uses is what an instruction does to operands and to registers that it does not
// name, where that is not to write the first operand and read all.
type uses struct {
	noResult  bool             // the first operand is not written
	noSource  bool             // the first operand is written and not read
	both      bool             // the second operand is written too
	reads     relocs.Registers // and
	writes    relocs.Registers
	writesToo relocs.Registers // of those it reads
}

// flow says which instruction runs next.
func flow(inst *x86asm.Inst) relocs.Flow {
	switch inst.Op {
	case x86asm.JMP:
		if _, ok := inst.Args[0].(x86asm.Rel); ok {
			return relocs.FlowGoto
		}
		return relocs.FlowJump
	case x86asm.LJMP:
		return relocs.FlowJump
	case x86asm.JA, x86asm.JAE, x86asm.JB, x86asm.JBE, x86asm.JCXZ, x86asm.JE, x86asm.JECXZ, x86asm.JG, x86asm.JGE, x86asm.JL, x86asm.JLE,
		x86asm.JNE, x86asm.JNO, x86asm.JNP, x86asm.JNS, x86asm.JO, x86asm.JP, x86asm.JRCXZ, x86asm.JS, x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE, x86asm.XBEGIN:
		return relocs.FlowBranch
	case x86asm.CALL, x86asm.LCALL, x86asm.INT, x86asm.INTO, x86asm.ICEBP, x86asm.SYSCALL, x86asm.SYSENTER, x86asm.HLT:
		return relocs.FlowCall
	case x86asm.RET, x86asm.LRET, x86asm.IRET, x86asm.IRETD, x86asm.IRETQ, x86asm.SYSRET, x86asm.SYSEXIT, x86asm.RSM, x86asm.UD0, x86asm.UD1, x86asm.UD2:
		return relocs.FlowStop
	}
	return relocs.FlowNext
}

func usesOf(inst *x86asm.Inst) uses {
	switch inst.Op {
	case x86asm.MOV, x86asm.MOVZX, x86asm.MOVSX, x86asm.MOVSXD, x86asm.MOVBE, x86asm.LEA, x86asm.LAR, x86asm.LSL, x86asm.MOVD, x86asm.MOVQ,
		x86asm.LZCNT, x86asm.TZCNT, x86asm.POPCNT, x86asm.MOVMSKPD, x86asm.MOVMSKPS, x86asm.PMOVMSKB,
		x86asm.CVTSD2SI, x86asm.CVTSS2SI, x86asm.CVTTSD2SI, x86asm.CVTTSS2SI, x86asm.EXTRACTPS, x86asm.PEXTRB, x86asm.PEXTRD, x86asm.PEXTRQ, x86asm.PEXTRW,
		x86asm.RDRAND, x86asm.RDFSBASE, x86asm.RDGSBASE, x86asm.SLDT, x86asm.SMSW, x86asm.STR, x86asm.IN, x86asm.FNSTSW,
		x86asm.LDS, x86asm.LES, x86asm.LFS, x86asm.LGS, x86asm.LSS,
		x86asm.SETA, x86asm.SETAE, x86asm.SETB, x86asm.SETBE, x86asm.SETE, x86asm.SETG, x86asm.SETGE, x86asm.SETL, x86asm.SETLE,
		x86asm.SETNE, x86asm.SETNO, x86asm.SETNP, x86asm.SETNS, x86asm.SETO, x86asm.SETP, x86asm.SETS:
		return uses{noSource: true}
	case x86asm.CMP, x86asm.TEST, x86asm.BT, x86asm.JMP, x86asm.BOUND, x86asm.OUT, x86asm.LLDT, x86asm.LMSW, x86asm.LTR, x86asm.VERR, x86asm.VERW,
		x86asm.WRFSBASE, x86asm.WRGSBASE, x86asm.INVPCID, x86asm.UD0, x86asm.UD1, x86asm.NOP, x86asm.PREFETCHW:
		return uses{noResult: true}
	case x86asm.IMUL:
		switch {
		case inst.Args[1] == nil:
			return product(inst)
		case inst.Args[2] != nil:
			return uses{noSource: true}
		}
	case x86asm.MUL:
		return product(inst)
	case x86asm.DIV, x86asm.IDIV:
		if inst.DataSize == 8 || small(inst) {
			return uses{noResult: true, writesToo: ax}
		}
		return uses{noResult: true, writesToo: ax | dx}
	case x86asm.XCHG, x86asm.XADD:
		return uses{both: true}
	case x86asm.CMPXCHG:
		return uses{writesToo: ax}
	case x86asm.CMPXCHG8B, x86asm.CMPXCHG16B:
		return uses{reads: bx | cx, writesToo: ax | dx}
	case x86asm.PUSH:
		return uses{noResult: true, writesToo: sp}
	case x86asm.POP:
		return uses{noSource: true, writesToo: sp}
	case x86asm.PUSHF, x86asm.PUSHFD, x86asm.PUSHFQ, x86asm.POPF, x86asm.POPFD, x86asm.POPFQ, x86asm.CALL, x86asm.LCALL, x86asm.RET, x86asm.LRET,
		x86asm.IRET, x86asm.IRETD, x86asm.IRETQ:
		return uses{noResult: true, writesToo: sp}
	case x86asm.PUSHA, x86asm.PUSHAD:
		return uses{reads: ax | cx | dx | bx | bp | si | di, writesToo: sp}
	case x86asm.POPA, x86asm.POPAD:
		return uses{writes: ax | cx | dx | bx | bp | si | di, writesToo: sp}
	case x86asm.ENTER:
		return uses{noResult: true, writesToo: sp | bp}
	case x86asm.LEAVE:
		return uses{reads: bp, writes: sp | bp}
	}
	return implied(inst)
}

// implied are instructions whose registers are not in the text.
func implied(inst *x86asm.Inst) uses {
	switch inst.Op {
	case x86asm.CBW, x86asm.CWDE, x86asm.CDQE, x86asm.AAA, x86asm.AAD, x86asm.AAM, x86asm.AAS, x86asm.DAA, x86asm.DAS, x86asm.LAHF:
		return uses{writesToo: ax}
	case x86asm.CWD, x86asm.CDQ, x86asm.CQO:
		return uses{reads: ax, writes: dx}
	case x86asm.SAHF:
		return uses{reads: ax}
	case x86asm.XLATB:
		return uses{reads: bx, writesToo: ax}
	case x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ, x86asm.CMPSB, x86asm.CMPSW, x86asm.CMPSD, x86asm.CMPSQ:
		return repeated(inst, uses{noResult: true, writesToo: si | di})
	case x86asm.STOSB, x86asm.STOSW, x86asm.STOSD, x86asm.STOSQ, x86asm.SCASB, x86asm.SCASW, x86asm.SCASD, x86asm.SCASQ:
		return repeated(inst, uses{noResult: true, reads: ax, writesToo: di})
	case x86asm.LODSB, x86asm.LODSW, x86asm.LODSD, x86asm.LODSQ:
		return repeated(inst, uses{noSource: true, writes: ax, writesToo: si})
	case x86asm.INSB, x86asm.INSW, x86asm.INSD:
		return repeated(inst, uses{noResult: true, reads: dx, writesToo: di})
	case x86asm.OUTSB, x86asm.OUTSW, x86asm.OUTSD:
		return repeated(inst, uses{noResult: true, reads: dx, writesToo: si})
	case x86asm.LOOP, x86asm.LOOPE, x86asm.LOOPNE:
		return uses{writesToo: cx}
	case x86asm.JCXZ, x86asm.JECXZ, x86asm.JRCXZ:
		return uses{reads: cx}
	case x86asm.CPUID:
		return uses{writesToo: ax | cx, writes: bx | dx}
	case x86asm.RDTSC, x86asm.RDTSCP:
		u := uses{writes: ax | dx}
		if inst.Op == x86asm.RDTSCP {
			u.writes |= cx
		}
		return u
	case x86asm.RDMSR, x86asm.RDPMC, x86asm.XGETBV:
		return uses{reads: cx, writes: ax | dx}
	case x86asm.WRMSR, x86asm.XSETBV:
		return uses{reads: ax | cx | dx}
	case x86asm.SYSCALL:
		return uses{writes: cx | 1<<11}
	case x86asm.MONITOR:
		return uses{reads: ax | cx | dx}
	case x86asm.MWAIT:
		return uses{reads: ax | cx}
	case x86asm.MASKMOVDQU, x86asm.MASKMOVQ:
		return uses{reads: di}
	case x86asm.PCMPESTRI, x86asm.PCMPESTRM:
		return uses{reads: ax | dx, writes: cx}
	case x86asm.PCMPISTRI:
		return uses{writes: cx}
	case x86asm.XSAVE, x86asm.XSAVE64, x86asm.XSAVEC, x86asm.XSAVEC64, x86asm.XSAVEOPT, x86asm.XSAVEOPT64, x86asm.XSAVES, x86asm.XSAVES64,
		x86asm.XRSTOR, x86asm.XRSTOR64, x86asm.XRSTORS, x86asm.XRSTORS64:
		return uses{reads: ax | dx}
	}
	return uses{}
}

// product is a multiplication of rax.
func product(inst *x86asm.Inst) uses {
	if small(inst) {
		return uses{noResult: true, writesToo: ax}
	}
	return uses{noResult: true, reads: ax, writes: ax | dx}
}

// small reports whether the operand has 8 bits.
func small(inst *x86asm.Inst) bool {
	if r, ok := inst.Args[0].(x86asm.Reg); ok {
		_, bits := register(r)
		return bits == 8
	}
	return inst.MemBytes == 1
}

// repeated adds the counter of a prefix.
func repeated(inst *x86asm.Inst, u uses) uses {
	for _, p := range inst.Prefix {
		if p&0xff == 0xf3 || p&0xff == 0xf2 {
			u.writesToo |= cx
		}
	}
	return u
}
