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
	data, err := disk.ReadText(name)
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
			_, slot, _ := strings.Cut(strings.TrimSpace(line), " ")
			if name, dest, ok := cutMapName(slot, destSep); ok && name != "(none)" {
				names[dest] = name
			}
		}
	}
	o.Symbol = func(region mpyfile.Region, off uint64) string {
		return names[fmt.Sprintf("%s+%08x", region, off)]
	}
	return o, nil
}

// mapPiece reads a line of a map: "  00000002 .text size=174 hello.o", or
// "  00000040 veneer memset size=8 mpyld".
func mapPiece(line string) (dump.Piece, bool) {
	if strings.HasPrefix(line, "   ") { // why the piece above is where it is
		return dump.Piece{}, false
	}
	off, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	name, rest, ok1 := cutMapName(rest, sizeSep)
	size, rest, _ := strings.Cut(rest, " ")
	object, _, ok2 := cutMapName(rest, "")
	addr, err1 := strconv.ParseUint(off, 16, 64)
	n, err2 := strconv.ParseUint(size, 10, 64)
	if !ok1 || !ok2 || err1 != nil || err2 != nil {
		return dump.Piece{}, false
	}
	return dump.Piece{Addr: addr, Size: n, Name: fmt.Sprintf("%s:(%s)", object, name), Data: isData(name, object)}, true
}

// isData reports whether a piece of text holds no instructions. Sections of
// objects are called after what is in them; the linker's own have words for it.
func isData(name, object string) bool {
	if object == "mpyld" {
		return name == "GOT" || name == "literals" || strings.HasPrefix(name, "qstr ")
	}
	return !strings.HasPrefix(name, ".text") && strings.HasPrefix(name, ".")
}
