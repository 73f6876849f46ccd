package debugedit_test

import (
	"slices"
	"strings"
	"testing"

	"mpyld/debugedit"
	"mpyld/relocs"
)

// TestLines: line programs, with each instruction that moves the address.
func TestLines(t *testing.T) {
	for name, tt := range map[string]struct{ was, want []any }{
		"nothing moves":                  {[]any{setAddress, to{text, 0}, special(2, 1), special(2, 2), endSequence}, []any{setAddress, to{text, 0}, special(2, 1), special(2, 2), endSequence}},
		"a start behind it":              {[]any{setAddress, to{text, 8}, special(2, 1), endSequence}, []any{setAddress, to{text, 6}, special(2, 1), endSequence}},
		"special":                        {[]any{setAddress, to{text, 2}, special(6, 1), special(2, 1), endSequence}, []any{setAddress, to{text, 2}, special(4, 1), special(2, 1), endSequence}},
		"what went has no bytes":         {[]any{setAddress, to{text, 0}, special(4, 1), special(2, 3), special(2, 1), endSequence}, []any{setAddress, to{text, 0}, special(4, 1), special(0, 3), special(2, 1), endSequence}},
		"special without room":           {[]any{setAddress, to{text, 0x62}, special(0x20, 8), special(2, 1), endSequence}, []any{setAddress, to{text, 0x60}, 2, 0x11, special(0, 8), special(2, 1), endSequence}},
		"advance_pc":                     {[]any{setAddress, to{text, 0}, 2, 4, special(0, 1), endSequence}, []any{setAddress, to{text, 0}, 2, 3, special(0, 1), endSequence}},
		"advance_pc keeps its size":      {[]any{setAddress, to{text, 4}, 2, 0x80, 0x01, special(0, 1), endSequence}, []any{setAddress, to{text, 4}, 2, 0xfe, 0x00, special(0, 1), endSequence}},
		"const_add_pc":                   {[]any{setAddress, to{text, 0}, 8, special(0, 1), 8, special(0, 1), endSequence}, []any{setAddress, to{text, 0}, 2, 16, special(0, 1), 8, special(0, 1), endSequence}},
		"fixed_advance_pc":               {[]any{setAddress, to{text, 0}, 9, 8, 0, special(0, 1), endSequence}, []any{setAddress, to{text, 0}, 9, 6, 0, special(0, 1), endSequence}},
		"instructions with operands":     {[]any{setAddress, to{text, 0}, 3, 0x7f, 5, 0x85, 0x01, 0x0a, 1, special(8, 1), endSequence}, []any{setAddress, to{text, 0}, 3, 0x7f, 5, 0x85, 0x01, 0x0a, 1, special(6, 1), endSequence}},
		"another instruction (extended)": {[]any{setAddress, to{text, 0}, 0, 2, 4, 9, special(8, 1), endSequence}, []any{setAddress, to{text, 0}, 0, 2, 4, 9, special(6, 1), endSequence}},
		"no address":                     {[]any{special(8, 1), endSequence}, []any{special(8, 1), endSequence}},
		"two sequences":                  {[]any{setAddress, to{text, 0x180}, special(2, 1), endSequence, setAddress, to{text, 2}, special(4, 1), endSequence}, []any{setAddress, to{text, 0x17c}, special(2, 1), endSequence, setAddress, to{text, 2}, special(2, 1), endSequence}},
	} {
		obj, err := debugedit.Follow(parts{line: lineTable(tt.was...)}.object(t), nothingElsewhere)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, name, obj, line, lineTable(tt.want...))
	}
}

// TestTwoLineTables: what refers to a table behind one that got longer follows.
func TestTwoLineTables(t *testing.T) {
	long := lineTable(setAddress, to{text, 0x62}, special(0x20, 8), endSequence)
	second := uint32(len(long.data))
	p := parts{line: long, addr: bytesOf(to{line, second}, to{secondTable, 0}), secondTable: {data: make([]byte, second)}}
	rest := lineTable(setAddress, to{text, 8}, special(2, 1), endSequence)
	for _, r := range rest.relocs {
		r.Off += uint64(second)
		p[line].relocs = append(p[line].relocs, r)
	}
	p[line].data = append(p[line].data, rest.data...)
	obj, err := debugedit.Follow(p.object(t), nothingElsewhere)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the references", obj, addr, bytesOf(to{line, second + 2}, to{secondTable, second + 2}))
}

// cie is an entry of .debug_frame that others have in common: version 1, steps of 2 bytes.
var cie = []any{uint32(12), uint32(0xffff_ffff), 1, 0, 2, 0x7c, 14, 0x0c, 13, 0}

// TestFrames: entries of frames, with each instruction that goes forward.
func TestFrames(t *testing.T) {
	for name, tt := range map[string]struct{ was, want []any }{
		"advance_loc":   {[]any{uint32(16), to{frame, 0}, to{text, 0}, uint32(0x20), 0x44, 0x0e, 8, 0}, []any{uint32(16), to{frame, 0}, to{text, 0}, uint32(0x1e), 0x43, 0x0e, 8, 0}},
		"advance_loc1":  {[]any{uint32(16), to{frame, 0}, to{text, 0}, uint32(0x82), 2, 0x41, 0x0a, 0}, []any{uint32(16), to{frame, 0}, to{text, 0}, uint32(0x82), 2, 0x41, 0x0a, 0}},
		"advance_loc2":  {[]any{uint32(16), to{frame, 0}, to{text, 0}, uint32(0x20), 3, 8, 0, 0x0a}, []any{uint32(16), to{frame, 0}, to{text, 0}, uint32(0x1e), 3, 7, 0, 0x0a}},
		"advance_loc4":  {[]any{uint32(20), to{frame, 0}, to{text, 0}, uint32(0x20), 4, uint32(8), 0x0a, 0, 0}, []any{uint32(20), to{frame, 0}, to{text, 0}, uint32(0x1e), 4, uint32(7), 0x0a, 0, 0}},
		"no room":       {[]any{uint32(16), to{frame, 0}, to{text, 6}, uint32(0x90), 0x7f, 0x0a, 0, 0}, []any{uint32(20), to{frame, 0}, to{text, 4}, uint32(0x92), 2, 0x40, 0x0a, 0, 0, 0, 0, 0}},
		"set_loc":       {[]any{uint32(20), to{frame, 0}, to{text, 0}, uint32(0x20), 1, to{text, 2}, 0x42, 0, 0}, []any{uint32(20), to{frame, 0}, to{text, 0}, uint32(0x1e), 1, to{text, 2}, 0x41, 0, 0}},
		"with operands": {[]any{uint32(20), to{frame, 0}, to{text, 0}, uint32(8), 0x84, 2, 0xc4, 0x10, 4, 1, 0x96, 0x42}, []any{uint32(20), to{frame, 0}, to{text, 0}, uint32(6), 0x84, 2, 0xc4, 0x10, 4, 1, 0x96, 0x42}},
	} {
		// Each is there twice.
		obj, err := debugedit.Follow(parts{frame: bytesOf(slices.Concat(cie, tt.was, tt.was)...)}.object(t), nothingElsewhere)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, name, obj, frame, bytesOf(slices.Concat(cie, tt.want, tt.want)...))
	}
}

// TestInfo: lengths of code in all forms, and lists of version 4.
func TestInfo(t *testing.T) {
	size := uint32(textSize - 4)
	for name, tt := range map[string]struct {
		parts         parts
		section       int
		was, is, info []any // of the section; what its unit has then
	}{
		"ranges": {
			unit4(0x55, 0x17, to{ranges, 0}), ranges,
			[]any{uint32(2), uint32(8), uint32(0x104), uint32(0x200), uint32(0), uint32(0)},
			[]any{uint32(2), uint32(6), uint32(0x100), uint32(0x1fc), uint32(0), uint32(0)},
			[]any{to{ranges, 0}},
		},
		"another base": {
			unit4(0x55, 0x17, to{ranges, 0}), ranges,
			[]any{uint32(0xffff_ffff), to{text, 4}, uint32(0), uint32(4), uint32(0), uint32(0)},
			[]any{uint32(0xffff_ffff), to{text, 4}, uint32(0), uint32(2), uint32(0), uint32(0)},
			[]any{to{ranges, 0}},
		},
		"an empty one is no end": {
			unit4(0x55, 0x17, to{ranges, 0}), ranges,
			[]any{uint32(0xffff_ffff), to{text, 4}, uint32(0), uint32(2), uint32(2), uint32(8), uint32(0), uint32(0)},
			[]any{uint32(0xffff_ffff), to{text, 4}, uint32(1), uint32(1), uint32(0), uint32(6), uint32(0), uint32(0)},
			[]any{to{ranges, 0}},
		},
		"addresses": {
			unit4(0x55, 0x17, to{ranges, 0}), ranges,
			[]any{to{text, 8}, to{text, 0x180}, uint32(0), uint32(0)},
			[]any{to{text, 6}, to{text, 0x17c}, uint32(0), uint32(0)},
			[]any{to{ranges, 0}},
		},
		"places": {
			unit4(0x02, 0x17, to{loc, 0}), loc,
			[]any{uint32(4), uint32(6), 1, 0, 0x53, uint32(6), uint32(0x10), 2, 0, 0x91, 4, uint32(0), uint32(0)},
			[]any{uint32(4), uint32(4), 1, 0, 0x53, uint32(4), uint32(0x0e), 2, 0, 0x91, 4, uint32(0), uint32(0)},
			[]any{to{loc, 0}},
		},
		"version 3":  {unit4(0x02, 0x06, to{loc, 0}), loc, []any{uint32(6), uint32(8), 1, 0, 0x53, uint32(0), uint32(0)}, []any{uint32(4), uint32(6), 1, 0, 0x53, uint32(0), uint32(0)}, []any{to{loc, 0}}},
		"a number":   {unit4(0x38, 0x06, uint32(8)), loc, nil, nil, []any{uint32(8)}},
		"entry":      {unit4(0x52, 0x0f, 8), loc, nil, nil, []any{6}},
		"long entry": {unit4(0x52, 0x0f, 0x82, 0x02), loc, nil, nil, []any{0x80, 0x02}},
		"one byte":   {unit4(0x52, 0x0b, 8), loc, nil, nil, []any{6}},
		"two bytes":  {unit4(0x52, 0x05, 8, 1), loc, nil, nil, []any{4, 1}},
		"signed":     {unit4(0x52, 0x0d, 8), loc, nil, nil, []any{6}},
		"indirect":   {unit4(0x52, 0x16, 0x0b, 8), loc, nil, nil, []any{0x0b, 6}},
	} {
		if tt.was != nil {
			tt.parts[tt.section] = bytesOf(tt.was...)
		}
		obj, err := debugedit.Follow(tt.parts.object(t), nothingElsewhere)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tt.is != nil {
			same(t, name, obj, tt.section, bytesOf(tt.is...))
		}
		want := unit4(0x02, 0x17, tt.info...)[info]
		copy(want.data[16:], []byte{byte(size), byte(size >> 8), 0, 0})
		same(t, name, obj, info, want)
	}
}

// TestLists: lists of version 5, with each kind of entry.
func TestLists(t *testing.T) {
	rng := unit5(0x55, 0x23, 0)
	places := unit5(0x02, 0x22, 0)
	for name, tt := range map[string]struct {
		parts   parts
		section int
		was, is []any
	}{
		"offset_pair":       {rng, rnglists, []any{4, 2, 8, 4, 0x82, 0x02, 0x80, 0x03, 0}, []any{4, 2, 6, 4, 0x80, 0x02, 0xfc, 0x02, 0}},
		"base_addressx":     {rng, rnglists, []any{1, 1, 4, 0, 0xf8, 1, 0}, []any{1, 1, 4, 0, 0xfa, 1, 0}},
		"startx_endx":       {rng, rnglists, []any{2, 0, 1, 0}, []any{2, 0, 1, 0}},
		"startx_length":     {rng, rnglists, []any{3, 0, 8, 0}, []any{3, 0, 6, 0}},
		"base_address":      {rng, rnglists, []any{5, to{text, 2}, 4, 0, 4, 0}, []any{5, to{text, 2}, 4, 0, 2, 0}},
		"start_end":         {rng, rnglists, []any{6, to{text, 2}, to{text, 8}, 0}, []any{6, to{text, 2}, to{text, 6}, 0}},
		"start_length":      {rng, rnglists, []any{7, to{text, 0}, 8, 0}, []any{7, to{text, 0}, 6, 0}},
		"places":            {places, loclists, []any{9, 0, 0, 4, 2, 8, 1, 0x53, 8, to{text, 4}, 6, 1, 0x54, 0}, []any{9, 0, 0, 4, 2, 6, 1, 0x53, 8, to{text, 4}, 4, 1, 0x54, 0}},
		"places by number":  {places, loclists, []any{3, 0, 8, 1, 0x53, 1, 1, 4, 0, 2, 1, 0x54, 0}, []any{3, 0, 6, 1, 0x53, 1, 1, 4, 0, 2, 1, 0x54, 0}},
		"places by address": {places, loclists, []any{6, to{text, 2}, 7, to{text, 4}, to{text, 6}, 1, 0x53, 4, 0, 4, 1, 0x54, 0}, []any{6, to{text, 2}, 7, to{text, 4}, to{text, 4}, 1, 0x53, 4, 0, 2, 1, 0x54, 0}},
	} {
		tt.parts[tt.section] = table5([]uint32{4}, tt.was...)
		obj, err := debugedit.Follow(tt.parts.object(t), nothingElsewhere)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, name, obj, tt.section, table5([]uint32{4}, tt.is...))
		tt.parts[tt.section] = table5(nil)
	}
}

// TestLongerList: a number that gets longer moves the lists behind it. That which no entry refers to is not read.
func TestLongerList(t *testing.T) {
	p := unit5(0x55, 0x23, 0)
	p[rnglists] = table5([]uint32{8, 14}, 1, 1, 4, 0x70, 0x7f, 0, 4, 2, 8, 0)
	// From 8 on: 0x78 is 2 bytes less far and 0x87 where it was, so from 6 on they are at 0x70 and 0x81, which is a byte longer.
	obj, err := debugedit.Follow(p.object(t), nothingElsewhere)
	if err != nil {
		t.Fatal(err)
	}
	want := table5([]uint32{8, 15}, 1, 1, 4, 0x70, 0x81, 0x01, 0, 4, 2, 8, 0)
	same(t, "a longer list", obj, rnglists, want)
}

// TestAranges: lengths in the table of what units have.
func TestAranges(t *testing.T) {
	table := func(at, length uint32) *content {
		return bytesOf(uint32(28), 2, 0, to{info, 0}, 4, 0, uint32(0), to{text, at}, length, uint32(0), uint32(0))
	}
	obj, err := debugedit.Follow(parts{aranges: table(8, 0x1f8)}.object(t), nothingElsewhere)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "aranges", obj, aranges, table(6, 0x1f6))
	if _, err := debugedit.Follow(parts{aranges: bytesOf(uint32(9), 2, 0, to{info, 0}, 4, 0, 0)}.object(t), nothingElsewhere); err != nil {
		t.Errorf("a table of nothing, which ends before its entries would start: %v", err)
	}
}

// TestElsewhere: where a register holds something else, nothing is said of it.
func TestElsewhere(t *testing.T) {
	r4 := func(section int, from, to uint64) relocs.Registers {
		if section == 1+text && from < 0x12 && 0x10 < to {
			return relocs.One(4)
		}
		return 0
	}
	for name, tt := range map[string]struct {
		expr []any
		said bool
	}{
		"r3":                       {[]any{1, 0, 0x53}, true},
		"r4":                       {[]any{1, 0, 0x54}, false},
		"what r4 leads to":         {[]any{2, 0, 0x74, 0}, false},
		"r4 by its number":         {[]any{2, 0, 0x90, 4}, false},
		"the frame":                {[]any{2, 0, 0x91, 4}, true},
		"r3 and r4":                {[]any{5, 0, 0x73, 0, 0x74, 0, 0x22}, false},
		"what r4 was on entry":     {[]any{4, 0, 0xa3, 1, 0x54, 0x9f}, true},
		"what nobody knows":        {[]any{1, 0, 0xe5}, false},
		"numbers that look like r": {[]any{3, 0, 0x0a, 0x54, 0x54}, true},
	} {
		p := unit4(0x02, 0x17, to{loc, 0})
		p[loc] = bytesOf(append(append([]any{uint32(0x10), uint32(0x20)}, tt.expr...), uint32(0), uint32(0))...)
		obj, err := debugedit.Follow(p.object(t), r4)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		end := uint32(0x1e)
		if !tt.said {
			end = 0x0e
		}
		same(t, name, obj, loc, bytesOf(append(append([]any{uint32(0x0e), end}, tt.expr...), uint32(0), uint32(0))...))
	}
	// An expression for all code of an entry.
	obj, err := debugedit.Follow(unit4(0x02, 0x18, 2, 0x74, 0).object(t), r4)
	if err != nil {
		t.Fatal(err)
	}
	want := unit4(0x02, 0x18, 2, 0x96, 0x96)[info]
	copy(want.data[16:], []byte{0xfc, 1, 0, 0})
	same(t, "an expression", obj, info, want)
}

// TestSymbols: what counts from a symbol, and not from a section, follows.
func TestSymbols(t *testing.T) {
	p := parts{addr: bytesOf(to{function, 0x100}, to{function, 0})} // f is at 2
	obj, err := debugedit.Follow(p.object(t), nothingElsewhere)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "f+0x100", obj, addr, bytesOf(to{function, 0x100}, to{function, 2}))
}

// TestNeeded: objects without edits are not told, nor those of machines whose assemblers leave distances to the linker.
func TestNeeded(t *testing.T) {
	obj := parts{}.object(t)
	raw, err := obj.Raw()
	if err != nil {
		t.Fatal(err)
	}
	if !debugedit.Needed(obj) || debugedit.Needed(raw) {
		t.Errorf("needed %v, %v", debugedit.Needed(obj), debugedit.Needed(raw))
	}
}

// TestCannot: what is damaged, or nobody knows, is an error.
func TestCannot(t *testing.T) {
	spoiled := func(p parts, section, at int, b ...byte) parts {
		copy(p[section].data[at:], b)
		return p
	}
	lines := func() parts { return parts{line: lineTable(setAddress, to{text, 0}, special(8, 1), endSequence)} }
	for want, p := range map[string]parts{
		"a line table at 0x0 has a header":                   spoiled(lines(), line, 4, 9),
		"has an instruction that is not whole":               {line: lineTable(setAddress, to{text, 0}, special(8, 1), 0, 40)},
		"behind the end of .text":                            {line: lineTable(setAddress, to{text, 0x1fe}, special(8, 1), endSequence)},
		"has a header that is not understood":                spoiled(unit4(0x52, 0x0b, 8), info, 4, 9),
		"has no abbreviation":                                spoiled(unit4(0x52, 0x0b, 8), info, 11, 7),
		"0xb is not understood":                              unit4(0x52, 0x7b, 8),
		"a length in .debug_info":                            unit4(0x52, 0x13, uint32(8)),
		"refers to no list":                                  unit4(0x55, 0x17, to{text, 0}),
		"file of its own":                                    unit4(0x76, 0x0e, uint32(0)),
		"an entry of .debug_frame at 0x10 is not understood": {frame: bytesOf(append(spoiledCIE(), uint32(12), to{frame, 0}, to{text, 0}, uint32(8))...)},
		"an instruction that is not understood":              {frame: bytesOf(append(cie, uint32(16), to{frame, 0}, to{text, 0}, uint32(8), 0x3f, 0, 0, 0)...)},
	} {
		if _, err := debugedit.Follow(p.object(t), nothingElsewhere); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// spoiledCIE has a text that nobody knows, which changes what follows.
func spoiledCIE() []any {
	return []any{uint32(12), uint32(0xffff_ffff), 1, "x\x00", 2, 0x7c, 14, 0, 0}
}
