package main

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// listing is what a link prints: the sizes, as mpy_ld.py prints them (scripts
// parse these lines), and above them, with -v, what lies where.
func listing(verbose int, qstrs []string, res *link.Result) string {
	var b lines
	if verbose >= 1 {
		b.add("qstr vals: %s", strings.Join(qstrs, ", "))
		listFixed(&b, res.Map)
		for _, u := range res.Map.Unused {
			b.add("unused: %s size=%d %s", u.Section, u.Size, u.Object)
		}
		listSections(&b, res.Map)
	}
	if verbose >= 2 {
		listRelocations(&b, res.Map)
	}
	if verbose >= 1 {
		listGOT(&b, res)
	}
	listSizes(&b, res)
	return b.String()
}

func listSizes(b *lines, res *link.Result) {
	f := res.File
	b.add("arch:         %v", res.Map.Machine.ELF)
	if floats := res.Map.Machine.ABI.Floats; floats != f.Arch.Floats {
		b.add("float ABI:    %s", floats)
	}
	b.add("text size:    %d", len(f.Text))
	if len(f.Rodata) > 0 {
		b.add("rodata size:  %d", len(f.Rodata))
	}
	b.add("bss size:     %d", f.BSSSize)
	b.add("GOT entries:  %d", gotSize(res.Map)/f.Arch.Word)
}

// gotSize is the size of the GOT in bytes.
func gotSize(m *linkmap.Map) int {
	for i := range m.Sections {
		if p := &m.Sections[i]; p.Object == "" && p.Name == "GOT" {
			return int(p.Size)
		}
	}
	return 0
}

// placed returns the pieces that take room, by region and address.
func placed(m *linkmap.Map) []*linkmap.Section {
	var pieces []*linkmap.Section
	for i := range m.Sections {
		if p := &m.Sections[i]; p.Size > 0 && p.Class != linkmap.Literal {
			pieces = append(pieces, p)
		}
	}
	slices.SortStableFunc(pieces, func(p, q *linkmap.Section) int {
		return cmp.Or(cmp.Compare(p.Region, q.Region), cmp.Compare(p.Addr, q.Addr))
	})
	return pieces
}

func listSections(b *lines, m *linkmap.Map) {
	b.add("sections:")
	for _, p := range placed(m) {
		b.add("  %08x %s size=%d %s", p.Addr, mapName(p.Name), p.Size, mapName(orWord(p.Object, "mpyld")))
		if p.Why != "" {
			b.add("           in text because of %s", p.Why)
		}
	}
}

// listFixed lists the programs that fixed addresses are from, with the build
// IDs that tell whether a device runs them, the addresses that the module uses,
// and what those replaced.
func listFixed(b *lines, m *linkmap.Map) {
	for _, fw := range m.Firmware {
		b.add("firmware: %s build-id %s", fw.File, orWord(fw.BuildID, "none"))
	}
	seen := map[string]bool{}
	for i := range m.Targets {
		r := &m.Targets[i]
		if e, ok := m.Externs[r.Name]; ok && r.Kind == linkmap.Absolute && !seen[r.Name] {
			seen[r.Name] = true
			b.add("address: %08x %s from %s", e.Value, r.Name, orWord(e.From, "--externs or --defsym"))
		}
	}
	for _, o := range m.Overrides {
		kept := "is left out"
		if o.Keeps != "" {
			kept = "stays: its section also holds " + o.Keeps
		}
		b.add("overridden: %s at %s %s", o.Symbol, o.Where, kept)
	}
}

func listRelocations(b *lines, m *linkmap.Map) {
	for _, p := range placed(m) {
		if len(p.Relocs) == 0 {
			continue
		}
		b.add("relocations of %s:(%s):", p.Object, p.Name)
		for _, r := range p.Relocs {
			b.add("  %08x %s %s%+d -> %s", r.Off, r.Howto.Name, m.Targets[r.S].Name, r.A, meaning(m, &m.Targets[r.S]))
		}
	}
}

// meaning says what a symbol stands for.
func meaning(m *linkmap.Map, r *linkmap.Target) string {
	switch r.Kind {
	case linkmap.InSection:
		p := &m.Sections[r.Section]
		return destination(mpyfile.RegionDest(p.Region), p.Addr+r.Off|uint64(r.Mode))
	case linkmap.Supplied:
		return destination(r.Dest, 0)
	case linkmap.Absolute:
		return fmt.Sprintf("%08x", r.Off)
	}
	return "0 (weak, not defined)"
}

// destination is a place as the GOT's lines in mpy_ld.py -v show it.
func destination(d mpyfile.Dest, addend uint64) string {
	name := [...]string{
		mpyfile.ToText: "text", mpyfile.ToRodata: "rodata", mpyfile.ToBSS: "bss",
		mpyfile.ToQStrTable: "qstr_table", mpyfile.ToObjTable: "obj_table",
		mpyfile.ToFunTable: "mp_fun_table", mpyfile.ToFunEntry: "mp_fun_table",
	}[d.Kind]
	if d.Kind == mpyfile.ToFunEntry {
		return fmt.Sprintf("%s[%d]", name, d.Entry)
	}
	return fmt.Sprintf("%s+%08x", name, addend)
}

// listGOT lists the table's words as the file has them: where each will point.
func listGOT(b *lines, res *link.Result) {
	m, f := res.Map, res.File
	b.add("GOT: %08x", m.GOT)
	names := slotNames(m)
	for _, w := range f.Words {
		if w.Region != mpyfile.Text || w.Off < m.GOT || w.Off >= m.GOT+uint64(gotSize(m)) {
			continue
		}
		var word [8]byte
		copy(word[:], f.Text[w.Off:w.Off+uint64(f.Arch.Word)])
		to := destination(w.Dest, binary.LittleEndian.Uint64(word[:]))
		b.add("  %08x %s -> %s", w.Off-m.GOT, mapName(orWord(names[to], "(none)")), to)
	}
}

// slotNames maps what a GOT slot points at to the first symbol that means it
// and is reached through the GOT.
func slotNames(m *linkmap.Map) map[string]string {
	names := map[string]string{}
	for _, p := range m.Sections {
		for _, r := range p.Relocs {
			if ref := &m.Targets[r.S]; r.Howto.Kind.NeedsSlot() && names[meaning(m, ref)] == "" {
				names[meaning(m, ref)] = ref.Name
			}
		}
	}
	return names
}

func orWord(word, other string) string {
	if word == "" {
		return other
	}
	return word
}
