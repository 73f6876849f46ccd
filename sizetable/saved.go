package sizetable

import (
	"fmt"
	"strconv"

	"mpyld/diag"
	"mpyld/internal/table"
)

// What -O did shows in the map of its link: how large the module would be without, what each
// relaxation took away, and what is left.
//
//	relaxation  places   RAM  of the file alone
//	without -O          5068
//	near             8   -32
//	records          1          -30
//	with -O             5036
//
// How large the file would be is not known: what is not in memory has no relocation record either.

// byRelaxation is the grouping that is of no leaves.
const byRelaxation = "relaxation"

// SavedRow is what a relaxation took away, in bytes.
type SavedRow struct {
	Name   string `json:"name"` // as --no-relax spells it
	Places int    `json:"places"`
	RAM    int    `json:"ram"`
	File   int    `json:"file"` // that are of the file alone
}

// Saved is what relaxations took away, in the order in which they are in the map.
func Saved(i *Item) (rows []SavedRow) {
	at := map[string]int{}
	for k := range i.Map.Saved {
		s := &i.Map.Saved[k]
		n, known := at[s.By]
		if !known {
			n = len(rows)
			at[s.By], rows = n, append(rows, SavedRow{Name: s.By})
		}
		rows[n].Places++
		if s.OfFile {
			rows[n].File += s.Bytes
		} else {
			rows[n].RAM += s.Bytes
		}
	}
	return rows
}

// savedTable is a table of what relaxations took away, between what was and what is.
func savedTable(i *Item) table.Table {
	without, between := i.RAM.Bytes, table.Table{}
	for _, r := range Saved(i) {
		without += r.RAM
		between = append(between, []string{r.Name, strconv.Itoa(r.Places), less(r.RAM), less(r.File)})
	}
	t := table.Table{{byRelaxation, "places", "RAM", "of the file alone"}, {"without -O", "", strconv.Itoa(without), ""}}
	return append(append(t, between...), []string{"with -O", "", strconv.Itoa(i.RAM.Bytes), ""})
}

// less is so many fewer, or more where padding grew by what went elsewhere.
func less(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%+d", -n)
}

// savedJSON is the same for programs: docs/JSON.md describes it.
func savedJSON(i *Item) (string, error) {
	rows := Saved(i)
	if rows == nil {
		rows = []SavedRow{}
	}
	return diag.JSON(struct {
		Schema int        `json:"schema"`
		Name   string     `json:"name"`
		By     string     `json:"by"`
		Saved  []SavedRow `json:"saved"`
		RAM    int        `json:"ram"`
	}{1, i.Name, byRelaxation, rows, i.RAM.Bytes})
}
