package dump

import (
	"fmt"
	"strings"

	"mpyld/mpytree"
)

// colors are those of a class of fields (ECMA-48 graphic renditions).
var colors = map[mpytree.Class]string{
	mpytree.Names:       "31", // red, as in mpy-tool.py -x
	mpytree.Consts:      "32", // green
	mpytree.Info:        "36",
	mpytree.Opcodes:     "34", // blue
	mpytree.Machine:     "35",
	mpytree.Data:        "33",
	mpytree.Relocations: "93",
}

// Hex shows each byte of a file with what it means: a field a line, or more
// lines if it is long.
func Hex(data []byte, fields []mpytree.Field, color bool) string {
	var b strings.Builder
	for _, f := range fields {
		code := colors[f.Class]
		if !color {
			code = ""
		}
		for off := 0; off < f.Size; off += 16 {
			row := data[f.Off+off : f.Off+min(off+16, f.Size)]
			text := fmt.Sprintf("%08x  %s", f.Off+off, paint(code, fmt.Sprintf("%-47s", spaced(row))))
			if off == 0 {
				text += "  " + f.Path
				if f.Value != "" {
					text += ": " + f.Value
				}
			}
			b.WriteString(strings.TrimRight(text, " "))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func paint(code, text string) string {
	if code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
