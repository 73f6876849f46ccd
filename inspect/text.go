package inspect

import (
	"fmt"
	"strings"

	"mpyld/diag"
	"mpyld/dump"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// Text shows the report for people, on one screen.
func (r *Report) Text(name string, size int, f *mpytree.File) string {
	var b diag.Lines
	line := func(what, format string, args ...any) {
		b.Add("  %-12s %s", what, fmt.Sprintf(format, args...))
	}
	b.Add("%s: %s, %d bytes", name, r.What, size)
	line("header:", "%s", dump.Header(f))
	line("_mpy:", "%d", f.Header().Number())
	importing := mpyfile.Spans(r.Importing)
	if importing == "" {
		importing = "no release that mpyld knows"
	}
	line("imported by:", "%s", importing)
	line("boards:", "%s", r.Boards)
	if floats := Passes(f, r); floats != "" {
		line("floats:", "%s", floats)
	}
	m := r.Memory
	line("memory:", "%d bytes: code %d, data %d, tables %d, names %d, constants %d", m.Total(), m.Code, m.Data, m.Tables, m.Names, m.Constant)
	var words []string
	for _, name := range r.Exports {
		words = append(words, mpytree.Word(name))
	}
	exports := strings.Join(words, ", ")
	switch {
	case exports == "":
		exports = "none that is known"
	case !r.Certain && f.Code.Kind == mpytree.Bytecode:
		exports += ", and what its native code sets"
	case !r.Certain:
		exports += " (the names it has: those it sets are among them)"
	}
	line("names:", "%s", exports)
	for _, n := range r.Natives {
		line("firmware:", "%s", entries(n))
	}
	if oldest := Oldest(r.Natives); oldest != nil {
		line("", "%s was the first with all of these", oldest)
	}
	return b.String()
}

// entries lists what linked code takes from mp_fun_table.
func entries(n Native) string {
	var words []string
	for _, e := range n.Entries {
		word := fmt.Sprintf("%d", e.Index)
		switch {
		case e.Own:
			word = "the firmware's own " + word
		case e.Name != "":
			word = e.Name + " " + word
		}
		if !e.Reloc {
			word += "*"
		}
		words = append(words, word)
	}
	list := strings.Join(words, ", ")
	switch {
	case list == "" && !n.Table:
		return "nothing of mp_fun_table"
	case list == "":
		list = "mp_fun_table"
	}
	switch {
	case n.Table && n.Read:
		return list + "  (* seen in code; there may be more)"
	case n.Table:
		return list + ", and what its code reads from mp_fun_table"
	}
	return list + " of mp_fun_table, and no more"
}
