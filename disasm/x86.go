package disasm

import (
	"fmt"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

func x86(code []byte, off, mode int) Line {
	inst, err := x86asm.Decode(code, mode)
	if err != nil || inst.Len == 0 || inst.Op == 0 {
		return Line{}
	}
	l := Line{Off: off, Size: inst.Len, Text: x86asm.IntelSyntax(inst, uint64(off), nil), Target: -1, Refers: -1}
	for _, arg := range inst.Args {
		switch arg := arg.(type) {
		case x86asm.Rel:
			l.Target = off + inst.Len + int(arg)
			mnemonic, _, _ := strings.Cut(l.Text, " ")
			l.Text = fmt.Sprintf("%s %#x", mnemonic, l.Target)
		case x86asm.Mem:
			if arg.Base == x86asm.RIP {
				l.Refers = off + inst.Len + int(arg.Disp)
			}
		}
	}
	return l
}

// value is what is known of a register's content.
type value struct {
	known bool
	table bool // the address of mp_fun_table, plus addr
	addr  int  // else a place in the code, or a number
}

// x86Loads follows the addresses of words in slots, which the loader makes point
// at mp_fun_table, through registers, and returns the distances at which code
// reads from there. It goes through the code from top to bottom, as if nothing
// jumped.
func x86Loads(code []byte, mode int, slots map[int]bool) map[int]bool {
	found := map[int]bool{}
	regs := map[x86asm.Reg]value{}
	for off := 0; off < len(code); {
		inst, err := x86asm.Decode(code[off:], mode)
		if err != nil || inst.Len == 0 {
			off++
			clear(regs)
			continue
		}
		next := off + inst.Len
		for _, arg := range inst.Args {
			if m, ok := arg.(x86asm.Mem); ok && m.Index == 0 && inst.Op != x86asm.LEA && regs[wide(m.Base)].table {
				found[regs[wide(m.Base)].addr+int(m.Disp)] = true
			}
		}
		switch dst, isReg := inst.Args[0].(x86asm.Reg); {
		case inst.Op == x86asm.RET:
			clear(regs)
		case inst.Op == x86asm.CALL:
			for _, r := range []x86asm.Reg{x86asm.RAX, x86asm.RCX, x86asm.RDX} {
				delete(regs, r)
			}
			if rel, ok := inst.Args[0].(x86asm.Rel); ok {
				if r, ok := pcThunk(code, next+int(rel)); ok {
					regs[wide(r)] = value{known: true, addr: next}
				}
			}
		case !isReg || inst.Op == x86asm.CMP || inst.Op == x86asm.TEST || inst.Op == x86asm.PUSH:
		default:
			regs[wide(dst)] = x86Result(&inst, regs, next, slots)
		}
		off = next
	}
	return found
}

// x86Result is what an instruction leaves in its first operand.
func x86Result(inst *x86asm.Inst, regs map[x86asm.Reg]value, next int, slots map[int]bool) value {
	dst := inst.Args[0].(x86asm.Reg)
	switch src := inst.Args[1].(type) {
	case x86asm.Reg:
		if inst.Op == x86asm.MOV {
			return regs[wide(src)]
		}
	case x86asm.Imm:
		if v := regs[wide(dst)]; inst.Op == x86asm.ADD && v.known {
			v.addr = int(int32(v.addr + int(src)))
			return v
		}
	case x86asm.Mem:
		at, ok := int(src.Disp), false
		switch v := regs[wide(src.Base)]; {
		case src.Index != 0:
		case v.table && inst.Op == x86asm.LEA:
			v.addr += at
			return v
		case src.Base == x86asm.RIP:
			at, ok = next+at, true
		case v.known && !v.table:
			at, ok = int(int32(v.addr+at)), true
		}
		switch {
		case ok && inst.Op == x86asm.LEA:
			return value{known: true, addr: at}
		case ok && inst.Op == x86asm.MOV && slots[at]:
			return value{known: true, table: true}
		}
	}
	return value{}
}

// pcThunk says that at code is what compilers call to learn where they are:
// mov reg, [esp]; ret.
func pcThunk(code []byte, at int) (x86asm.Reg, bool) {
	if at < 0 || at+4 > len(code) || code[at] != 0x8b || code[at+1]&0xc7 != 0x04 || code[at+2] != 0x24 || code[at+3] != 0xc3 {
		return 0, false
	}
	return x86asm.EAX + x86asm.Reg(code[at+1]>>3&7), true
}

// wide is the whole of a register that instructions name by parts.
func wide(r x86asm.Reg) x86asm.Reg {
	if x86asm.EAX <= r && r <= x86asm.R15L {
		return r - x86asm.EAX + x86asm.RAX
	}
	return r
}
