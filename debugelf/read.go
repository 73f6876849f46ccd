package debugelf

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"strings"

	"mpyld/diag"
	"mpyld/relocs/machines"
)

// Companion is a companion that was read.
type Companion struct {
	Arch     string // of the module
	Module   string // its name, as tracebacks have it
	SHA256   []byte // of the .mpy
	TextSize uint64 // bytes
	RAMSize  uint64 // of bss and rodata together, in bytes

	modeBits uint64 // that addresses of functions have
	symbols  []elf.Symbol
	info     *dwarf.Data // nil: its objects have none
	units    []unit
}

// Frame is a function that an instruction is of. Of code that was inlined there are several.
type Frame struct {
	Function string // "" if none is known
	File     string // "" if no line is known
	Line     int
}

// Open reads a companion. The error is a *diag.Error.
func Open(name string, data []byte) (c *Companion, err error) {
	defer func() {
		if p := recover(); p != nil { // debug/dwarf on what is none
			c, err = nil, diag.New(name, "malformed debug information: %v", p)
		}
	}()
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, diag.New(name, "is not an ELF file that can be read: %v", err).Note("it takes what a link writes with --debug-elf FILE")
	}
	c = &Companion{}
	if !c.readNote(f) {
		return nil, diag.New(name, "is not the companion of a module: it has no section %s", NoteSection).Note("it takes what a link writes with --debug-elf FILE")
	}
	for _, s := range f.Sections {
		switch s.Name {
		case ".text":
			c.TextSize = s.Size
		case ".bss", ".rodata":
			c.RAMSize = max(c.RAMSize, s.Addr+s.Size-RAMBase)
		}
	}
	if c.symbols, err = f.Symbols(); err != nil {
		return nil, diag.New(name, "malformed ELF file: %v", err)
	}
	if f.Section(".debug_info") == nil {
		return c, nil
	}
	if c.info, err = f.DWARF(); err == nil {
		c.units, err = readUnits(c.info)
	}
	if err != nil {
		return nil, diag.New(name, "malformed debug information: %v", err)
	}
	return c, nil
}

// readNote reads NoteSection, and reports whether it is one.
func (c *Companion) readNote(f *elf.File) bool {
	const header, sum = 20, 32 // with the owner, "mpyld" and zeros up to whole words
	s := f.Section(NoteSection)
	if s == nil {
		return false
	}
	data, err := s.Data()
	if err != nil || len(data) < header+sum || string(data[12:18]) != "mpyld\x00" {
		return false
	}
	words := strings.Split(string(data[header+sum:]), "\x00")
	if len(words) < 2 {
		return false
	}
	c.SHA256, c.Module, c.Arch = data[header:header+sum], words[0], words[1]
	mach := machines.For(c.Arch)
	if mach != nil {
		c.modeBits = uint64(mach.ModeBits)
	}
	return mach != nil
}

// Symbol returns the symbol that an address of the companion is in, and how far.
func (c *Companion) Symbol(addr uint64) (name string, off uint64, ok bool) {
	for i := range c.symbols {
		s := &c.symbols[i]
		start := s.Value
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			start &^= c.modeBits
		}
		if addr-start < s.Size {
			return s.Name, addr - start, true
		}
	}
	return "", 0, false
}
