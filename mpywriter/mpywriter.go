// Package mpywriter turns a linked module into the bytes of a .mpy file.
//
// It stands apart because the container has nothing to do with linking: the
// same module can be written for any ABI that has a row in mpyfile. It must
// never change what it is given, and never write a file that the firmware
// would load into the wrong memory: the firmware checks nothing.
package mpywriter

import (
	"encoding/binary"
	"fmt"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/qstrlink"
)

// Write returns the .mpy file of f: byte for byte what mpy_ld.py writes.
// The error is a *diag.Error.
func Write(f *mpyfile.File) ([]byte, error) {
	if err := check(f); err != nil {
		return nil, err
	}
	b := make([]byte, 0, estimate(f))
	b = header(b, f)
	if f.ABI.Names == mpyfile.NameLinks {
		b = code5(b, f)
	} else {
		b = tables(b, f)
		b = appendUint(b, uint64(len(f.Text))<<3|mpyfile.CodeViper)
		b = append(b, f.Text...)
		b = regions(b, f)
	}
	b = records(b, f)
	return append(b, mpyfile.RecordsEnd), nil
}

func header(b []byte, f *mpyfile.File) []byte {
	feature := f.ABI.Sub | f.Arch.Code<<mpyfile.ArchShift
	if f.ArchFlags != 0 {
		feature |= mpyfile.ArchFlagsBit
	}
	b = append(b, f.ABI.Magic, f.ABI.Version, feature, f.ABI.SmallIntBits)
	switch {
	case f.ABI.Version == 5:
		b = appendUint(b, mpyfile.QStrWindow)
	case f.ArchFlags != 0:
		b = appendUint(b, f.ArchFlags)
	}
	return b
}

// tables writes the qstr table and the table of constant strings.
func tables(b []byte, f *mpyfile.File) []byte {
	b = appendUint(b, uint64(len(f.QStrs)))
	b = appendUint(b, uint64(len(f.Objects)))
	for _, s := range f.QStrs {
		b = appendQStr(b, s)
	}
	for _, s := range f.Objects {
		b = append(b, mpyfile.ObjStr)
		b = appendUint(b, uint64(len(s)))
		b = append(append(b, s...), 0)
	}
	return b
}

// regions writes the scope flags and what they announce.
func regions(b []byte, f *mpyfile.File) []byte {
	b = appendUint(b, scope(f))
	if len(f.Rodata) > 0 {
		b = appendUint(b, uint64(len(f.Rodata)))
	}
	if f.BSSSize > 0 {
		b = appendUint(b, f.BSSSize)
	}
	return append(b, f.Rodata...)
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

// appendQStr writes the number of a static qstr, or text with a NUL behind it.
func appendQStr(b []byte, s string) []byte {
	if id, ok := qstrlink.Static(s); ok {
		return appendUint(b, uint64(id)<<1|1)
	}
	b = appendUint(b, uint64(len(s))<<1)
	b = append(b, s...)
	return append(b, 0)
}

// appendUint writes groups of 7 bits, most significant first, with bit 7 set
// on all bytes but the last.
func appendUint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v)) // nearly every number in a file
	}
	n := 1
	for rest := v >> 7; rest > 0; rest >>= 7 {
		n++
	}
	for n--; n > 0; n-- {
		b = append(b, 0x80|byte(v>>(7*n)))
	}
	return append(b, byte(v&0x7f))
}

// estimate is a size in bytes that most files do not exceed.
func estimate(f *mpyfile.File) int {
	n := 8*binary.MaxVarintLen64 + len(f.Text) + len(f.Rodata) + 4*len(f.Words)
	for _, s := range f.QStrs {
		n += len(s) + 3
	}
	return n
}

// check refuses what the format has no room for, and words outside their
// region: the firmware would relocate whatever it finds there.
func check(f *mpyfile.File) error {
	links := f.ABI.Names == mpyfile.NameLinks
	switch {
	case f.ABI.Version != 5 && f.ABI.Version != 6:
		return diag.New("", "cannot write mpy version %d", f.ABI.Version)
	case !links && len(f.QStrs) == 0:
		return diag.New("", "the qstr table needs the name of the source file")
	case links && len(f.QStrs) > 0 || !links && len(f.Links) > 0 || !f.ABI.Objects && len(f.Objects) > 0:
		return diag.New("", "%d qstrs, %d objects and %d qstr links: ABI %s does not have all of these", len(f.QStrs), len(f.Objects), len(f.Links), f.ABI.Name)
	case links && f.ArchFlags != 0:
		return diag.New("", "ABI %s has no architecture flags", f.ABI.Name)
	case len(f.Text) == 0:
		return diag.New("", "there is no code")
	case f.BSSSize>>(8*f.Arch.Word-1) != 0:
		return diag.New("", "bss of %d bytes does not fit the address space", f.BSSSize)
	}
	for i, s := range f.QStrs {
		if err := checkQStr(s); err != nil {
			if i == 0 {
				err.Note("this is the name of the source file: choose another with --source-name")
			}
			return err
		}
	}
	for _, s := range f.Objects {
		if err := checkQStr(s); err != nil {
			return err
		}
	}
	for i := range f.Links {
		if err := checkLink(f, &f.Links[i]); err != nil {
			return err
		}
	}
	for i := range f.Words {
		if err := checkWord(f, &f.Words[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkQStr(s string) *diag.Error {
	for i := range len(s) {
		if s[i] == 0 || s[i] >= 0x80 {
			return diag.New("", "qstr %q: only ASCII without NUL can be written", s)
		}
	}
	return nil
}

func checkWord(f *mpyfile.File, w *mpyfile.Word) error {
	var size int
	switch w.Region {
	case mpyfile.Text:
		size = len(f.Text)
	case mpyfile.Rodata:
		size = len(f.Rodata)
	}
	place := func() string { return fmt.Sprintf("%s+0x%x", w.Region, w.Off) }
	word := uint64(f.Arch.Word)
	switch code := destCode(f, w.Dest); {
	case w.Off%word != 0:
		return diag.New(place(), "the firmware can only relocate words at multiples of %d bytes", word)
	case uint64(size) < word || w.Off > uint64(size)-word:
		return diag.New(place(), "a word to relocate outside the region's %d bytes", size)
	case w.Dest.Kind == mpyfile.ToFunEntry && (w.Dest.Entry < 0 || w.Dest.Entry >= f.ABI.FunSlots):
		return diag.New(place(), "mp_fun_table has no entry %d in ABI %s", w.Dest.Entry, f.ABI.Name)
	case code < 0:
		return diag.New(place(), "ABI %s has no %s to relocate by", f.ABI.Name, w.Dest)
	case code > maxCode:
		return diag.New(place(), "destination code %d does not fit a relocation record", code)
	}
	return nil
}
