package simload_test

import (
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/simload"
)

// TestEdgesBad moves linker-defined symbols, and what should lie between them.
func TestEdgesBad(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(m *link.Map)
		want  string
	}{
		{"none", func(*link.Map) {}, ""},
		{"end of text", func(m *link.Map) { edge(t, m, "etext").Addr -= 2 }, "etext is at text"},
		{"start of bss", func(m *link.Map) { edge(t, m, "__bss_start").Addr = 4 }, "__bss_start is at bss+0x4, 4 bytes from where it should be"},
		{"end of data", func(m *link.Map) { edge(t, m, "_edata").Addr = 0 }, "_edata is at rodata+0x0"},
		{"wrong region", func(m *link.Map) { edge(t, m, "__data_start").Region = mpyfile.BSS }, "__data_start is at bss+0x0"},
		{"start of a run", func(m *link.Map) { edge(t, m, "__start_entries").Addr += 8 }, "__start_entries is at rodata"},
		{"end of a run", func(m *link.Map) { edge(t, m, "__stop_entries").Addr -= 8 }, "__stop_entries is at rodata"},
		{"a piece that is not", func(m *link.Map) { m.Edges[0].Piece = len(m.Pieces) }, "which the map has not"},
		{"a run with a hole", func(m *link.Map) {
			for i := range m.Edges {
				if e := &m.Edges[i]; m.Pieces[e.Piece].Name == "__init_array_start" || m.Pieces[e.Piece].Name == "__init_array_end" {
					e.Run = append(e.Run, 0) // the first section of all
				}
			}
		}, "__init_array_start"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, data := edgesLink(t)
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

func edgesLink(t *testing.T) (*link.Result, []byte) {
	t.Helper()
	for _, set := range fixtures.Sets() {
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if c.Name == "edges" {
				return realLink(t, set, c)
			}
		}
	}
	t.Fatal("no fixture with linker-defined symbols")
	return nil, nil
}

func edge(t *testing.T, m *link.Map, name string) *link.Piece {
	t.Helper()
	for _, e := range m.Edges {
		if p := &m.Pieces[e.Piece]; p.Name == name {
			return p
		}
	}
	t.Fatalf("no %s", name)
	return nil
}
