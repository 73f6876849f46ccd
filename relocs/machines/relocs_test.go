package machines

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"mpyld/relocs"
)

// fields returns every distinct field that some row of some machine uses.
func fields() map[string]*relocs.Field {
	all := map[string]*relocs.Field{}
	for _, m := range All() {
		for i := range m.Howtos() {
			for _, f := range rowFields(&m.Howtos()[i]) {
				all[f.Name] = f
			}
		}
		if f := m.Thunk.Value; f != nil {
			all[f.Name] = f
		}
		for _, j := range m.Entry {
			all[j.Field.Name] = j.Field
		}
	}
	return all
}

func rowFields(h *relocs.Howto) []*relocs.Field {
	list := h.Fields
	if h.Field != nil {
		list = []*relocs.Field{h.Field}
	}
	for _, r := range h.Rewrites {
		if r.Field != nil {
			list = append(list, r.Field)
		}
	}
	return list
}

// insn returns bytes that the field applies to, with everything outside the
// opcode taken from fill.
func insn(f *relocs.Field, fill uint64) []byte {
	v := fill&^f.Mask | f.Match
	b := make([]byte, f.Size)
	for i := range b {
		b[i] = byte(v >> (8 * i))
	}
	return b
}

// TestRows checks what every row must have.
func TestRows(t *testing.T) {
	for _, m := range All() {
		for i := range m.Howtos() {
			h := &m.Howtos()[i]
			name := fmt.Sprintf("%s %s", m.Name, h.Name)
			if i > 0 && m.Howtos()[i-1].Type >= h.Type {
				t.Errorf("%s: rows are not sorted by type", name)
			}
			if h.Spec == "" {
				t.Errorf("%s: no Spec", name)
			}
			hasField := h.Field != nil || h.Fields != nil
			if needs := h.Formula != relocs.Nothing && h.Formula != relocs.Align && h.Formula != relocs.Refused; needs != hasField {
				t.Errorf("%s: kind %d, field given: %v", name, h.Formula, hasField)
			}
			if (h.Formula == relocs.Refused) != (h.Why != "") {
				t.Errorf("%s: Why must be given exactly when refused", name)
			}
			if m.Howto(h.Type) != h {
				t.Errorf("%s: Howto(%d) does not find the row", name, h.Type)
			}
		}
		if m.Howto(0xffff) != nil {
			t.Errorf("%s: a row for an impossible type", m.Name)
		}
	}
}

// TestFieldGolden compares Read and Write with encodings made by an assembler.
func TestFieldGolden(t *testing.T) {
	file, err := os.Open("testdata/fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, seen := fields(), map[string]int{}
	for sc := bufio.NewScanner(file); sc.Scan(); {
		if strings.HasPrefix(sc.Text(), "#") {
			continue
		}
		var name, hexBytes string
		var v int64
		if _, err := fmt.Sscan(sc.Text(), &name, &v, &hexBytes); err != nil {
			t.Fatal(err)
		}
		want, err := hex.DecodeString(hexBytes)
		if err != nil {
			t.Fatal(err)
		}
		f := all[name]
		if f == nil {
			t.Fatalf("%s: no row uses this field", name)
		}
		seen[name]++
		if !f.Matches(want) {
			t.Errorf("%s: %x does not match the opcode", name, want)
		}
		got := slices.Clone(want)
		f.Write(got, 0)
		f.Write(got, v)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: Write(%d) gives %x, want %x", name, v, got, want)
		}
		if r := f.Read(want); !sameWord(f, r, v) {
			t.Errorf("%s: Read(%x) = %d, want %d", name, want, r, v)
		}
		if err := f.Check(v); err != nil {
			t.Errorf("%s: Check(%d): %v", name, v, err)
		}
	}
	for name := range all {
		if seen[name] < 5 {
			t.Errorf("field %s has %d golden encodings, want at least 5", name, seen[name])
		}
	}
}

// sameWord compares what a field reads with the value it was given: an address
// field takes both readings of its top bit, half of a cut value is that half.
func sameWord(f *relocs.Field, a, b int64) bool {
	b = f.Part(b)
	if f.Min < 0 && f.Max > -f.Min {
		bits := 8 * f.Size
		return a<<(64-bits) == b<<(64-bits)
	}
	return a == b
}

// TestFieldProperties: Read is the inverse of Write for every value that fits,
// over any bytes, and Write touches nothing outside the field.
func TestFieldProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, f := range fields() {
		touches := f.Touches()
		if touches&f.Mask != 0 {
			t.Errorf("%s: the field overlaps its opcode bits: %x", name, touches&f.Mask)
		}
		for range 2000 {
			v := int64(rng.Uint64())
			if span := uint64(f.Max) - uint64(f.Min) + 1; span != 0 {
				v = f.Min + int64(rng.Uint64()%span)
			}
			v &^= f.Align - 1
			before := insn(f, rng.Uint64())
			after := slices.Clone(before)
			f.Write(after, v)
			if got := f.Read(after); !sameWord(f, got, v) {
				t.Fatalf("%s: Read(Write(%x, %d)) = %d", name, before, v, got)
			}
			if !f.Matches(after) {
				t.Fatalf("%s: Write(%x, %d) destroys the opcode: %x", name, before, v, after)
			}
			for i := range after {
				if (after[i]^before[i])&^byte(touches>>(8*i)) != 0 {
					t.Fatalf("%s: Write(%x, %d) = %x touches bits outside %x", name, before, v, after, touches)
				}
			}
		}
	}
}

// TestPick: where the opcode chooses the field, it chooses one.
func TestPick(t *testing.T) {
	for _, m := range All() {
		for i := range m.Howtos() {
			pick := m.Howtos()[i].Fields
			for j, f := range pick {
				for _, g := range pick[:j] {
					if both := f.Mask & g.Mask; f.Match&both == g.Match&both {
						t.Errorf("%s %s: some bytes match %s and %s", m.Name, m.Howtos()[i].Name, f.Name, g.Name)
					}
				}
			}
		}
	}
}

// TestVeneers: the word of a veneer is where the firmware can relocate it.
func TestVeneers(t *testing.T) {
	for _, m := range All() {
		size := 4
		if m.Class == elf.ELFCLASS64 {
			size = 8
		}
		for _, v := range []relocs.Veneer{m.Veneer, m.FarVeneer} {
			if v.Word%size != 0 || v.Word+size > len(v.Code) || !bytes.Equal(v.Code[v.Word:v.Word+size], make([]byte, size)) {
				t.Errorf("%s: no word at %d of % x", m.Name, v.Word, v.Code)
			}
		}
	}
}

// TestFieldRange checks both neighbours of each end of the range.
func TestFieldRange(t *testing.T) {
	for name, f := range fields() {
		for _, v := range []int64{f.Min, f.Max} {
			if err := f.Check(v); err != nil {
				t.Errorf("%s: Check(%d): %v", name, v, err)
			}
		}
		if v := f.Min - f.Align; v < f.Min && f.Check(v) == nil {
			t.Errorf("%s: %d is below the range and accepted", name, v)
		}
		if v := f.Max + f.Align; v > f.Max && f.Check(v) == nil {
			t.Errorf("%s: %d is above the range and accepted", name, v)
		}
		if f.Align > 1 && f.Check(f.Min+1) == nil {
			t.Errorf("%s: %d is unaligned and accepted", name, f.Min+1)
		}
	}
}

// TestJumps: the entry jumps of every machine go where they are told, at both
// ends of their reach and not beyond.
func TestJumps(t *testing.T) {
	for _, m := range All() {
		for n, j := range m.Entry {
			bias := j.A - int64(j.Off)
			for _, v := range []int64{j.Field.Max, 0} {
				code, ok := j.Encode(0, v-bias)
				if !ok {
					t.Errorf("%s jump %d does not reach %d", m.Name, n, v-bias)
					continue
				}
				if got := j.Field.Read(code[j.Off:]); got != v {
					t.Errorf("%s jump %d: field holds %d, want %d", m.Name, n, got, v)
				}
				if len(code) != len(j.Code) {
					t.Errorf("%s jump %d: %d bytes, want %d", m.Name, n, len(code), len(j.Code))
				}
			}
			if _, ok := j.Encode(0, j.Field.Max-bias+j.Field.Align); ok {
				t.Errorf("%s jump %d reaches too far", m.Name, n)
			}
		}
	}
}
