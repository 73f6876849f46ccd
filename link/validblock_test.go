package link_test

import (
	"encoding/binary"

	"mpyld/fixtures/elfmake"
)

// block is code under construction.
type block struct {
	code []byte
	rs   []elfmake.Reloc  // Sym is an index into unit.syms
	syms []elfmake.Symbol // at offsets of the block: labels, mapping symbols

	literals []literal
}

// literal is a word behind a function that an instruction in it loads.
type literal struct {
	off, sym int
	a        uint32
	typ      uint32
}

func (b *block) add(o block) {
	at := uint64(len(b.code))
	for _, r := range o.rs {
		r.Off += at
		b.rs = append(b.rs, r)
	}
	for _, s := range o.syms {
		s.Value += at
		b.syms = append(b.syms, s)
	}
	for _, l := range o.literals {
		l.off += int(at)
		b.literals = append(b.literals, l)
	}
	b.code = append(b.code, o.code...)
}

// addLiterals puts the words behind the code, as far as their instructions
// reach: the instructions count from the next multiple of 4.
func (b *block) addLiterals() {
	if len(b.literals) == 0 {
		return
	}
	if len(b.code)%4 != 0 {
		b.insn(0xbf00, 2)
	}
	b.label("$d")
	for _, l := range b.literals {
		n := (len(b.code) - (l.off+4)&^3) / 4
		if n > 255 {
			b.code[l.off], b.code[l.off+1] = 0x00, 0xbf
		} else {
			b.code[l.off] = byte(n)
		}
		b.reloc(l.typ, l.sym, 0)
		b.insn(uint64(l.a), 4)
	}
	b.label("$t")
}

func (b *block) insn(code uint64, size int) { b.code = append(b.code, leBytes(code, size)...) }

func (b *block) label(name string) {
	b.syms = append(b.syms, elfmake.Symbol{Name: name, Value: uint64(len(b.code))})
}

func leBytes(v uint64, n int) []byte { return binary.LittleEndian.AppendUint64(nil, v)[:n] }
