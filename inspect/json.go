package inspect

import (
	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// SchemaVersion is raised when a field of the JSON changes its meaning or goes
// away. New fields do not raise it.
const SchemaVersion = 1

// The types below are the schema, which docs/JSON.md describes. Sizes are in
// bytes.

type reportJSON struct {
	Schema       int          `json:"schema"`
	File         string       `json:"file"`
	Size         int          `json:"size"`
	What         string       `json:"what"`
	Maker        string       `json:"maker"`
	Number       uint32       `json:"_mpy"`
	Version      int          `json:"version"`
	SubVersion   *int         `json:"sub_version,omitempty"`
	Arch         string       `json:"arch"`
	ArchFlags    uint64       `json:"arch_flags,omitempty"`
	Extensions   []string     `json:"extensions,omitempty"`
	SmallIntBits int          `json:"small_int_bits"`
	ImportedBy   []string     `json:"imported_by"`
	Boards       string       `json:"boards"`
	Memory       memoryJSON   `json:"memory"`
	Names        []string     `json:"names"`
	NamesCertain bool         `json:"names_certain"`
	Modules      []moduleJSON `json:"modules,omitempty"`
}

type memoryJSON struct {
	Total     int `json:"total"`
	Code      int `json:"code"`
	Data      int `json:"data"`
	Tables    int `json:"tables"`
	Names     int `json:"names"`
	Constants int `json:"constants"`
}

type moduleJSON struct {
	Firmware []entryJSON `json:"firmware"`
	Complete bool        `json:"firmware_complete"`
	Oldest   string      `json:"first_release,omitempty"`
}

type entryJSON struct {
	Entry     int    `json:"entry"`
	Name      string `json:"name,omitempty"`
	Relocated bool   `json:"relocated"`
}

// JSON shows the report for programs.
func (r *Report) JSON(name string, size int, f *mpytree.File) (string, error) {
	h, m := f.Header(), r.Memory
	j := reportJSON{
		Schema: SchemaVersion, File: name, Size: size, What: r.What, Maker: "micropython", Number: h.Number(),
		Version: int(h.Version), Arch: f.ArchName(), ArchFlags: h.ArchFlags, SmallIntBits: int(h.SmallIntBits),
		ImportedBy: []string{}, Boards: r.Boards, Names: append([]string{}, r.Exports...), NamesCertain: r.Certain,
		Memory: memoryJSON{m.Total(), m.Code, m.Data, m.Tables, m.Names, m.Constant},
	}
	if h.Magic == mpyfile.MagicCircuit {
		j.Maker = "circuitpython"
	}
	if sub := int(h.Sub()); h.Version == 6 && h.ArchCode() != 0 {
		j.SubVersion = &sub
	}
	if arch := h.Arch(); arch != nil {
		for bit, name := range arch.Flags {
			if h.ArchFlags>>bit&1 != 0 {
				j.Extensions = append(j.Extensions, name)
			}
		}
	}
	for _, release := range r.Importing {
		j.ImportedBy = append(j.ImportedBy, release.Name)
	}
	for _, n := range r.Natives {
		j.Modules = append(j.Modules, moduleOf(n))
	}
	return diag.JSON(j)
}

func moduleOf(n Native) moduleJSON {
	m := moduleJSON{Firmware: []entryJSON{}, Complete: !n.Table}
	for _, e := range n.Entries {
		m.Firmware = append(m.Firmware, entryJSON{e.Index, e.Name, e.Reloc})
	}
	if oldest := Oldest([]Native{n}); oldest != nil {
		m.Oldest = oldest.Name
	}
	return m
}
