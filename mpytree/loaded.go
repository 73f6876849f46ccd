package mpytree

import (
	"encoding/binary"

	"mpyld/mpyfile"
)

// Linked reports whether a code is a linker's: it reaches what is outside it
// through words that the loader relocates.
func (f *File) Linked(c *Code) bool { return c.Kind == Viper && c.ScopeFlags&f.Scope().Relocs != 0 }

// Loaded is a word that the loader relocates, with what is in the file there.
type Loaded struct {
	mpyfile.Word
	Addend uint64
}

// Loaded returns the words of a linked code that its records relocate. There
// are none if the word size is not known.
func (f *File) Loaded(c *Code) []Loaded {
	size := uint64(f.Word())
	if size == 0 {
		return nil
	}
	var list []Loaded
	for _, r := range c.Relocs {
		data := c.Body
		if r.Region == mpyfile.Rodata {
			data = c.Rodata
		}
		for i := range r.Count {
			w := Loaded{Word: mpyfile.Word{Region: r.Region, Off: (r.Index + i) * size, Dest: r.Dest}}
			var b [8]byte
			copy(b[:], data[w.Off:w.Off+size])
			w.Addend = binary.LittleEndian.Uint64(b[:])
			list = append(list, w)
		}
	}
	return list
}
