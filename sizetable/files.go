// Package sizetable shows what takes how much room in modules: of whole files, side
// by side, and with the map of a link by sections, objects, archives and symbols; as
// tables, as a tree, as a picture.
//
// It stands apart from size, which measures, because what people want to see
// changes. It must never count anything itself.
package sizetable

import (
	"slices"
	"strconv"

	"mpyld/diag"
	"mpyld/internal/table"
	"mpyld/mapjson"
	"mpyld/size"
)

// Item is a file and what it takes.
type Item struct {
	Name string
	Arch string // "none": bytecode
	size.Module
	Map *mapjson.Map // nil: it is a module, without its map
}

// made is what the linker has made of some kinds.
func (i *Item) made(kinds ...string) (sum int) {
	if i.Map != nil {
		for k := range i.Map.Made {
			if p := &i.Map.Made[k]; slices.Contains(kinds, p.Kind) && p.Segment == mapjson.Text {
				sum += p.Size
			}
		}
	}
	return sum
}

// column is a number of an Item.
type column struct {
	name   string
	always bool // else only where some item has something
	of     func(*Item) int
	mapped bool // known of maps alone: without, nothing stands there, which is not 0
}

// columns: those from text to other make up the file; those behind GC blocks are in text.
var columns = []column{
	{"text", true, func(i *Item) int { return i.File.Text }, false},
	{"bytecode", false, func(i *Item) int { return i.File.Bytecode }, false},
	{"rodata", true, func(i *Item) int { return i.File.Rodata }, false},
	{"relocs", true, func(i *Item) int { return i.File.Relocs }, false},
	{"qstrs", true, func(i *Item) int { return i.File.QStrs }, false},
	{"objects", false, func(i *Item) int { return i.File.Objects }, false},
	{"other", true, func(i *Item) int { return i.File.Header + i.File.Counts + i.File.Code }, false},
	{"file", true, func(i *Item) int { return i.File.Bytes }, false},
	{"bss", true, func(i *Item) int { return i.RAM.BSS }, false},
	{"RAM", true, func(i *Item) int { return i.RAM.Bytes }, false},
	{"GC blocks", true, func(i *Item) int { return i.RAM.Blocks }, false},
	{"GOT", false, func(i *Item) int { return i.made("got") }, true},
	{"literals", false, func(i *Item) int { return i.made("literals") }, true},
	{"thunks", false, func(i *Item) int { return i.made("thunk", "veneer", "island") }, true},
	{"padding", false, func(i *Item) int { return i.made("padding") }, true},
}

// Files is a row for each file.
func Files(items []*Item) table.Table {
	shown := slices.DeleteFunc(slices.Clone(columns), func(c column) bool {
		return !c.always && !slices.ContainsFunc(items, func(i *Item) bool { return c.of(i) > 0 })
	})
	head := []string{"module"}
	for _, c := range shown {
		head = append(head, c.name)
	}
	rows := table.Table{head}
	for _, i := range items {
		row := []string{i.Name}
		for _, c := range shown {
			if c.mapped && i.Map == nil {
				row = append(row, "")
				continue
			}
			row = append(row, strconv.Itoa(c.of(i)))
		}
		rows = append(rows, row)
	}
	return rows
}

// document is an Item for programs: docs/JSON.md describes it.
type document struct {
	Schema int    `json:"schema"`
	Name   string `json:"name"`
	Arch   string `json:"arch"`
	size.Module
}

// JSON is an object for each file.
func JSON(items []*Item) (string, error) {
	text := ""
	for _, i := range items {
		one, err := diag.JSON(document{1, i.Name, i.Arch, i.Module})
		if err != nil {
			return "", err
		}
		text += one
	}
	return text, nil
}
