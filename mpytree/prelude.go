package mpytree

import "fmt"

// In front of a function's code stands what it needs and takes, packed bit by bit so that
// a common function needs two bytes: a signature, whose numbers are spread over as many
// bytes as the largest needs, then how many bytes of names and lines, and of cells, follow.
//
//	11          xSSSSEAA: 2+1 slots, no handlers, one argument
//	08          xIIIIIIC: 4 bytes of names and lines, no cells
//	05 06       the names: the function is qstr 5, its argument 6
//	24 40       lines: 4 bytes, then a line on; 0 bytes, then 2 lines on

// Prelude is what stands in front of a function's code: how much stack it
// needs, what arguments it takes, its name, its line numbers. It is part of
// the body of bytecode and of native code (py/bc.h, MP_BC_PRELUDE_*).
type Prelude struct {
	State      uint64 // slots for locals and stack
	ExcStack   uint64 // nested exception handlers
	ScopeFlags uint64 // ScopeGenerator and so on
	PosArgs    uint64
	KwOnly     uint64
	DefPos     uint64 // how many positional arguments have defaults

	Off   int // where in the body it starts
	Sizes int // where the two sizes are
	Info  int // where the names are: numbers in version 6, four bytes in version 5
	Lines int // where the line numbers are
	Cells int // where the numbers of the locals are that closures share
	Code  int // where the code behind starts; of native code, the end

	Names []uint64 // version 6: qstrs of the function and its arguments
}

// Scope flags (py/runtime0.h, MP_SCOPE_FLAG_*).
const (
	ScopeGenerator = 1
	ScopeVarKw     = 2
	ScopeVarArgs   = 4
	ScopeDefKwArgs = 8
	ScopeAsync     = 0x10 // only CircuitPython
)

// How many bytes the two numbers of a prelude have at most: as many as fill 64
// bits.
const (
	maxPreludeBytes = 29
	maxSizesBytes   = 10
)

// cutShort is how decoders say that a body ends before what they decode.
type cutShort struct {
	off  int
	what string
}

func (e *cutShort) Error() string {
	return fmt.Sprintf("the code ends at %d, within %s", e.off, e.what)
}

// decodePrelude decodes the prelude at off of a body.
func decodePrelude(version byte, body []byte, off int) (*Prelude, error) {
	p, info, cells, err := decodeHead(body, off)
	if err != nil {
		return nil, err
	}
	if left := uint64(len(body) - p.Info); info > left || cells > left-info {
		return nil, &cutShort{len(body), fmt.Sprintf("the prelude's %d bytes of names and lines and %d cells", info, cells)}
	}
	p.Cells = p.Info + int(info)
	p.Code = p.Cells + int(cells)
	return p, p.names(version, body)
}

// decodeHead decodes the two numbers in front: what the function needs, and
// the sizes of the rest.
func decodeHead(body []byte, off int) (p *Prelude, info, cells uint64, err error) {
	p = &Prelude{Off: off}
	next := func() (byte, bool) {
		if off >= len(body) {
			return 0, false
		}
		off++
		return body[off-1], true
	}
	z, ok := next() // xSSSSEAA
	p.State, p.ExcStack, p.PosArgs = uint64(z>>3&15), uint64(z>>2&1), uint64(z&3)
	for n := 0; ok && z&0x80 != 0; n++ {
		if n == maxPreludeBytes {
			return nil, 0, 0, fmt.Errorf("the signature has more than %d bytes", n)
		}
		z, ok = next() // xFSSKAED
		u := uint64(z)
		p.State |= u & 0x30 << (2 * n)
		p.ExcStack |= u & 2 << n
		p.ScopeFlags |= u >> 6 & 1 << n
		p.PosArgs |= u & 4 << n
		p.KwOnly |= u >> 3 & 1 << n
		p.DefPos |= u & 1 << n
	}
	p.State++
	p.Sizes = off
	for n := 0; ok; n++ {
		if n == maxSizesBytes {
			return nil, 0, 0, fmt.Errorf("the sizes have more than %d bytes", n)
		}
		z, ok = next() // xIIIIIIC
		cells |= uint64(z&1) << n
		info |= uint64(z>>1&0x3f) << (6 * n)
		if z&0x80 == 0 {
			break
		}
	}
	if !ok {
		return nil, 0, 0, &cutShort{off, "the prelude"}
	}
	p.Info = off
	return p, info, cells, nil
}

// names finds the end of the names, where the line numbers start.
func (p *Prelude) names(version byte, body []byte) error {
	if version == 5 {
		if p.Lines = p.Info + 4; p.Lines > p.Cells {
			return fmt.Errorf("the prelude has %d bytes for its two names, which take 4", p.Cells-p.Info)
		}
		return nil
	}
	p.Lines = p.Info
	if p.PosArgs > uint64(len(body)) || p.KwOnly > uint64(len(body)) {
		return fmt.Errorf("%d and %d arguments, more than there are bytes", p.PosArgs, p.KwOnly)
	}
	for i := uint64(0); i < 1+p.argNames(); i++ {
		v, n := decodeUint(body[p.Lines:p.Cells])
		if n == 0 {
			return &cutShort{p.Cells, "the names of the prelude"}
		}
		p.Names = append(p.Names, v)
		p.Lines += n
	}
	return nil
}

// argNames is how many names arguments have.
func (p *Prelude) argNames() uint64 { return p.PosArgs + p.KwOnly }

// decodeUint decodes a number in front of b; n is its size, 0 if b is too short.
func decodeUint(b []byte) (v uint64, n int) {
	for i, c := range b {
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// Prelude decodes the prelude of bytecode or native code. It is nil for other
// code. Parse has checked that there is one; code made otherwise may have none.
func (c *Code) Prelude(version byte) (*Prelude, error) {
	switch c.Kind {
	case Bytecode:
		return decodePrelude(version, c.Body, 0)
	case NativePy:
		if c.PreludeOff > uint64(len(c.Body)) {
			return nil, fmt.Errorf("the prelude is at %d of %d bytes", c.PreludeOff, len(c.Body))
		}
		return decodePrelude(version, c.Body, int(c.PreludeOff))
	}
	return nil, nil
}

// Line says that the code from Off on, counted from the first instruction, is
// of a source line.
type Line struct {
	Off, Line int
}

// LineMap decodes line numbers (py/bc.h, mp_bytecode_get_source_line).
func LineMap(version byte, b []byte) []Line {
	off, line := 0, 1
	var list []Line
	for len(b) > 0 {
		c := int(b[0])
		switch {
		case version == 5 && c == 0:
			return list // a zero byte ends them
		case c&0x80 == 0: // 0b0LLBBBBB
			off += c & 0x1f
			line += c >> 5
			b = b[1:]
		case len(b) < 2:
			return list
		default: // 0b1LLLBBBB 0bLLLLLLLL
			off += c & 0xf
			line += c<<4&0x700 | int(b[1])
			b = b[2:]
		}
		list = append(list, Line{off, line})
	}
	return list
}
