package sizetable

import (
	"cmp"
	"fmt"
	"strconv"

	"mpyld/internal/table"
	"mpyld/mapjson"
	"mpyld/treemap"
)

// legend is the colours of segments.
var legend = []treemap.Colour{
	{Kind: mapjson.Text, Text: "text", Hue: 212},
	{Kind: code, Text: "bytecode", Hue: 270},
	{Kind: mapjson.Rodata, Text: "rodata", Hue: 150},
	{Kind: mapjson.BSS, Text: "bss", Hue: 32},
	{Kind: relocs, Text: "relocation records", Hue: 340},
	{Kind: names, Text: "names", Hue: 182},
	{Kind: objects, Text: "constants", Hue: 95},
	{Kind: other, Text: "header and sizes", Hue: -1},
	{Kind: padding, Text: "padding in memory", Hue: -1},
}

// drawn are the levels of a picture: sections are of no use in one where they have symbols.
var drawn = []level{(*Leaf).segment, (*Leaf).archive, (*Leaf).member, func(l *Leaf) string { return cmp.Or(l.Symbol, l.Section) }}

// Picture is the file as a treemap, in which each byte of the file and of its memory has the
// same room.
func Picture(i *Item) *treemap.Picture {
	return &treemap.Picture{
		Title: i.title(),
		Subtitle: fmt.Sprintf("%s · file %s bytes · RAM %s bytes, %s blocks of %d on the heap", i.Arch,
			treemap.Grouped(i.File.Bytes), treemap.Grouped(i.RAM.Bytes), treemap.Grouped(i.RAM.Blocks), i.RAM.BlockSize),
		Root: Tree(i, drawn...), Legend: legend,
	}
}

// title is what a file is called: by its map, as tracebacks call it.
func (i *Item) title() string {
	if i.Map != nil {
		return i.Map.Module
	}
	return i.Name
}

// Page is the picture with a table of the largest parts.
func Page(i *Item) string {
	const most = 40
	rows, caption := By(i, "symbol"), "All parts, in bytes"
	if len(rows) > most {
		rows, caption = rows[:most], fmt.Sprintf("The largest %d of %d parts, in bytes", most, len(rows))
	}
	t := table.Table{{"part", "text", "rodata", "bss", "file", "RAM"}}
	for _, r := range rows {
		t = append(t, r.cells(strconv.Itoa))
	}
	return Picture(i).HTML(caption, t)
}
