package link

import (
	"debug/elf"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// TestCallBeyond: what is not in the module is called by code that has the address of a symbol. A call of
// S + A (gas: call memset+8; call 0x40001000, of which S is 0) does not go A bytes behind that code.
func TestCallBeyond(t *testing.T) {
	const memset, rom, none = 1, 2, -1 // symbols; none: the relocation has none
	for _, c := range []struct {
		arch   string
		typ    uint32
		code   []byte
		off    uint64
		toSelf int64 // the addend of a call of the symbol itself
		rela   bool
	}{
		{"rv32imc", 19, []byte{0x97, 0, 0, 0, 0xe7, 0x80, 0, 0}, 0, 0, true}, // R_RISCV_CALL_PLT
		{"rv64imc", 18, []byte{0x97, 0, 0, 0, 0xe7, 0x80, 0, 0}, 0, 0, true}, // R_RISCV_CALL
		{"xtensawin", 20, []byte{0x25, 0, 0, 0}, 0, 0, true},                 // R_XTENSA_SLOT0_OP: CALL8
		{"x64", x64PLT32, []byte{0xe8, 0, 0, 0, 0, 0xc3}, 1, -4, true},
		{"x64", 31, []byte{0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0}, 2, 0, true}, // R_X86_64_PLTOFF64
		{"x86", 4, []byte{0xe8, 0, 0, 0, 0, 0xc3}, 1, -4, false},            // R_386_PLT32
		{"armv7m", 10, []byte{0, 0xf0, 0, 0xf8}, 0, -4, false},              // R_ARM_THM_CALL
	} {
		m := machines.For(c.arch)
		linked := func(sym int, beyond int64) (*Result, error) {
			r := elfmake.Reloc{Off: c.off, Type: c.typ, Sym: sym, A: c.toSelf + beyond}
			code := slices.Clone(c.code)
			if !c.rela {
				h := m.Howto(c.typ)
				h.Fits(code[c.off:]).Write(code[c.off:], r.A)
			}
			o := elfmake.Object{
				Machine: m.ELF, Class: m.Class, RELA: c.rela,
				Sections: []elfmake.Section{{Name: ".text", Flags: alloc | exec, Align: 4, Data: code, Relocs: []elfmake.Reloc{r}}},
				Symbols: []elfmake.Symbol{
					fn("mpy_init", 0, uint64(m.ModeBits)),
					{Name: "memset", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
					{Name: "rom", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: elfmake.Abs, Value: 0x40001000 | uint64(m.ModeBits)},
				},
			}
			obj, err := elfload.Load("a.o", o.Bytes(), m)
			if err != nil {
				t.Fatal(c.arch, err)
			}
			return Checked(Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy"})
		}
		for _, tt := range []struct {
			sym       int
			beyond    int64
			err, note string
			address   uint64 // in both
		}{
			{memset, 0, "", "", 0},
			{rom, 0, "", "", 0},
			{memset, 8, "the instruction calls +8 bytes from there", "call it without the addend", 0},
			{rom, 8, "the instruction calls the address ", "--defsym NAME=", 0x40001008 | uint64(m.ModeBits)},
			{rom, -16, "the instruction calls the address ", "--defsym NAME=", 0x40000ff0 | uint64(m.ModeBits)},
			{none, 0x40001000, "the instruction calls the address ", "--defsym NAME=", 0x40001000},
		} {
			if tt.address != 0 {
				tt.err, tt.note = fmt.Sprintf("%s%#x", tt.err, tt.address), fmt.Sprintf("%s%#x", tt.note, tt.address)
			}
			if tt.sym == none && !c.rela || tt.sym != memset && c.typ == 31 {
				continue // the field has no room for it; no compiler makes it
			}
			res, err := linked(tt.sym, tt.beyond)
			switch {
			case tt.err == "" && err != nil, tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("%s %d: symbol %d + %d: %v", c.arch, c.typ, tt.sym, tt.beyond, err)
			case tt.err != "" && !strings.Contains(notes(err), tt.note):
				t.Errorf("%s %d: symbol %d + %d: the notes are %s", c.arch, c.typ, tt.sym, tt.beyond, notes(err))
			case tt.err == "":
				falseBeyond(t, c.arch, c.off, res)
			}
		}
	}
}

// notes are those of an error.
func notes(err error) (text string) {
	var list diag.List
	if errors.As(err, &list) {
		for _, e := range list {
			for _, n := range e.Notes {
				text += n.Text + "\n"
			}
		}
	}
	return text
}

// falseBeyond says that the call of a link is one of 8 bytes behind the symbol, and has it go 8 bytes behind the
// code that is for the symbol: the check sees it.
func falseBeyond(t *testing.T, arch string, off uint64, res *Result) {
	t.Helper()
	for i := range res.Map.Sections {
		p := &res.Map.Sections[i]
		if p.Object == "" || len(p.Relocs) == 0 {
			continue
		}
		b := &p.Relocs[0]
		place := res.File.Text[p.Addr+off:]
		field := b.Howto.Fits(place)
		field.Write(place, field.Read(place)+8)
		b.A += 8
		if out, err := mpywriter.Write(res.File); err != nil || simload.Verify(out, res.Map) == nil {
			t.Errorf("%s: the check takes code for a symbol for that of 8 bytes behind it (%v)", arch, err)
		}
	}
}
