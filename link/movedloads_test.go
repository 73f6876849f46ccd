package link_test

import (
	"bytes"
	"strings"
	"testing"

	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// farLoads is code of more than 8 KB with addresses in the middle: by themselves, and in
// IT blocks of all shapes.
func farLoads(pad int) []rewriteInsn {
	nops := func(n int) (list []rewriteInsn) {
		for range n / 2 {
			list = append(list, rewriteInsn{0xbf00, 2, -1, 0, "nop", false})
		}
		return list
	}
	lower := func(reg uint32, other bool) rewriteInsn {
		return rewriteInsn{0x0000f240 | reg<<24, 4, 47, 0, "movw", other}
	}
	upper := func(reg uint32, other bool) rewriteInsn {
		return rewriteInsn{0x0000f2c0 | reg<<24, 4, 48, 0, "movt", other}
	}
	it := func(mask uint32) rewriteInsn { return rewriteInsn{0xbf00 | mask, 2, -1, 0, "it", false} }
	use := rewriteInsn{0x6003, 2, -1, 0, "str r3, [r0]", false}
	seq := nops(pad)
	for range 70 { // more than go to one pool
		seq = append(seq, lower(0, false), upper(0, false), lower(12, true), upper(12, true))
	}
	seq = append(seq, it(0x08), lower(0, false), it(0x08), upper(0, false)) // it eq, twice
	seq = append(seq, it(0x02), lower(0, true), upper(0, true), use)        // ittt eq
	seq = append(seq, it(0x01), lower(0, false), lower(11, true), upper(11, true), upper(0, false))
	seq = append(seq, it(0x04), use, use) // without addresses
	return append(append(seq, nops(pad)...), rewriteInsn{0x4770, 2, -1, 0, "bx lr", false})
}

// TestMovedLoads: what is too far from all pools is moved to one. Whatever bit of the
// jumps or of what is moved is flipped, verification fails.
func TestMovedLoads(t *testing.T) {
	m := machines.For("armv7m")
	for _, pad := range []int{3000, 4700, 6000, 90_000} {
		res, err := linkObject(m, m, rewriteObject(m, farLoads(pad)))
		if err != nil {
			t.Fatal(err)
		}
		if err := link.Verified(res); err != nil {
			t.Fatalf("%d bytes: a good link does not verify: %v", pad, err)
		}
		code, moved, loads := &res.Map.Sections[0], 0, 0
		for _, b := range code.Relocs {
			if b.By.Needs == relocs.NeedPool|relocs.NeedThunk {
				loads++
			}
		}
		for i := range res.Map.Sections {
			p := &res.Map.Sections[i]
			if p.Moved == nil {
				continue
			}
			moved++
			if pad != 4700 || moved != 1 && moved < 143 { // one by itself, and the last IT block
				continue
			}
			flipAll(t, res, p, 0, uint32(p.Size))
			flipAll(t, res, code, p.Moved.From, p.Moved.To)
		}
		if pad > 3000 && (loads != 144 || moved != 143) || pad == 3000 && moved != 0 {
			t.Errorf("%d bytes: %d loads are moved in %d pieces", pad, loads, moved)
		}
	}
}

// flipAll flips the bits of some bytes of a section.
func flipAll(t *testing.T, res *link.Result, p *linkmap.Section, from, to uint32) {
	t.Helper()
	for at := p.Addr + uint64(from); at < p.Addr+uint64(to); at++ {
		flipByte(t, res, at)
	}
}

// flipByte flips each bit of a byte of text, which verification must see.
func flipByte(t *testing.T, res *link.Result, at uint64) {
	t.Helper()
	for bit := range 8 {
		bad := *res.File
		bad.Text = bytes.Clone(res.File.Text)
		bad.Text[at] ^= 1 << bit
		data, err := mpywriter.Write(&bad)
		if err != nil {
			t.Fatal(err)
		}
		if simload.Verify(data, res.Map) == nil {
			t.Errorf("bit %d at text+0x%x is flipped and verification passes", bit, at)
		}
	}
}

// TestWrongMoves: simload refuses maps that move what cannot be moved.
func TestWrongMoves(t *testing.T) {
	m := machines.For("armv7m")
	res, err := linkObject(m, m, rewriteObject(m, farLoads(6000)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := mpywriter.Write(res.File)
	if err != nil {
		t.Fatal(err)
	}
	var last *linkmap.Section // the last in the section: an IT block
	for i := range res.Map.Sections {
		if p := &res.Map.Sections[i]; p.Moved != nil && (last == nil || p.Moved.From > last.Moved.From) {
			last = p
		}
	}
	for _, tt := range []struct {
		want string
		move func(r *linkmap.Range)
	}{
		{"they are not as long as in the object", func(r *linkmap.Range) { r.To += 2 }},
		{"not all that run together, and only those", func(r *linkmap.Range) { r.From, r.To = r.From+2, r.To+2 }},
		{"moved twice", func(r *linkmap.Range) { r.From, r.To = r.From-14, r.To-14 }},
		{"they are not of code of an object", func(r *linkmap.Range) { r.From, r.To = 0, 1<<30 }},
	} {
		old := *last.Moved
		tt.move(last.Moved)
		if err := simload.Verify(data, res.Map); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
		*last.Moved = old
	}

	// In an IT block of 12 bytes, the last instruction becomes ldr r3, [pc].
	code := &res.Map.Sections[0]
	code.Data = bytes.Clone(code.Data)
	for i := range res.Map.Sections {
		if p := &res.Map.Sections[i]; p.Moved != nil && p.Moved.To-p.Moved.From == 12 {
			copy(code.Data[p.Moved.To-2:], []byte{0x00, 0x4b})
		}
	}
	if err := simload.Verify(data, res.Map); err == nil || !strings.Contains(err.Error(), "depends on its place") {
		t.Errorf("got %v for an instruction that depends on its place", err)
	}
}
