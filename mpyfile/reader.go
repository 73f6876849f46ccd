package mpyfile

import (
	"fmt"

	"mpyld/diag"
)

// reader walks the bytes of a file. The first failure sticks: from then on
// every read gives zero, so callers check err once per step and before loops.
type reader struct {
	data []byte
	off  int
	err  *diag.Error
}

// fail records what is wrong at byte offset at, unless something already is.
func (r *reader) fail(at int, format string, args ...any) *diag.Error {
	if r.err == nil {
		r.err = errorAt(at, format, args...)
	}
	return r.err
}

func errorAt(at int, format string, args ...any) *diag.Error {
	return diag.New(fmt.Sprintf("0x%x", at), format, args...)
}

func (r *reader) left() uint64 { return uint64(len(r.data) - r.off) }

// byte reads one byte of what.
func (r *reader) byte(what string) byte {
	if r.err != nil || r.left() == 0 {
		r.fail(r.off, "truncated: the file ends before %s", what)
		return 0
	}
	r.off++
	return r.data[r.off-1]
}

// bytes reads n bytes of what, as a part of the file's own data.
func (r *reader) bytes(n uint64, what string) []byte {
	if r.err != nil || n > r.left() {
		r.fail(r.off, "truncated: %s has %d bytes, the file has %d left", what, n, r.left())
		return nil
	}
	start := r.off
	r.off += int(n)
	return r.data[start:r.off:r.off]
}

// vuint reads a number: groups of 7 bits, most significant first, bit 7 set on
// all bytes but the last. The firmware reads on for as long as bit 7 is set
// and forgets the bits that do not fit; here both are errors, and so is a
// leading empty group, which no writer makes.
func (r *reader) vuint(what string) uint64 {
	start := r.off
	var v uint64
	for {
		b := r.byte(what)
		switch {
		case r.err != nil:
			return 0
		case b == 0x80 && r.off == start+1:
			r.fail(start, "%s is not in its shortest form", what)
			return 0
		case v>>57 != 0:
			r.fail(start, "%s does not fit 64 bits", what)
			return 0
		}
		v = v<<7 | uint64(b&0x7f)
		if b < 0x80 {
			return v
		}
	}
}
