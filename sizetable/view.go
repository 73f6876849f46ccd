package sizetable

import (
	"maps"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/internal/lazy"
	"mpyld/internal/table"
)

// View is what is to be shown of files, and how.
type View struct {
	By     string // a key of Groupings, or byRelaxation; "": a row for each file
	Tree   bool
	Old    *Item  // compare with it
	Format string // a key of formats
}

// formats are the ways to write a table; nil: as JSON.
var formats = lazy.Value[map[string]func(table.Table) string]{Make: func() map[string]func(table.Table) string {
	return map[string]func(table.Table) string{"": table.Table.Text, "table": table.Table.Text, "csv": table.Table.CSV, "md": table.Table.Markdown, "json": nil}
}}

// FormatNames are the values of Format.
func FormatNames() []string { return []string{"table", "csv", "md", "json"} }

// GroupingNames are the values of By.
func GroupingNames() []string {
	return append(slices.Sorted(maps.Keys(Groupings.Get())), byRelaxation)
}

// Check is the error about a view that there is not, of so many files, with one to compare with or
// none, and the name of a picture or none.
func (v *View) Check(files int, compares bool, picture string) error {
	var errs diag.List
	if _, ok := formats.Get()[v.Format]; !ok {
		errs.Add("", "--format %s: there is no such format", v.Format).Note("table, csv, md or json")
	}
	if _, ok := Groupings.Get()[v.By]; v.By != "" && v.By != byRelaxation && !ok {
		errs.Add("", "--by %s: there is no such grouping", v.By).Note("%s", strings.Join(GroupingNames(), ", "))
	}
	if v.By == byRelaxation && compares {
		errs.Add("", "--by %s compares a link with itself: it has no --diff", v.By)
	}
	if picture != "" && !strings.HasSuffix(picture, ".svg") && !strings.HasSuffix(picture, ".html") {
		errs.Add("", "--treemap %s: is neither .svg nor .html", picture).Note("the end of the name says what is written")
	}
	if v.Tree && (v.Format != "" && v.Format != "table" || v.By != "" || compares) {
		errs.Add("", "--tree is a view of its own").Note("leave out --by, --diff and --format")
	}
	if files > 1 && (compares || picture != "") {
		errs.Add("", "--diff and --treemap are about one file, these are %d", files)
	}
	return errs.Err()
}

// Text is the view of files.
func (v *View) Text(items []*Item) (string, error) {
	if v.By == "" && !v.Tree && v.Old == nil {
		if write := formats.Get()[v.Format]; write != nil {
			return write(Files(items)), nil
		}
		return JSON(items)
	}
	text := ""
	for n, i := range items {
		one, err := v.one(i)
		if err != nil {
			return "", err
		}
		if n > 0 && formats.Get()[v.Format] != nil {
			text += "\n"
		}
		text += one
	}
	return text, nil
}

// one is the view of a file. Without a map, only its segments are known.
func (v *View) one(i *Item) (string, error) {
	if v.Tree {
		return TreeText(i), nil
	}
	grouping := v.By
	if grouping == "" {
		grouping = "symbol"
	}
	old, name := &Item{}, ""
	if v.Old != nil {
		old, name = v.Old, v.Old.Name
	}
	if grouping != "segment" && (i.Map == nil || v.Old != nil && v.Old.Map == nil) {
		if v.By != "" {
			return "", diag.New(i.Name, "only the map of a link says what is by which %s", v.By).Note("link with --map-json FILE.json, and name that; or mpyld build --map-json")
		}
		grouping = "segment"
	}
	write := formats.Get()[v.Format]
	if grouping == byRelaxation {
		if write == nil {
			return savedJSON(i)
		}
		return write(savedTable(i)), nil
	}
	rows := Diff(old, i, grouping)
	switch {
	case write == nil:
		return RowsJSON(i.Name, name, grouping, rows)
	case len(rows) == 0:
		return "", nil
	}
	return write(Rows(rows, grouping, v.Old != nil)), nil
}
