package main

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"mpyld/link"
	"mpyld/mpyfile"
)

// listing is what a link prints: the sizes, as mpy_ld.py prints them (scripts
// parse these lines), and above them, with -v, what lies where.
func listing(verbose int, qstrs []string, res *link.Result) string {
	var b strings.Builder
	if verbose >= 1 {
		fmt.Fprintf(&b, "qstr vals: %s\n", strings.Join(qstrs, ", "))
		listFixed(&b, res.Map)
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

func listSizes(b *strings.Builder, res *link.Result) {
	f := res.File
	fmt.Fprintf(b, "arch:         %v\n", res.Map.Machine.ELF)
	fmt.Fprintf(b, "text size:    %d\n", len(f.Text))
	if len(f.Rodata) > 0 {
		fmt.Fprintf(b, "rodata size:  %d\n", len(f.Rodata))
	}
	fmt.Fprintf(b, "bss size:     %d\n", f.BSSSize)
	fmt.Fprintf(b, "GOT entries:  %d\n", gotSize(res.Map)/f.Arch.Word)
}

// gotSize is the size of the GOT in bytes.
func gotSize(m *link.Map) int {
	for i := range m.Pieces {
		if p := &m.Pieces[i]; p.Object == "" && p.Name == "GOT" {
			return int(p.Size)
		}
	}
	return 0
}

// placed returns the pieces that take room, by region and address.
func placed(m *link.Map) []*link.Piece {
	var pieces []*link.Piece
	for i := range m.Pieces {
		if p := &m.Pieces[i]; p.Size > 0 && !p.Literal {
			pieces = append(pieces, p)
		}
	}
	slices.SortStableFunc(pieces, func(p, q *link.Piece) int {
		return cmp.Or(cmp.Compare(p.Region, q.Region), cmp.Compare(p.Addr, q.Addr))
	})
	return pieces
}

func listSections(b *strings.Builder, m *link.Map) {
	b.WriteString("sections:\n")
	for _, p := range placed(m) {
		fmt.Fprintf(b, "  %08x %s size=%d %s\n", p.Addr, p.Name, p.Size, orWord(p.Object, "mpyld"))
		if p.Why != "" {
			fmt.Fprintf(b, "           in text because of %s\n", p.Why)
		}
	}
}

// listFixed lists the programs that fixed addresses are from, with the build
// IDs that tell whether a device runs them, the addresses that the module uses,
// and what those replaced.
func listFixed(b *strings.Builder, m *link.Map) {
	for _, fw := range m.Firmware {
		fmt.Fprintf(b, "firmware: %s build-id %s\n", fw.File, orWord(fw.BuildID, "none"))
	}
	seen := map[string]bool{}
	for i := range m.Refs {
		r := &m.Refs[i]
		if e, ok := m.Externs[r.Name]; ok && r.Kind == link.RefAbs && !seen[r.Name] {
			seen[r.Name] = true
			fmt.Fprintf(b, "address: %08x %s from %s\n", e.Value, r.Name, orWord(e.From, "--externs or --defsym"))
		}
	}
	for _, o := range m.Overrides {
		kept := "is left out"
		if o.Keeps != "" {
			kept = "stays: its section also holds " + o.Keeps
		}
		fmt.Fprintf(b, "overridden: %s at %s %s\n", o.Symbol, o.Where, kept)
	}
}

func listRelocations(b *strings.Builder, m *link.Map) {
	for _, p := range placed(m) {
		if len(p.Relocs) == 0 {
			continue
		}
		fmt.Fprintf(b, "relocations of %s:(%s):\n", p.Object, p.Name)
		for _, r := range p.Relocs {
			fmt.Fprintf(b, "  %08x %s %s%+d -> %s\n", r.Off, r.Howto.Name, m.Refs[r.S].Name, r.A, meaning(m, &m.Refs[r.S]))
		}
	}
}

// meaning says what a symbol stands for.
func meaning(m *link.Map, r *link.Ref) string {
	switch r.Kind {
	case link.RefPiece:
		p := &m.Pieces[r.Piece]
		return destination(mpyfile.RegionDest(p.Region), p.Addr+r.Off|uint64(r.Mode))
	case link.RefDest:
		return destination(r.Dest, 0)
	case link.RefAbs:
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
func listGOT(b *strings.Builder, res *link.Result) {
	m, f := res.Map, res.File
	fmt.Fprintf(b, "GOT: %08x\n", m.GOT)
	names := slotNames(m)
	for _, w := range f.Words {
		if w.Region != mpyfile.Text || w.Off < m.GOT || w.Off >= m.GOT+uint64(gotSize(m)) {
			continue
		}
		var word [8]byte
		copy(word[:], f.Text[w.Off:w.Off+uint64(f.Arch.Word)])
		to := destination(w.Dest, binary.LittleEndian.Uint64(word[:]))
		fmt.Fprintf(b, "  %08x %s -> %s\n", w.Off-m.GOT, orWord(names[to], "(none)"), to)
	}
}

// slotNames maps what a GOT slot points at to the first symbol that means it
// and is reached through the GOT.
func slotNames(m *link.Map) map[string]string {
	names := map[string]string{}
	for _, p := range m.Pieces {
		for _, r := range p.Relocs {
			if ref := &m.Refs[r.S]; r.Howto.Kind.NeedsSlot() && names[meaning(m, ref)] == "" {
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
