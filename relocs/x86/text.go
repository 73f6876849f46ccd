package x86

import (
	"fmt"
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"mpyld/relocs"
)

// text disassembles with a library.
func text(code []byte, off, mode int) relocs.Line {
	inst, err := x86asm.Decode(code, mode)
	if err != nil || inst.Len == 0 || inst.Op == 0 {
		return relocs.Line{}
	}
	l := relocs.Line{Off: off, Size: inst.Len, Text: x86asm.IntelSyntax(inst, uint64(off), nil), Target: -1, Refers: -1}
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

func text32(code []byte, off int) relocs.Line { return text(code, off, 32) }
func text64(code []byte, off int) relocs.Line { return text(code, off, 64) }
