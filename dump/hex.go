package dump

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"mpyld/diag"
	"mpyld/internal/lazy"
	"mpyld/mpytree"
)

// colors are those of a class of fields (ECMA-48 graphic renditions).
var colors = lazy.Value[map[mpytree.Class]string]{Make: func() map[mpytree.Class]string {
	return map[mpytree.Class]string{
		mpytree.Names:       "31", // red, as in mpy-tool.py -x
		mpytree.Consts:      "32", // green
		mpytree.Info:        "36",
		mpytree.Opcodes:     "34", // blue
		mpytree.Machine:     "35",
		mpytree.Data:        "33",
		mpytree.Relocations: "93",
	}
}}

// Hex shows each byte of a good file with what it means: a field a line, or more
// lines if it is long. The error is that of writing, or what mpytree.Parse has
// against the file.
func Hex(w io.Writer, data []byte, color bool) error {
	b := bufio.NewWriter(w) // keeps the first error
	_, err := mpytree.ParseFields(data, func(f mpytree.Field) {
		code := colors.Get()[f.Class]
		if !color {
			code = ""
		}
		for off := 0; off < f.Size; off += 16 {
			row := data[f.Off+off : f.Off+min(off+16, f.Size)]
			text := fmt.Sprintf("%08x  %s", f.Off+off, paint(code, fmt.Sprintf("%-47s", spaced(row))))
			if off == 0 {
				text += "  " + diag.Plain(f.Path)
				if f.Value != "" {
					text += ": " + diag.Plain(f.Value)
				}
			}
			b.WriteString(strings.TrimRight(text, " "))
			b.WriteByte('\n')
		}
	})
	return errors.Join(err, b.Flush())
}

func paint(code, text string) string {
	if code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (t *textWriter) hex(b []byte, at int) {
	for off := 0; off < len(b); off += 16 {
		row := b[off:min(off+16, len(b))]
		t.line("    %08x  %-47s  %s", at+off, spaced(row), printable(row))
	}
}

// spaced is bytes in hexadecimal.
func spaced(b []byte) string { return fmt.Sprintf("% x", b) }

func printable(b []byte) string {
	s := make([]byte, len(b))
	for i, c := range b {
		if s[i] = c; c < ' ' || c >= 0x7f {
			s[i] = '.'
		}
	}
	return string(s)
}
