package abiheader

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mpyld/mpyfile"
	"mpyld/qstrlink"
)

// One header serves all releases, whose mp_fun_table differ: entries were put between
// others, and some have changed their type. The tables are merged into one sequence that
// has each as a subsequence, and what not all have stands between #if and #endif.
//
//	1.21: get_buffer_raise, get_stream_raise    1.22: get_buffer, get_stream_raise
//	get_buffer_raise (below 1.22), get_buffer (from 1.22 on), get_stream_raise

//go:embed mpyld.h.in
var headerText string

//go:embed aliases.h.in
var aliasText string

// C returns mpyld.h. The release is what it is for when the compiler is not told
// MPYLD_TARGET.
func C(r *mpyfile.Release) []byte {
	return fill(headerText, r, "@TABLE@\n", cTable(), "@SLOTS@\n", cSlots(), "@QSTRS@\n", cQStrs(), "@ALIASES@\n", aliasText)
}

// A class is releases with one table: those from number on.
type class struct {
	number int
	table  []*entry
}

// classes returns the tables that there are, by number.
func classes() []class {
	var list []class
	for _, r := range mpyfile.Releases {
		list = append(list, class{Number(r), tableOf(r)})
	}
	slices.SortStableFunc(list, func(a, b class) int { return a.number - b.number })
	return slices.CompactFunc(list, func(a, b class) bool { return slices.Equal(a.table, b.table) })
}

// union merges the tables into one sequence that has each as a subsequence: what is
// new goes behind what is in front of it.
func union(list []class) []*entry {
	all := slices.Clone(list[0].table)
	for _, c := range list[1:] {
		at := 0
		for _, e := range c.table {
			if i := slices.Index(all, e); i >= 0 {
				at = i + 1
				continue
			}
			all = slices.Insert(all, at, e)
			at++
		}
	}
	return all
}

// condition is the C expression for the classes that have an entry; "" for all.
// Those are neighbours.
func condition(list []class, e *entry) string {
	has := func(c class) bool { return slices.Contains(c.table, e) }
	first := slices.IndexFunc(list, has)
	last := first
	for last+1 < len(list) && has(list[last+1]) {
		last++
	}
	var parts []string
	if first > 0 {
		parts = append(parts, fmt.Sprintf("%s >= %d", Macro, list[first].number))
	}
	if last+1 < len(list) {
		parts = append(parts, fmt.Sprintf("%s < %d", Macro, list[last+1].number))
	}
	return strings.Join(parts, " && ")
}

// places says where in mp_fun_table an entry is.
func places(list []class, e *entry) string {
	var parts []string
	at := 0
	for _, c := range list {
		i := slices.Index(c.table, e)
		if i < 0 {
			continue
		}
		place := "[" + strconv.Itoa(i) + "]"
		switch {
		case len(parts) == 0:
			parts = append(parts, place)
		case i != at:
			parts = append(parts, place+" "+since(c.number))
		}
		at = i
	}
	return strings.Join(parts, ", ") + ":"
}

func since(number int) string {
	if number > circuit {
		return "in CircuitPython"
	}
	return fmt.Sprintf("since 1.%d", number%100)
}

// cTable returns the fields of mp_fun_table.
func cTable() string {
	list := classes()
	var b strings.Builder
	open := ""
	for _, e := range union(list) {
		if cond := condition(list, e); cond != open {
			if open != "" {
				b.WriteString("#endif\n")
			}
			if cond != "" {
				fmt.Fprintf(&b, "#if %s\n", cond)
			}
			open = cond
		}
		for _, line := range wrap(places(list, e)+" "+e.doc, 110) {
			fmt.Fprintf(&b, "    // %s\n", line)
		}
		fmt.Fprintf(&b, "    %s;\n\n", e.c())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// c is the C declaration of the field.
func (e *entry) c() string {
	field := e.field()
	if !strings.Contains(e.decl, "@(") {
		return strings.Replace(e.decl, "@", field, 1)
	}
	decl := strings.Replace(e.decl, "@", "(*"+field+")", 1)
	if e.name == "raise_msg" || e.name == "raise_msg_str" {
		decl = "MPY_NORETURN " + decl
	}
	return decl
}

// cSlots defines how many entries there are.
func cSlots() string {
	list := classes()
	var b strings.Builder
	for i, c := range slices.Backward(list) {
		switch {
		case i == len(list)-1:
			fmt.Fprintf(&b, "#if %s >= %d\n", Macro, c.number)
		case i > 0:
			fmt.Fprintf(&b, "#elif %s >= %d\n", Macro, c.number)
		default:
			b.WriteString("#else\n")
		}
		fmt.Fprintf(&b, "#define MPY_SLOTS %d\n", len(c.table))
	}
	return b.String() + "#endif\n"
}

// staticNames are qstrs that the headers themselves use. They are static: their
// numbers are the same in every release.
const staticNames = `bytearray bytes int len tuple
	ArithmeticError AttributeError EOFError Exception IndexError KeyError MemoryError NotImplementedError
	OSError OverflowError RuntimeError StopIteration TypeError ValueError ZeroDivisionError`

func cQStrs() string {
	var b strings.Builder
	for _, name := range strings.Fields(staticNames) {
		fmt.Fprintf(&b, "#define MPY_Q_%s %d\n", name, staticQStr(name))
	}
	return b.String()
}

func staticQStr(name string) int {
	id, ok := qstrlink.Static(name)
	if !ok {
		panic(name + " is no static qstr")
	}
	return id
}
