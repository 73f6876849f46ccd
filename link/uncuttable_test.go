package link_test

import (
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// uncuttable is code in which a call must not get shorter, and what the second look says if it
// does.
var uncuttable = []struct {
	name string
	make func(r *relaxable)
	want string
}{
	{"a branch over it without a relocation", func(r *relaxable) {
		r.code(2, 0xc509) // c.beqz a0, 10: over the call
		r.call(callRA, "f")
		r.ret()
		r.label("f")
		r.ret()
	}, "the map has code shortened on the way of this branch, which has no relocation: it goes 10 bytes, but that is 4 now"},
	{"a branch back without a relocation", func(r *relaxable) {
		r.call(callRA, "f")
		r.code(2, 0xdd65) // c.beqz a0, -8
		r.ret()
		r.label("f")
		r.ret()
	}, "the map has code shortened on the way of this branch, which has no relocation: it goes -8 bytes, but that is -2 now"},
	{"a label in the middle", func(r *relaxable) {
		r.call(callRA, "f")
		r.label("middle")
		r.Symbols[r.symbol("middle")].Value = 4
		r.ret()
		r.label("f")
		r.ret()
	}, "the map has shorter instructions here, but the symbol middle refers to the middle of them"},
	{"a symbol plus a number", func(r *relaxable) {
		r.call(callRA, "f")
		r.ret()
		r.label("f")
		r.ret()
		r.reloc(rvJump, "mpy_init", 8)
		r.code(2, 0xa001)
	}, "the map has a.o:(.text) shortened between mpy_init and 8 bytes behind it, which this refers to"},
	{"an instruction that something counts from without a relocation", func(r *relaxable) {
		r.code(4, 0x0000_0297) // auipc t0, 0
		r.code(2, 0x02c9)      // c.addi t0, 18: behind the call
		r.call(callRA, "f")
		r.code(2, 0x8282) // jr t0
		r.nops(2)
		r.ret()
		r.label("f")
		r.ret()
	}, "the map has shortened code in a section in which something counts from this instruction, which has no relocation"},
	{"data at a multiple of 4 without padding of a relocation", func(r *relaxable) {
		r.call(callRA, "f")
		r.ret()
		r.nops(2)
		r.data("number", 0x1234)
		r.label("f")
		r.ret()
	}, "the map has shortened code in front of this data, which was at a multiple of 4 and is not now"},
	{"no mark", func(r *relaxable) {
		r.reloc(rvCall, "f", 0)
		r.code(8, callRA)
		r.ret()
		r.label("f")
		r.ret()
	}, "the map has shorter instructions here, the object does not allow it"},
}

// TestUncuttable: what counts on the length of a call has it stay; and the second look finds calls that
// are shorter all the same.
func TestUncuttable(t *testing.T) {
	m := machines.For("rv32imc")
	for _, tt := range uncuttable {
		r := newRelaxable(m)
		tt.make(r)
		obj := r.load(t, m)
		res, err := shortened(m, obj)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if res.Shrunk != nil {
			t.Errorf("%s: the call became shorter", tt.name)
		}
		// Now it does.
		off := uint32(0)
		for call := range obj.Sections[1].Relocs {
			if call.Type == rvCall {
				off = call.Off
			}
		}
		short, err := obj.Shrink(elfload.Cuts{1: {{Off: off, Del: 8, Ins: []byte{1, 0x20}, For: m.Howto(rvCall), To: m.Howto(rvJump)}}})
		if err != nil {
			t.Fatal(err)
		}
		res, err = link.Checked(link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{short}})
		if err != nil {
			t.Fatal(err)
		}
		res.Shrunk = map[*elfload.Object]*elfload.Object{obj: short}
		if err := proved(m, obj, res); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

// TestPaddedData: data with padding of a relocation in front of it stays at its multiple, and calls are shorter.
func TestPaddedData(t *testing.T) {
	m := machines.For("rv32imc")
	r := newRelaxable(m)
	r.call(callRA, "f")
	r.ret()
	r.align(8)
	r.data("number", 0x1234)
	r.label("f")
	r.ret()
	res, err := shortened(m, r.load(t, m))
	if err != nil || sizesOfCalls(res) != "2" {
		t.Fatalf("calls of %s bytes, want 2 (%v)", sizesOfCalls(res), err)
	}
	for _, short := range res.Shrunk {
		for _, s := range short.Symbols {
			if s.Name == "number" && s.Value != 8 {
				t.Errorf("the number is at %d, want 8", s.Value)
			}
		}
	}
}
