package debugelf

import (
	"bytes"
	"debug/elf"

	"mpyld/debuginfo"
	"mpyld/diag"
	"mpyld/relocs"
)

// Companion is a companion that was read.
type Companion struct {
	Machine *relocs.Machine // of the module
	ABI     string          // its name
	Module  string          // its name, as tracebacks have it
	SHA256  []byte          // of the .mpy

	TextSize  uint64     // bytes
	Regions   []Region   // in the order of the file
	Landmarks []Landmark // in the order of their places

	symbols []elf.Symbol
	named   []named           // of symbols, by address
	info    *debuginfo.Image  // nil: its objects have no debug information
	sources map[string]string // names as sources have them, by the mangled ones, when they are asked for
}

// Region is one of the blocks of memory that the module is.
type Region struct {
	Name string // of its section: ".text", ".bss", ".rodata"
	Addr uint64 // in the companion
	Size uint64 // bytes
	Data []byte // nil: zeros
}

// Has reports whether an address of the companion is in the module.
func (c *Companion) Has(addr uint64) bool {
	for i := range c.Regions {
		if r := &c.Regions[i]; addr-r.Addr < r.Size {
			return true
		}
	}
	return false
}

// Content returns what is in a region of the module, by the name of its section; nil if it has none, or zeros.
func (c *Companion) Content(name string) []byte {
	for i := range c.Regions {
		if c.Regions[i].Name == name {
			return c.Regions[i].Data
		}
	}
	return nil
}

// contentOf returns what is in a section; nil if nothing is, or it cannot be read.
func contentOf(s *elf.Section) []byte {
	if s.Type == elf.SHT_NOBITS {
		return nil
	}
	data, err := s.Data()
	if err != nil {
		return nil
	}
	return data
}

// NotELF is the error about what cannot be read as an ELF file.
func NotELF(name string, data []byte, err error) *diag.Error {
	if !bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
		return diag.New(name, "is not an ELF file: it begins with % x", data[:min(len(data), 4)])
	}
	return diag.New(name, "is not an ELF file that can be read: %v", err)
}

// Open reads a companion. The error is a *diag.Error.
func Open(name string, data []byte) (c *Companion, err error) {
	defer func() {
		if p := recover(); p != nil { // debug/elf on what is none
			c, err = nil, diag.New(name, "malformed ELF file: %v", p)
		}
	}()
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, NotELF(name, data, err).Note("it takes what a link writes with --debug-elf FILE, or mpyld build -g beside each module: NAME.elf")
	}
	c = &Companion{}
	note := f.Section(NoteSection)
	if note == nil || !c.readNote(contentOf(note)) {
		return nil, diag.New(name, "is not the companion of a module: it has no section %s", NoteSection).Note("it takes what a link writes with --debug-elf FILE")
	}
	for _, s := range f.Sections {
		switch s.Name {
		case ".text":
			c.TextSize = s.Size
		case ".bss", ".rodata":
		default:
			continue
		}
		c.Regions = append(c.Regions, Region{s.Name, s.Addr, s.Size, contentOf(s)})
	}
	if c.symbols, err = f.Symbols(); err != nil {
		return nil, diag.New(name, "malformed ELF file: %v", err)
	}
	c.sortSymbols()
	if f.Section(".debug_info") == nil && f.Section(".debug_line") == nil {
		return c, nil
	}
	sections := debuginfo.Sections{}
	for _, name := range []string{"info", "abbrev", "line", "line_str", "str", "str_offsets", "addr", "ranges", "rnglists"} {
		if s := f.Section(".debug_" + name); s != nil && s.Flags&elf.SHF_COMPRESSED == 0 { // as links write them
			sections[s.Name] = contentOf(s)
		}
	}
	c.info = debuginfo.OfImage(sections, c.Machine.Word)
	return c, nil
}
