// Package disasm shows machine code as instructions, and finds out which
// entries of mp_fun_table it loads.
//
// It stands apart because it reads code that nobody vouches for. It must never be
// needed to link or to load a module, and never decide about one: what looks like
// an instruction may be data.
package disasm

import (
	"encoding/hex"

	"mpyld/relocs"
)

// Line is one instruction, or bytes that are none.
type Line = relocs.Line

// Lines disassembles all of code from from to to, of a machine that has Text. What
// is no instruction comes as data.
func Lines(m *relocs.Machine, code []byte, from, to int) []Line {
	var list []Line
	for off := from; off < to; {
		l := m.Text(code[off:to], off)
		if l.Size == 0 {
			n := min(m.Unit, to-off)
			l = Line{Off: off, Size: n, Text: Bytes(code[off : off+n]), Target: -1, Refers: -1, Data: true}
		}
		list = append(list, l)
		off += l.Size
	}
	return list
}

// Bytes is the text of bytes that are no instruction.
func Bytes(b []byte) string { return ".byte " + hex.EncodeToString(b) }
