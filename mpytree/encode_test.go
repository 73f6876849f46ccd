package mpytree_test

import (
	"bytes"
	"reflect"
	"testing"

	"mpyld/fixtures"
	"mpyld/mpytree"
)

// TestEncodeLikeMpyCross: preludes, line numbers and instructions of mpy-cross,
// decoded and encoded again, are its bytes.
func TestEncodeLikeMpyCross(t *testing.T) {
	preludes, lines, insns := 0, 0, 0
	for _, release := range must(fixtures.CompiledReleases()) {
		for _, file := range must(fixtures.Compiled(release)) {
			f := must(mpytree.Parse(file.Data))
			for _, c := range f.Codes() {
				p, err := c.Prelude(f.Version)
				if err != nil || p == nil {
					continue
				}
				b := mpytree.AppendSizes(p.AppendSignature(nil), p.Cells-p.Info, p.Code-p.Cells)
				if want := c.Body[p.Off:p.Info]; !bytes.Equal(b, want) {
					t.Errorf("%s/%s: prelude %x, want %x", release, file.Name, b, want)
				}
				preludes++
				want := c.Body[p.Lines:p.Cells]
				got := mpytree.AppendLines(nil, mpytree.MergeLines(mpytree.LineMap(f.Version, want)))
				if f.Version == 5 {
					got = append(got, 0)
				}
				// mpy-cross counts the lines of a def in two steps at times.
				if !bytes.Equal(got, want) && !bytes.Equal(mpytree.AppendLines(nil, mpytree.LineMap(f.Version, want)), bytes.TrimSuffix(want, []byte{0})) {
					t.Errorf("%s/%s %s: lines %x, want %x", release, file.Name, f.Name(c), got, want)
				}
				lines++
				if f.Version == 5 {
					continue
				}
				for _, in := range must(f.Insns(c)) {
					want := c.Body[in.Off : in.Off+in.Size]
					if got, err := mpytree.AppendInsn(nil, &in); err != nil || !bytes.Equal(got, want) {
						t.Errorf("%s/%s: %s is %x, want %x (%v)", release, file.Name, mpytree.OpName(in.Op), got, want, err)
					}
					insns++
				}
			}
		}
	}
	if preludes < 1000 || lines < 1000 || insns < 10000 {
		t.Error(preludes, lines, insns)
	}
}

// TestAppendUint has numbers of one to three bytes (py/persistentcode.c: read_uint).
func TestAppendUint(t *testing.T) {
	for v, want := range map[uint64][]byte{
		0: {0}, 0x7f: {0x7f}, 0x80: {0x81, 0}, 300: {0x82, 0x2c}, 10000: {0xce, 0x10}, 0x3fff: {0xff, 0x7f}, 0x4000: {0x81, 0x80, 0},
	} {
		if got := mpytree.AppendUint(nil, v); !bytes.Equal(got, want) {
			t.Errorf("%d is %x, want %x", v, got, want)
		}
	}
}

// TestPreludeOfManyBytes has numbers that are spread over several bytes (py/bc.h:
// MP_BC_PRELUDE_SIG_ENCODE, MP_BC_PRELUDE_SIZE_ENCODE), as no stored function has them.
func TestPreludeOfManyBytes(t *testing.T) {
	for _, c := range []struct {
		head        []byte
		want        mpytree.Prelude
		info, cells int
	}{
		{[]byte{0x98, 0xa0, 0x10, 0xc8, 0x02}, mpytree.Prelude{State: 100}, 100, 0},
		{[]byte{0x98, 0x70, 0x8f, 0x04}, mpytree.Prelude{State: 52, ScopeFlags: mpytree.ScopeGenerator}, 135, 1},
		{[]byte{0x83, 0x84, 0x0e, 0x25}, mpytree.Prelude{State: 1, PosArgs: 15, ExcStack: 4, KwOnly: 2}, 18, 1},
	} {
		if got := mpytree.AppendSizes(c.want.AppendSignature(nil), c.info, c.cells); !bytes.Equal(got, c.head) {
			t.Errorf("%+v, %d, %d is %x, want %x", c.want, c.info, c.cells, got, c.head)
		}
		code := mpytree.Code{Kind: mpytree.Bytecode, Body: append(c.head, make([]byte, c.info+c.cells+1)...)}
		p, err := code.Prelude(6)
		if err != nil {
			t.Fatal(err)
		}
		got := mpytree.Prelude{State: p.State, ExcStack: p.ExcStack, ScopeFlags: p.ScopeFlags, PosArgs: p.PosArgs, KwOnly: p.KwOnly, DefPos: p.DefPos}
		if info, cells := p.Cells-p.Info, p.Code-p.Cells; !reflect.DeepEqual(got, c.want) || info != c.info || cells != c.cells {
			t.Errorf("%x is %+v, %d, %d, want %+v, %d, %d", c.head, got, info, cells, c.want, c.info, c.cells)
		}
	}
}

// TestAppendLines: the forms that py/emitbc.c chooses (emit_write_code_info_bytes_lines).
func TestAppendLines(t *testing.T) {
	for _, c := range []struct {
		off, line int
		want      []byte
	}{
		{0, 2, []byte{0x20}},
		{5, 7, []byte{0x65, 0x60}},
		{5, 8, []byte{0x85, 0x07}},
		{15, 1 + 0x7ff, []byte{0xff, 0xff}},
		{20, 11, []byte{0x74, 0x80, 0x07}}, // too many bytes for the long form
		{70, 2, []byte{0x1f, 0x1f, 0x28}},
		{0, 1 + 0x800, []byte{0xf0, 0xff, 0x20}},
	} {
		got := mpytree.AppendLines(nil, []mpytree.Line{{Off: c.off, Line: c.line}})
		if !bytes.Equal(got, c.want) {
			t.Errorf("%d:%d is %x, want %x", c.off, c.line, got, c.want)
		}
		lines := mpytree.MergeLines(mpytree.LineMap(6, got))
		if len(lines) != 1 || lines[0] != (mpytree.Line{Off: c.off, Line: c.line}) {
			t.Errorf("%x means %v, want %d:%d", got, lines, c.off, c.line)
		}
	}
}
