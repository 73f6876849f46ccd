package debuginfo

import (
	"bytes"
	"testing"
)

// TestBounds: what is read again and again is counted as often, and what is read once is not.
func TestBounds(t *testing.T) {
	table := bytes.Repeat([]byte{1, 0x11, 0, 0x03, 0x08, 0, 0}, 1000)
	table = append(table, 0)
	unit := func(abbrev int) []byte {
		return []byte{8, 0, 0, 0, 4, 0, byte(abbrev), byte(abbrev >> 8), 0, 0, 8, 0}
	}
	var same, apart []byte
	for i := range 900 {
		same = append(same, unit(0)...)
		apart = append(apart, unit(7*i)...)
	}
	for _, tt := range []struct {
		name string
		info []byte
		want int
	}{{"one table of many units", same, len(table)}, {"tables in a table", apart, 900*len(table) - 7*900*899/2}} {
		if got := abbreviations(Sections{".debug_info": tt.info, ".debug_abbrev": table}); got != tt.want {
			t.Errorf("%s: %d bytes, want %d", tt.name, got, tt.want)
		}
	}

	// DWARF 5, section 2.17.3: offset_pair, startx_length, base_address, start_end, start_length, end_of_list.
	list := []byte{
		4, 0x81, 1, 2, 3, 0, 1, 5, 1, 2, 3, 4, 6, 1, 2, 3, 4, 5, 6, 7, 8, 7, 1, 2, 3, 4, 0x80, 1, 0,
		4, 1, 2, 0,
	}
	w := walk{sections: Sections{".debug_rnglists": list}, word: 4}
	for off, want := range map[int64]int{0: 29, 29: 4, 33: 0, -1: 0} {
		if got := w.listSize(off); got != want {
			t.Errorf("the list at %d has %d bytes, want %d", off, got, want)
		}
	}
	w = walk{sections: Sections{".debug_ranges": append(bytes.Repeat([]byte{1}, 16), make([]byte, 12)...)}, word: 4}
	if got := w.listSize(int64(8)); got != 16 {
		t.Errorf("a list of version 4 has %d bytes, want 16", got)
	}
}

// TestHostileImage: a small file that asks for much has lines and no functions. Each is a unit whose entries are functions with the same
// list of ranges.
func TestHostileImage(t *testing.T) {
	const entries, size = 20_000, 60_000
	for _, tt := range []struct {
		name       string
		attributes int // of the unit's first entry
		list       []byte
	}{
		{"a list that says nothing for long", 0, bytes.Repeat([]byte{5, 0, 0, 0, 0, 0, 0, 0, 0}, size/9)},
		{"a first entry of much", 2000, []byte{4, 0, 1}}, // which debug/dwarf reads for each list
	} {
		abbrev := append([]byte{1, 0x11, 1}, bytes.Repeat([]byte{0x03, 0x21, 0}, tt.attributes)...)
		abbrev = append(abbrev, 0, 0, 2, 0x2e, 0, 0x55, 0x17, 0, 0, 0)
		body := []byte{5, 0, 1, 8, 0, 0, 0, 0, 1}
		for range entries {
			body = append(body, 2, 0, 0, 0, 0)
		}
		body = append(body, 0)
		info := append(le.AppendUint32(nil, uint32(len(body))), body...)
		i := OfImage(Sections{".debug_info": info, ".debug_abbrev": abbrev, ".debug_rnglists": append(tt.list, 0)}, 8)
		if i.tree.whole || len(i.tops) > 0 || i.At(0) != nil || len(i.tree.scopes) > entries/10 {
			t.Errorf("%s: %d functions were read", tt.name, len(i.tree.scopes))
		}
	}
}
