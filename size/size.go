// Package size says what a .mpy file takes: its bytes by what they are, and the
// memory that firmware asks for when it loads the file.
//
// It stands apart because whoever asks needs only the bytes: a build that has a
// limit, a table, the map of a link. It must never look at objects or maps, and
// count each byte once.
//
// For example hello.mpy, of 261 bytes for a 32-bit machine:
//
//	file 261 = header 4 + counts 2 + qstrs 22 + text 212 + code 4 + relocs 17
//	RAM 216 = text 212 + bss 4: 14 blocks of 16 bytes for text, and 1 for bss
package size

import (
	"strings"

	"mpyld/mpytree"
)

// Module is what a file takes.
type Module struct {
	File File `json:"file"`
	RAM  RAM  `json:"ram"`
}

// File is the bytes of a file. Bytes is the sum of the others.
type File struct {
	Bytes    int `json:"bytes"`
	Header   int `json:"header"`             // with the architecture's flags
	Counts   int `json:"counts"`             // of qstrs and objects
	QStrs    int `json:"qstrs"`              // names
	Objects  int `json:"objects,omitempty"`  // constants
	Text     int `json:"text"`               // machine code
	Bytecode int `json:"bytecode,omitempty"` // and preludes, of functions in Python
	Rodata   int `json:"rodata"`             // initialised variables, and what else has a region of its own
	Relocs   int `json:"relocs"`             // relocation records
	Code     int `json:"code"`               // kinds, sizes and flags of code
}

// RAM is the memory that firmware asks its allocator for to load code and variables, in
// bytes. Bytes is the sum of the five below it. What names, constants and the
// firmware's own records take is not in it.
type RAM struct {
	Bytes    int `json:"bytes"`
	Text     int `json:"text"`
	Bytecode int `json:"bytecode,omitempty"`
	Rodata   int `json:"rodata"`
	BSS      int `json:"bss"`
	Padding  int `json:"padding,omitempty"` // between bss and rodata

	// Blocks is how many blocks of the firmware's heap that is, of BlockSize bytes, if
	// all is there. Text is not where code has memory of its own (unix, ESP32).
	Blocks    int `json:"gc_blocks"`
	BlockSize int `json:"gc_block_size"`
}

// Of measures a file. The error is mpytree.Parse's.
func Of(data []byte) (Module, error) {
	var m Module
	f, err := mpytree.ParseFields(data, func(field mpytree.Field) {
		*m.File.part(&field) += field.Size
		m.File.Bytes += field.Size
	})
	if err != nil {
		return Module{}, err
	}
	m.RAM = loaded(f)
	return m, nil
}

// part is the number that a field of a file counts for.
func (f *File) part(field *mpytree.Field) *int {
	switch field.Class {
	case mpytree.Names:
		return &f.QStrs
	case mpytree.Consts:
		return &f.Objects
	case mpytree.Info, mpytree.Opcodes:
		return &f.Bytecode
	case mpytree.Machine:
		return &f.Text
	case mpytree.Data:
		return &f.Rodata
	case mpytree.Relocations:
		return &f.Relocs
	}
	switch {
	case strings.HasPrefix(field.Path, "header."):
		return &f.Header
	case !strings.HasPrefix(field.Path, "code"):
		return &f.Counts
	}
	return &f.Code
}

// loaded is what a file takes in memory: a block of memory for each code, and one for
// its variables (py/persistentcode.c, load_raw_code), in words of the
// architecture or, of bytecode alone, of most boards.
func loaded(f *mpytree.File) RAM {
	word := f.Word()
	if word == 0 {
		word = 4
	}
	// MICROPY_BYTES_PER_GC_BLOCK is 4 words (py/mpconfig.h).
	r := RAM{BlockSize: 4 * word}
	abi := f.ABI()
	separate := abi != nil && abi.SeparateRAM
	for _, c := range f.Codes() {
		r.allocate(len(c.Body))
		if c.Kind == mpytree.Bytecode {
			r.Bytecode += len(c.Body)
		} else {
			r.Text += len(c.Body)
		}
		rodata, bss := len(c.Rodata), int(c.BSS)
		r.Rodata += rodata
		r.BSS += bss
		if separate {
			r.allocate(rodata)
			r.allocate(bss)
			continue
		}
		padding := -bss & (word - 1)
		r.Padding += padding
		r.allocate(bss + padding + rodata)
	}
	return r
}

// allocate counts a block of memory.
func (r *RAM) allocate(size int) {
	r.Bytes += size
	r.Blocks += (size + r.BlockSize - 1) / r.BlockSize
}

// Sum is what is most asked for of a Module, in bytes but for Blocks.
type Sum struct {
	File   int `json:"file"`
	RAM    int `json:"ram"`
	Blocks int `json:"gc_blocks"`
	Text   int `json:"text"`
	Rodata int `json:"rodata"`
	BSS    int `json:"bss"`
}

// Sum is that of a file.
func (m *Module) Sum() Sum {
	r := &m.RAM
	return Sum{File: m.File.Bytes, RAM: r.Bytes, Blocks: r.Blocks, Text: r.Text, Rodata: r.Rodata, BSS: r.BSS}
}
