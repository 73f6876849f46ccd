// Package simload is a stand-in for the firmware: it loads a module the way
// py/persistentcode.c does, at addresses of its own invention, and checks that
// what lies in memory then is what the linker's input asked for.
//
// It stands apart so that the linker's mistakes are not repeated where they
// should be found: it reads the finished bytes, it derives every value from
// the formula of the relocation and the run-time addresses, and it must never
// import mpywriter or use anything of link but its map.
//
// Example:
//
//	text+8 holds 0x10, and its word's destination is bss: with RAM at 0x90040000 it becomes 0x90040010
package simload

import (
	"encoding/binary"

	"mpyld/mpyfile"
)

// Bases are the addresses at which a module is loaded.
type Bases struct {
	Text      uint64 // the code; a multiple of the word size
	RAM       uint64 // the block with bss at its head and, but for ABI.SeparateRAM, rodata at its tail
	Rodata    uint64 // the block with rodata, of ABI.SeparateRAM
	QStrTable uint64
	ObjTable  uint64
	FunTable  uint64 // mp_fun_table

	// The firmware adds the value of a slot of mp_fun_table, not its address.
	// Slot k has the value Slot0 + k*SlotStep.
	Slot0, SlotStep uint64

	// The number of the first qstr that the loader stores in text; the others
	// follow it.
	QStr0 uint16
}

// invented returns two sets of bases for words of the given size in bytes.
// Every destination moves by another distance from the first to the second,
// so no two can be mistaken for each other at both. On machines with 32-bit
// words the low halves count. Text comes before RAM in one and near the end
// of the address space in the other; it has the alignment of a word and no
// more in one, since some firmware gives it no more.
func invented(word int) [2]Bases {
	return [2]Bases{
		{
			Text: 0x00007e40_20010000 + uint64(word), RAM: 0x00007e40_90040000, Rodata: 0x00007e40_90051000,
			QStr0:     0x0203,
			QStrTable: 0x00007e41_48002010, ObjTable: 0x00007e41_48006020,
			FunTable: 0x00007e42_08031000, Slot0: 0x00007e42_08055501, SlotStep: 0x62,
		},
		{
			Text: 0xffffffa0_e0420000, RAM: 0x00000013_1000d240, Rodata: 0x00000013_1000a2c0,
			QStr0:     0x5a71,
			QStrTable: 0x00000011_3ff01230, ObjTable: 0xffffffa1_f0220440,
			FunTable: 0x00002220_6203a1b0, Slot0: 0x00001110_73004d27, SlotStep: 0x1f3a,
		},
	}
}

// Image is a module in memory, ready to run.
type Image struct {
	Text   []byte
	Rodata []byte // bss is zero and not stored: its size is only a claim

	at      Bases
	word    int       // bytes
	starts  [3]uint64 // run-time addresses by region
	bssSize uint64
	apart   bool // bss and rodata are blocks of their own
}

// Load loads a module as Parse gives it.
func Load(f *mpyfile.File, at Bases) *Image {
	im := &Image{
		Text: append([]byte(nil), f.Text...), Rodata: append([]byte(nil), f.Rodata...),
		at: at, word: f.Arch.Word, bssSize: f.BSSSize, apart: f.ABI != nil && f.ABI.SeparateRAM,
	}
	// The loader of version 5 stores qstrs while it reads them, and relocates
	// when it has read everything.
	for i := range f.Links {
		im.link(&f.Links[i], at.QStr0+uint16(i))
	}
	im.allocate()
	for i := range f.Words {
		w := &f.Words[i]
		place := im.region(w.Region)[w.Off:]
		im.putWord(place, im.getWord(place)+im.Dest(w.Dest))
	}
	return im
}

// link stores a qstr: its number, in two bytes whatever the size of the
// module's entry, or its object (MP_OBJ_NEW_QSTR).
func (im *Image) link(l *mpyfile.QStrLink, number uint16) {
	if l.Object {
		im.putWord(im.Text[l.Off:], uint64(number)<<3|2)
	} else {
		binary.LittleEndian.PutUint16(im.Text[l.Off:], number)
	}
}

// allocate decides where the regions are. One that is empty is nowhere, unless
// it is a part of a block that is not.
func (im *Image) allocate() {
	im.starts[mpyfile.Text] = im.at.Text
	bss, rodata := im.bssSize > 0, len(im.Rodata) > 0
	switch size := uint64(im.word); {
	case im.apart:
		if bss {
			im.starts[mpyfile.BSS] = im.at.RAM
		}
		if rodata {
			im.starts[mpyfile.Rodata] = im.at.Rodata
		}
	case bss || rodata:
		im.starts[mpyfile.BSS] = im.at.RAM
		im.starts[mpyfile.Rodata] = im.at.RAM + (im.bssSize+size-1)&^(size-1)
	}
}

// Start returns the run-time address of a region.
func (im *Image) Start(r mpyfile.Region) uint64 { return im.starts[r] }

// Dest returns what the firmware adds to a word.
func (im *Image) Dest(d mpyfile.Dest) uint64 {
	switch d.Kind {
	case mpyfile.ToText:
		return im.Start(mpyfile.Text)
	case mpyfile.ToRodata:
		return im.Start(mpyfile.Rodata)
	case mpyfile.ToBSS:
		return im.Start(mpyfile.BSS)
	case mpyfile.ToQStrTable:
		return im.at.QStrTable
	case mpyfile.ToObjTable:
		return im.at.ObjTable
	case mpyfile.ToFunTable:
		return im.at.FunTable
	}
	return im.at.Slot0 + uint64(d.Entry)*im.at.SlotStep
}

// region returns the bytes of a region in memory; bss has none.
func (im *Image) region(r mpyfile.Region) []byte {
	switch r {
	case mpyfile.Text:
		return im.Text
	case mpyfile.Rodata:
		return im.Rodata
	}
	return nil
}

// wrap cuts an address to the machine's word.
func (im *Image) wrap(v uint64) uint64 {
	if im.word == 4 {
		return uint64(uint32(v))
	}
	return v
}

// signed reads a word as a two's complement number.
func (im *Image) signed(v uint64) int64 {
	if im.word == 4 {
		return int64(int32(v))
	}
	return int64(v)
}

func (im *Image) getWord(b []byte) uint64 {
	if im.word == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

func (im *Image) putWord(b []byte, v uint64) {
	if im.word == 4 {
		binary.LittleEndian.PutUint32(b, uint32(v))
	} else {
		binary.LittleEndian.PutUint64(b, v)
	}
}
