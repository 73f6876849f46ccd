package main

import (
	"fmt"
	"strconv"
	"strings"

	"mpyld/dump"
	"mpyld/mpyfile"
)

// readMap reads what -Map wrote: where the sections of the objects are, and the
// names of what the GOT points at.
func readMap(name string, rodata bool) (dump.Options, error) {
	var o dump.Options
	data, err := readFile(name)
	if err != nil {
		return o, err
	}
	regions := []mpyfile.Region{mpyfile.Text, mpyfile.Rodata, mpyfile.BSS}
	if !rodata {
		regions = []mpyfile.Region{mpyfile.Text, mpyfile.BSS}
	}
	names := map[string]string{}
	part := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if !strings.HasPrefix(line, "  ") {
			part, _, _ = strings.Cut(line, ":")
			continue
		}
		switch part {
		case "sections":
			p, ok := mapPiece(line)
			if !ok {
				continue
			}
			// The lists of regions follow each other, and each starts anew.
			if n := len(o.Pieces); n > 0 && p.Addr < o.Pieces[n-1].Addr+o.Pieces[n-1].Size && len(regions) > 1 {
				regions = regions[1:]
			}
			p.Region = regions[0]
			o.Pieces = append(o.Pieces, p)
		case "GOT":
			slot, dest, ok := strings.Cut(line, " -> ")
			if fields := strings.Fields(slot); ok && len(fields) == 2 && fields[1] != "(none)" {
				names[dest] = fields[1]
			}
		}
	}
	o.Symbol = func(region mpyfile.Region, off uint64) string {
		return names[fmt.Sprintf("%s+%08x", region, off)]
	}
	return o, nil
}

// mapPiece reads a line of a map: "  00000002 .text size=174 hello.o".
func mapPiece(line string) (dump.Piece, bool) {
	fields := strings.SplitN(strings.TrimSpace(line), " ", 4)
	if len(fields) < 4 || strings.HasPrefix(line, "   ") {
		return dump.Piece{}, false
	}
	size, ok := strings.CutPrefix(fields[2], "size=")
	addr, err1 := strconv.ParseUint(fields[0], 16, 64)
	n, err2 := strconv.ParseUint(size, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return dump.Piece{}, false
	}
	return dump.Piece{
		Addr: addr, Size: n, Name: fmt.Sprintf("%s:(%s)", fields[3], fields[1]),
		Data: fields[1] == "GOT" || fields[1] == "LIT" || !strings.HasPrefix(fields[1], ".text") && strings.HasPrefix(fields[1], "."),
	}, true
}
