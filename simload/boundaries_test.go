package simload_test

import (
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/simload"
)

// TestBoundarysBad moves linker-defined symbols, and what should lie between them.
func TestBoundarysBad(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(m *linkmap.Map)
		want  string
	}{
		{"none", func(*linkmap.Map) {}, ""},
		{"end of text", func(m *linkmap.Map) { boundary(t, m, "etext").Addr -= 2 }, "etext is at text"},
		{"start of bss", func(m *linkmap.Map) { boundary(t, m, "__bss_start").Addr = 4 }, "__bss_start is at bss+0x4, 4 bytes from where it should be"},
		{"end of data", func(m *linkmap.Map) { boundary(t, m, "_edata").Addr = 0 }, "_edata is at rodata+0x0"},
		{"wrong region", func(m *linkmap.Map) { boundary(t, m, "__data_start").Region = mpyfile.BSS }, "__data_start is at bss+0x0"},
		{"start of an output section", func(m *linkmap.Map) { boundary(t, m, "__start_entries").Addr += 8 }, "__start_entries is at rodata"},
		{"end of an output section", func(m *linkmap.Map) { boundary(t, m, "__stop_entries").Addr -= 8 }, "__stop_entries is at rodata"},
		{"a section that is not", func(m *linkmap.Map) { m.Boundaries[0].Section = len(m.Sections) }, "which the map does not have"},
		{"an output section with a hole", reaching(0), "__init_array_start is at text+0x408, 1027 bytes from where it should be"},
		{"a table with gaps", reaching(7), "__init_array_start: a table of 24 bytes takes 40"},
		{"another section in a table", reaching(7), "a_main.o:(.text.exit+0x0): lies among the sections that __init_array_start starts"},
		{"an alignment", func(m *linkmap.Map) { m.Sections[10].Align = 8 }, "b_other.o:(counters+0x0): at text+0x464, but it must be aligned to 8 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, data := boundariesLink(t)
			tt.spoil(res.Map)
			err := simload.Verify(data, res.Map)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// reaching has the table of constructors have another section, by its number.
func reaching(section int) func(m *linkmap.Map) {
	return func(m *linkmap.Map) {
		for i := range m.Boundaries {
			if e := &m.Boundaries[i]; strings.HasPrefix(m.Sections[e.Section].Name, "__init_array_") {
				e.Of = append(e.Of, section)
			}
		}
	}
}

func boundariesLink(t *testing.T) (*link.Result, []byte) {
	t.Helper()
	set, c, err := fixtures.Stored("x64-gcc12.2-Os-fpic", "edges")
	if err != nil {
		t.Fatal(err)
	}
	return realLink(t, set, c)
}

func boundary(t *testing.T, m *linkmap.Map, name string) *linkmap.Section {
	t.Helper()
	for _, e := range m.Boundaries {
		if p := &m.Sections[e.Section]; p.Name == name {
			return p
		}
	}
	t.Fatalf("no %s", name)
	return nil
}
