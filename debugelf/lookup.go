package debugelf

import (
	"cmp"
	"debug/elf"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"mpyld/diag"
	"mpyld/internal/readable"
)

// Where an instruction is from is said in two places: the line table has a line for it, and the tree of
// functions has those that it is in, one in the other where they were inlined. The line is that of the innermost,
// and each function that was inlined says where it was called. What they do not say, symbols may.
//
//	0x2a    line table: wave.c:9    add, and in it helper, called at wave.c:20
//	        helper at wave.c:9, inlined by add at wave.c:20

// Frame is a function that an instruction is of. Of code that was inlined there are several.
type Frame struct {
	Function string // as its source has it; "" if none is known
	File     string // "" if no line is known
	Line     int
}

// Frames returns the functions that an address of the companion is in, the innermost first; without
// debug information, what its symbols say.
func (c *Companion) Frames(addr uint64) []Frame {
	addr &^= modeBits(c.Machine)
	symbol, _, named := c.Symbol(addr)
	var frames []Frame
	if c.info != nil {
		for _, in := range c.info.At(addr) {
			f := Frame{Function: c.sourceName(in.Function)}
			if in.At.Known() {
				f.File, f.Line = in.At.File, in.At.Line
				if !path.IsAbs(f.File) && in.At.Dir != "" {
					f.File = path.Join(in.At.Dir, f.File)
				}
			}
			frames = append(frames, f)
		}
	}
	switch {
	case len(frames) == 0 && named:
		return []Frame{{Function: symbol}}
	case len(frames) == 1 && frames[0].Function == "": // a line, and no tree of functions
		frames[0].Function = symbol
	}
	return frames
}

// sourceName is what a symbol is called in its source. Many instructions are of one function, and a name may take a tenth
// of a second.
func (c *Companion) sourceName(symbol string) string {
	name, known := c.sources[symbol]
	if !known {
		name = readable.Name(symbol)
		if c.sources == nil {
			c.sources = map[string]string{}
		}
		c.sources[symbol] = name
	}
	return name
}

// named is a symbol, and where it ends.
type named struct {
	start, end uint64
	symbol     *elf.Symbol
}

// sortSymbols prepares Symbol. A symbol that says no size, as those of assembler, goes on to the next one.
func (c *Companion) sortSymbols() {
	for i := range c.symbols {
		s := &c.symbols[i]
		switch elf.ST_TYPE(s.Info) {
		case elf.STT_FILE, elf.STT_SECTION:
			continue
		}
		mapping := s.Info == elf.ST_INFO(elf.STB_LOCAL, elf.STT_NOTYPE) && strings.HasPrefix(s.Name, "$")
		if s.Name == "" || mapping || s.Section == elf.SHN_ABS || s.Section == elf.SHN_UNDEF {
			continue
		}
		start := s.Value
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			start &^= modeBits(c.Machine)
		}
		c.named = append(c.named, named{start, start + s.Size, s})
	}
	slices.SortStableFunc(c.named, func(a, b named) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	for i := range c.named {
		n := &c.named[i]
		if n.symbol.Size > 0 {
			continue
		}
		for _, r := range c.Regions {
			if r.Addr <= n.start && n.start < r.Addr+r.Size {
				n.end = r.Addr + r.Size
			}
		}
		for k := i + 1; k < len(c.named); k++ {
			if c.named[k].start > n.start {
				n.end = min(n.end, c.named[k].start)
				break
			}
		}
	}
}

// Symbol returns the symbol that an address of the companion is in, as its source has it, and how far.
func (c *Companion) Symbol(addr uint64) (name string, off uint64, ok bool) {
	i := sort.Search(len(c.named), func(i int) bool { return c.named[i].start > addr })
	for range 16 { // of symbols in others, such as labels in a function
		if i--; i < 0 {
			break
		}
		if n := &c.named[i]; addr < n.end {
			for i > 0 && c.named[i-1].start == n.start && addr < c.named[i-1].end {
				i-- // the first of several names
				n = &c.named[i]
			}
			return c.sourceName(n.symbol.Name), addr - n.start, true
		}
	}
	return "", 0, false
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
