package link_test

import (
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// relaxedCase links a stored case of an architecture with relaxations, and checks the module.
func relaxedCase(t *testing.T, arch, name string, relax relocs.RelaxSet) *link.Result {
	t.Helper()
	set, c, err := fixtures.Stored(arch+"-gcc12.2-Os-fpic", name)
	if err != nil {
		t.Fatal(err)
	}
	in, err := caseInput(set, c, mpyfile.Newest)
	if err != nil {
		t.Fatal(err)
	}
	in.Relax = relax
	res, err := link.Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := link.Verified(res); err != nil {
		t.Fatal(err)
	}
	return res
}

// TestDeadSlots: slots that mpy_ld.py makes for words of data, or for distances, are not there.
// Those that instructions load are, and the map says which are not.
func TestDeadSlots(t *testing.T) {
	only := relocs.EveryRelaxation & (1 << relocs.DeadSlots)
	for _, c := range []struct {
		arch, name      string
		without, with   int
		there, notThere string // loaded, and not
	}{
		{"rv32imc", "tables", 14, 4, "mp_fun_table", "mp_type_list"},
		{"rv64imc", "tables", 14, 4, "mp_fun_table", "mp_type_list"},
		{"x86", "tables", 7, 4, "mp_fun_table", "__x86.get_pc_thunk.bx"},
		{"x64", "tables", 4, 4, "mp_fun_table", ""},
		{"armv7m", "tables", 4, 4, "mp_fun_table", ""},
	} {
		before, after := relaxedCase(t, c.arch, c.name, 0), relaxedCase(t, c.arch, c.name, only)
		was, is := linkmap.List(before.Map, before.File, 1), linkmap.List(after.Map, after.File, 1)
		if was.GOTEntries != c.without || is.GOTEntries != c.with {
			t.Errorf("%s: %d and %d slots, want %d and %d", c.arch, was.GOTEntries, is.GOTEntries, c.without, c.with)
		}
		if !slotOf(is, c.there) || slotOf(is, c.notThere) {
			t.Errorf("%s: slots %v, then %v", c.arch, was.Slots, is.Slots)
		}
		saved, names := 0, ""
		for _, s := range is.Saved {
			saved += int(s.Bytes)
			names += s.Why
		}
		if want := (c.without - c.with) * after.File.Arch.Word; saved != want || len(was.Saved) > 0 || !strings.Contains(names, c.notThere) {
			t.Errorf("%s: the map says that %d bytes went, not %d: %v", c.arch, saved, want, is.Saved)
		}
	}
}

func slotOf(l *linkmap.Listing, name string) bool {
	for _, s := range l.Slots {
		if s.Name == name {
			return true
		}
	}
	return false
}
