package sizetable

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"mpyld/diag"
	"mpyld/internal/lazy"
	"mpyld/internal/table"
	"mpyld/mapjson"
)

// Row is what leaves of one name take together, in bytes. In a comparison it is what
// they take more.
type Row struct {
	Name   string `json:"name"`
	Source string `json:"source,omitempty"` // of symbols, the line where they are declared
	Text   int    `json:"text"`
	Rodata int    `json:"rodata"`
	BSS    int    `json:"bss"`
	File   int    `json:"file"`
	RAM    int    `json:"ram"`
}

// add counts a leaf, or takes it away.
func (r *Row) add(l *Leaf, sign int) {
	n := sign * l.Size
	switch l.Segment {
	case mapjson.Text:
		r.Text += n
	case mapjson.Rodata:
		r.Rodata += n
	case mapjson.BSS:
		r.BSS += n
	}
	if l.InFile() {
		r.File += n
	}
	if l.InRAM() {
		r.RAM += n
	}
}

// weight is by what rows are ordered: bytes in the file or in memory.
func (r *Row) weight() int { return max(abs(r.File), abs(r.RAM)) }

func abs(n int) int { return max(n, -n) }

// Groupings are the values of --by: how a leaf's row is called.
var Groupings = lazy.Value[map[string]func(*Leaf) string]{Make: func() map[string]func(*Leaf) string {
	return map[string]func(*Leaf) string{
		"segment": func(l *Leaf) string { return l.Segment },
		"section": func(l *Leaf) string { return l.place(l.Object) },
		"object":  func(l *Leaf) string { return cmp.Or(l.Object, l.made()) },
		"archive": func(l *Leaf) string { return cmp.Or(l.Archive, l.Object, l.made()) },
		"symbol": func(l *Leaf) string {
			if l.Symbol == "" {
				return l.place(l.object())
			}
			return l.Symbol
		},
	}
}}

// made is what has no object.
func (l *Leaf) made() string { return "[" + cmp.Or(l.Section, l.Segment) + "]" }

// place is a leaf's section.
func (l *Leaf) place(object string) string {
	if l.Object == "" {
		return l.made()
	}
	return object + ":(" + l.Section + ")"
}

// By groups the leaves of a file; of local symbols of one name, the object tells which is which.
func By(i *Item, grouping string) []Row { return Diff(&Item{}, i, grouping) }

// Diff is what leaves take in one file more than in another: nothing, if that is
// the same.
func Diff(from, to *Item, grouping string) []Row {
	name := Groupings.Get()[grouping]
	type key struct{ name, object string }
	rows := map[key]*Row{}
	called := map[string]map[string]bool{} // objects by name
	for sign, leaves := range map[int][]Leaf{-1: from.Leaves(), 1: to.Leaves()} {
		for k := range leaves {
			l := &leaves[k]
			at := key{name: name(l)}
			if grouping == "symbol" {
				at.object = l.object()
			}
			if rows[at] == nil {
				rows[at] = &Row{Name: at.name}
			}
			if called[at.name] == nil {
				called[at.name] = map[string]bool{}
			}
			called[at.name][at.object] = true
			if grouping == "symbol" && l.Source != "" && sign > 0 {
				rows[at].Source = l.Source
			}
			rows[at].add(l, sign)
		}
	}
	var list []Row
	for at, r := range rows {
		if len(called[at.name]) > 1 {
			r.Name += " (" + at.object + ")"
		}
		if r.weight() > 0 {
			list = append(list, *r)
		}
	}
	slices.SortFunc(list, func(a, b Row) int { return cmp.Or(b.weight()-a.weight(), cmp.Compare(a.Name, b.Name)) })
	return list
}

// Sum adds rows up.
func Sum(rows []Row) Row {
	sum := Row{Name: "all"}
	for _, r := range rows {
		sum.Text += r.Text
		sum.Rodata += r.Rodata
		sum.BSS += r.BSS
		sum.File += r.File
		sum.RAM += r.RAM
	}
	return sum
}

// cells are a row's in a table.
func (r *Row) cells(number func(int) string) []string {
	return []string{r.Name, number(r.Text), number(r.Rodata), number(r.BSS), number(r.File), number(r.RAM)}
}

func withSign(n int) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("%+d", n)
}

// Rows is a table of rows and their sum, with signs if it is of a comparison.
func Rows(rows []Row, what string, signed bool) table.Table {
	number := strconv.Itoa
	if signed {
		number = withSign
	}
	t := table.Table{{what, "text", "rodata", "bss", "file", "RAM"}}
	for _, r := range append(slices.Clip(rows), Sum(rows)) {
		t = append(t, r.cells(number))
	}
	return t
}

// RowsJSON are rows for programs: docs/JSON.md describes them. Of a comparison, old is the name of the
// other file.
func RowsJSON(name, old, grouping string, rows []Row) (string, error) {
	if rows == nil {
		rows = []Row{}
	}
	return diag.JSON(struct {
		Schema int    `json:"schema"`
		Name   string `json:"name"`
		Old    string `json:"old,omitempty"`
		By     string `json:"by"`
		Rows   []Row  `json:"rows"`
		Sum    Row    `json:"sum"`
	}{1, name, old, grouping, rows, Sum(rows)})
}
