package mpywriter

import (
	"fmt"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/qstrlink"
)

// code5 writes what version 5 has between the header and the relocation
// records: the code, the qstrs to store in it, and its regions.
func code5(b []byte, f *mpyfile.File) []byte {
	b = appendUint(b, uint64(len(f.Text))<<2|mpyfile.CodeViper)
	b = append(b, f.Text...)
	b = appendUint(b, uint64(len(f.Links)))
	for i := range f.Links {
		l := &f.Links[i]
		kind := uint64(mpyfile.LinkValue)
		if l.Object {
			kind = mpyfile.LinkObject
		}
		b = appendUint(b, l.Off<<2|kind)
		b = appendQStr5(b, l.QStr)
	}
	b = appendUint(b, scope(f))
	b = append(b, 0, 0) // constant objects and functions inside: it has none
	if len(f.Rodata) > 0 {
		b = appendUint(b, uint64(len(f.Rodata)))
		b = append(b, f.Rodata...)
	}
	if f.BSSSize > 0 {
		b = appendUint(b, f.BSSSize)
	}
	return b
}

// appendQStr5 writes 0 and the number of a static qstr, or text without a NUL.
func appendQStr5(b []byte, s string) []byte {
	if id, ok := qstrlink.Static(s); ok {
		return append(b, 0, byte(id))
	}
	b = appendUint(b, uint64(len(s))<<1)
	return append(b, s...)
}

func checkLink(f *mpyfile.File, l *mpyfile.QStrLink) error {
	size, text := l.Size(f.Arch), uint64(len(f.Text))
	switch err := checkQStr(l.QStr); {
	case err != nil:
		return err
	case text < size || l.Off > text-size || l.Off%size != 0:
		return diag.New(fmt.Sprintf("text+0x%x", l.Off), "a place for the qstr %s of %d bytes does not fit there", l.QStr, size)
	}
	return nil
}
