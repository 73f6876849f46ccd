package mpyld

import (
	"fmt"
	"io/fs"
	"strings"

	"mpyld/debugelf"
	"mpyld/dump"
	"mpyld/internal/inputs"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// debugInfo is what a companion says of a module, for a dump. Sources are looked for where the compiler had
// them, relative names in the working directory; of those that are not there, there are numbers of lines alone.
func debugInfo(code *mpytree.Code, c *Companion, sources fs.FS) *dump.Debug {
	s := &sourceText{files: inputs.Dir{FS: sources}, lines: map[string][]string{}}
	return &dump.Debug{
		Code: code,
		Symbol: func(region mpyfile.Region, off uint64) string {
			if region != mpyfile.Text {
				return ""
			}
			if name, at, ok := c.Symbol(off); ok && at == 0 {
				return name
			}
			return ""
		},
		Source: func(off uint64) []string { return s.at(c.Frames(off)) },
	}
}

// sourceText shows where instructions are from.
type sourceText struct {
	files inputs.Dir
	lines map[string][]string // by name of the file; nil of one that is not there
	last  string
}

// at returns what to show in front of an instruction that is in functions: nothing, where it is that of the one before.
func (s *sourceText) at(frames []debugelf.Frame) []string {
	if len(frames) == 0 || frames[0].File == "" {
		s.last = ""
		return nil
	}
	text := fmt.Sprintf("%s:%d:", frames[0].File, frames[0].Line)
	if line := s.line(frames[0].File, frames[0].Line); line != "" {
		text += " " + line
	}
	for _, f := range frames[1:] {
		text += fmt.Sprintf("  [in %s:%d]", f.Function, f.Line)
	}
	if text == s.last {
		return nil
	}
	s.last = text
	return []string{text}
}

// line returns a line of a source, or "".
func (s *sourceText) line(file string, number int) string {
	lines, known := s.lines[file]
	if !known {
		if data, err := s.files.ReadText(file); err == nil {
			lines = strings.Split(string(data), "\n")
		}
		s.lines[file] = lines
	}
	if number < 1 || number > len(lines) {
		return ""
	}
	return strings.TrimRight(strings.ReplaceAll(lines[number-1], "\t", "    "), " \r")
}
