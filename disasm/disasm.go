// Package disasm shows machine code as instructions, and finds out which
// entries of mp_fun_table it loads.
//
// It stands apart because decoders are other people's and know only some
// machines: x86, x64, and RISC-V. (Of Thumb and Xtensa, only what reads
// mp_fun_table is decoded here.) It must never be needed to link or to load a
// module, and never decide about one: code that looks like an instruction may be
// data.
package disasm

import (
	"encoding/hex"
	"fmt"
)

// Line is one instruction, or bytes that are none.
type Line struct {
	Off, Size int
	Text      string
	Target    int // where a jump or call leads to, in bytes from the start; -1 if it is none
	Refers    int // a place that it reads, writes or takes the address of; -1 if none is known
	Data      bool
}

// A decoder decodes the instruction in front of code, which is at off. It
// returns no size when there is none.
type decoder func(code []byte, off int) Line

// decoders are the machines that are known, by the name that --arch takes.
var decoders = map[string]decoder{
	"x86":     func(code []byte, off int) Line { return x86(code, off, 32) },
	"x64":     func(code []byte, off int) Line { return x86(code, off, 64) },
	"rv32imc": func(code []byte, off int) Line { return riscv(code, off, 32) },
	"rv64imc": func(code []byte, off int) Line { return riscv(code, off, 64) },
}

// units is the size in bytes of what instructions are made of.
var units = map[string]int{"x86": 1, "x64": 1, "rv32imc": 2, "rv64imc": 2}

// Known says whether an architecture can be disassembled.
func Known(arch string) bool { return decoders[arch] != nil }

// Lines disassembles all of code from from to to. What is no instruction comes
// as data.
func Lines(arch string, code []byte, from, to int) []Line {
	decode, unit := decoders[arch], units[arch]
	var list []Line
	for off := from; off < to; {
		l := decode(code[off:to], off)
		if l.Size == 0 {
			n := min(unit, to-off)
			l = Line{Off: off, Size: n, Text: Bytes(code[off : off+n]), Target: -1, Refers: -1, Data: true}
		}
		list = append(list, l)
		off += l.Size
	}
	return list
}

// Bytes is the text of bytes that are no instruction.
func Bytes(b []byte) string { return ".byte " + hex.EncodeToString(b) }

func branch(off, size int, text string, target int) Line {
	return Line{Off: off, Size: size, Text: fmt.Sprintf("%s %#x", text, target), Target: target, Refers: -1}
}
