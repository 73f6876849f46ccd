// Package mpywriter turns trees and linked modules into the bytes of .mpy files.
//
// It stands apart because the container has nothing to do with linking: the
// same module can be written for any ABI that has a row in mpyfile. It must
// never change what it is given, and never write a file that the firmware
// would load into the wrong memory: the firmware checks nothing.
package mpywriter

import (
	"encoding/binary"
	"iter"

	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/qstrlink"
)

// Write returns the .mpy file of f: byte for byte what mpy_ld.py writes.
// The error is a *diag.Error.
func Write(f *mpyfile.File) ([]byte, error) {
	if err := check(f); err != nil {
		return nil, err
	}
	w := &treeWriter{f: treeOf(f), runs: runs(f), b: make([]byte, 0, estimate(f))}
	w.file()
	if w.err != nil {
		return nil, w.err
	}
	return w.b, nil
}

// treeOf is the tree that a linker makes: viper code with nothing inside. It has
// no relocation records: see runs.
func treeOf(f *mpyfile.File) *mpytree.File {
	h := f.Header()
	c := &mpytree.Code{Kind: mpytree.Viper, Body: f.Text, ScopeFlags: scope(f), Rodata: f.Rodata, BSS: f.BSSSize}
	t := &mpytree.File{Maker: h.Magic, Version: h.Version, Feature: h.Feature, SmallIntBits: h.SmallIntBits, ArchFlags: h.ArchFlags, Code: c}
	if f.ABI.Version == 5 {
		t.Window = mpyfile.QStrWindow
	}
	for _, s := range f.QStrs {
		t.QStrs = append(t.QStrs, qstr(s))
	}
	for _, s := range f.Objects {
		t.Objects = append(t.Objects, mpytree.Object{Type: mpytree.ObjStr, Text: s})
	}
	for i := range f.Links {
		l := mpytree.Link{Off: f.Links[i].Off, Kind: mpytree.Link16, QStr: qstr(f.Links[i].QStr)}
		if f.Links[i].Object {
			l.Kind = mpytree.LinkObj
		}
		c.Links = append(c.Links, l)
	}
	return t
}

// qstr is a name by its number if it has one, as mpy_ld.py writes it.
func qstr(s string) mpytree.QStr {
	q := mpytree.QStr{Text: s}
	if _, ok := qstrlink.Static(s); ok {
		q.Form = mpytree.Numbered
	}
	return q
}

// scope is the scope flags. The relocation flag is set even when there is
// nothing to relocate: it is also what makes the firmware keep text alive
// (MICROPY_PERSISTENT_CODE_TRACK_FUN_DATA).
func scope(f *mpyfile.File) uint64 {
	flags := f.ABI.Scope.Relocs
	if len(f.Rodata) > 0 {
		flags |= f.ABI.Scope.Rodata
	}
	if f.BSSSize > 0 {
		flags |= f.ABI.Scope.BSS
	}
	return flags
}

// runs are the relocation records: neighbouring words with one destination
// together, where the format allows for it.
//
// It also allows a record without a position to go on behind the one before.
// mpy_ld.py never writes such records (its write_reloc compares with a state it
// never updates), so only what is Terse has them. All firmware reads them (py/persistentcode.c@v1.12:
// mp_native_relocate).
func runs(f *mpyfile.File) iter.Seq[mpytree.Reloc] {
	size := uint64(f.Arch.Word)
	return func(yield func(mpytree.Reloc) bool) {
		for i := 0; i < len(f.Words); {
			first := &f.Words[i]
			r := mpytree.Reloc{Region: first.Region, Index: first.Off / size, Dest: first.Dest, Count: 1, Placed: true}
			if f.Terse && i > 0 {
				last := &f.Words[i-1]
				r.Placed = last.Region != r.Region || last.Off+size != first.Off
			}
			for i++; i < len(f.Words) && mpytree.Counts(r.Dest); i++ {
				w := &f.Words[i]
				if w.Dest != r.Dest || w.Region != r.Region || w.Off != first.Off+r.Count*size {
					break
				}
				r.Count++
				r.Counted = true
			}
			if !yield(r) {
				return
			}
		}
	}
}

// estimate is a size in bytes that most files do not exceed.
func estimate(f *mpyfile.File) int {
	n := 8*binary.MaxVarintLen64 + len(f.Text) + len(f.Rodata) + 4*len(f.Words)
	for _, s := range f.QStrs {
		n += len(s) + 3
	}
	return n
}
