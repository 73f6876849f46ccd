package debugelf

import (
	"debug/dwarf"
	"fmt"
	"io"

	"mpyld/diag"
)

// Where an instruction is from is said in two places: the line table has a line for it, and the tree of
// functions has those that it is in, one in the other where they were inlined. The line is that of the innermost,
// and each function that was inlined says where it was called.
//
//	0x2a    line table: wave.c:9    add, and in it helper, called at wave.c:20
//	        helper at wave.c:9, inlined by add at wave.c:20

// unit is a compilation unit, read.
type unit struct {
	lines     []lineRange
	functions []function // each before those that are inlined in it
}

// lineRange is where code of a line is.
type lineRange struct {
	low, high uint64
	file      string
	line      int
}

// function is one, or a place where one was inlined.
type function struct {
	name     string
	ranges   [][2]uint64
	inlined  bool
	callFile string
	callLine int
}

func (f *function) has(addr uint64) bool {
	for _, r := range f.ranges {
		if r[0] <= addr && addr < r[1] {
			return true
		}
	}
	return false
}

// Frames returns the functions that an address of the companion is in, the innermost first; without
// debug information, what its symbols say.
func (c *Companion) Frames(addr uint64) []Frame {
	addr &^= modeBits(c.Machine)
	for i := range c.units {
		if frames := c.units[i].frames(addr); len(frames) > 0 {
			return frames
		}
	}
	if name, _, ok := c.Symbol(addr); ok {
		return []Frame{{Function: name}}
	}
	return nil
}

func (u *unit) frames(addr uint64) []Frame {
	at := Frame{}
	for i := range u.lines {
		if l := &u.lines[i]; l.low <= addr && addr < l.high {
			at = Frame{File: l.file, Line: l.line}
			break
		}
	}
	var frames []Frame
	for i := len(u.functions) - 1; i >= 0; i-- { // from the innermost
		f := &u.functions[i]
		if !f.has(addr) {
			continue
		}
		at.Function = f.name
		frames = append(frames, at)
		if !f.inlined {
			return frames
		}
		at = Frame{File: f.callFile, Line: f.callLine}
	}
	if len(frames) == 0 && at.File != "" {
		return []Frame{at}
	}
	return frames
}

// readUnits reads what units say of code.
func readUnits(info *dwarf.Data) ([]unit, error) {
	var units []unit
	var u *unit
	var files []*dwarf.LineFile
	for r := info.Reader(); ; {
		e, err := r.Next()
		switch {
		case err != nil:
			return nil, err
		case e == nil:
			return units, nil
		}
		switch e.Tag {
		case dwarf.TagCompileUnit:
			units = append(units, unit{})
			u, files = &units[len(units)-1], nil
			lines, err := info.LineReader(e)
			if err != nil {
				return nil, err
			}
			if lines == nil {
				continue
			}
			if err := u.readLines(lines); err != nil {
				return nil, err
			}
			files = lines.Files()
		case dwarf.TagSubprogram, dwarf.TagInlinedSubroutine:
			if u == nil {
				continue
			}
			ranges, err := info.Ranges(e)
			if err != nil {
				return nil, err
			}
			if len(ranges) == 0 {
				continue
			}
			f := function{name: nameOf(info, e), ranges: ranges, inlined: e.Tag == dwarf.TagInlinedSubroutine}
			if n, ok := e.Val(dwarf.AttrCallFile).(int64); ok && n >= 0 && n < int64(len(files)) && files[n] != nil {
				f.callFile = files[n].Name
			}
			line, _ := e.Val(dwarf.AttrCallLine).(int64)
			f.callLine = int(line)
			u.functions = append(u.functions, f)
		}
	}
}

// readLines reads a line table. Sequences at the address of no code are of removed code.
func (u *unit) readLines(r *dwarf.LineReader) error {
	var last dwarf.LineEntry
	open := false
	for {
		var e dwarf.LineEntry
		err := r.Next(&e)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if open && last.Address < e.Address && last.File != nil {
			u.lines = append(u.lines, lineRange{last.Address, e.Address, last.File.Name, last.Line})
		}
		last, open = e, !e.EndSequence
	}
}

// nameOf returns the name of a function, which may be with its declaration or its other copies.
func nameOf(info *dwarf.Data, e *dwarf.Entry) string {
	const most = 8 // of references that lead to each other
	for range most {
		if name, ok := e.Val(dwarf.AttrName).(string); ok {
			return name
		}
		next, ok := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		if !ok {
			next, ok = e.Val(dwarf.AttrSpecification).(dwarf.Offset)
		}
		if !ok {
			return ""
		}
		r := info.Reader()
		r.Seek(next)
		var err error
		if e, err = r.Next(); err != nil || e == nil {
			return ""
		}
	}
	return ""
}

// String is the frame as GNU addr2line shows it.
func (f Frame) String() string {
	name, place := f.Function, "??:0"
	if name == "" {
		name = "??"
	}
	if f.File != "" {
		place = fmt.Sprintf("%s:%d", diag.Plain(f.File), f.Line)
	}
	return diag.Plain(name) + " at " + place
}
