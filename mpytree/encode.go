package mpytree

import "fmt"

// A tree is written back as the bytes it was read from, and a changed one as compilers
// would write it. Numbers are groups of 7 bits, the most significant first, with bit 7 set
// on all but the last; signed ones have the sign in bit 6 of the first.
//
//	300: 82 2c    -1: 7f    100, signed: 80 64    JUMP on 5 bytes: 42 45 (0x40 + 5)

// AppendUint appends a number in its shortest form.
func AppendUint(b []byte, v uint64) []byte {
	n := 1
	for rest := v >> 7; rest > 0; rest >>= 7 {
		n++
	}
	for n--; n > 0; n-- {
		b = append(b, 0x80|byte(v>>(7*n)))
	}
	return append(b, byte(v&0x7f))
}

// AppendSignature appends the first number of a prelude (py/bc.h,
// MP_BC_PRELUDE_SIG_ENCODE).
func (p *Prelude) AppendSignature(b []byte) []byte {
	s, e, f, a, k, d := p.State-1, p.ExcStack, p.ScopeFlags, p.PosArgs, p.KwOnly, p.DefPos
	z := byte(s&0xf)<<3 | byte(e&1)<<2 | byte(a&3) // xSSSSEAA
	for s, e, a = s>>4, e>>1, a>>2; s|e|f|a|k|d != 0; s, e, f, a, k, d = s>>2, e>>1, f>>1, a>>1, k>>1, d>>1 {
		b = append(b, 0x80|z)
		z = byte(f&1)<<6 | byte(s&3)<<4 | byte(k&1)<<3 | byte(a&1)<<2 | byte(e&1)<<1 | byte(d&1) // xFSSKAED
	}
	return append(b, z)
}

// AppendSizes appends the second number of a prelude: how many bytes names and
// lines, and cells take (MP_BC_PRELUDE_SIZE_ENCODE).
func AppendSizes(b []byte, info, cells int) []byte {
	for {
		z := byte(info&0x3f)<<1 | byte(cells&1) // xIIIIIIC
		info, cells = info>>6, cells>>1
		if info|cells == 0 {
			return append(b, z)
		}
		b = append(b, 0x80|z)
	}
}

// AppendLines appends line numbers: for each entry the distance in bytes and in
// lines from the one before, the first from offset 0 and line 1
// (py/emitbc.c, emit_write_code_info_bytes_lines).
func AppendLines(b []byte, lines []Line) []byte {
	last := Line{0, 1}
	for _, l := range lines {
		skip, up := l.Off-last.Off, l.Line-last.Line
		last = l
		for skip > 0 || up > 0 {
			var n, m int
			if up <= 6 || skip > 0xf {
				// 0LLBBBBB; no lines before all bytes are skipped
				if n = min(skip, 0x1f); n == skip {
					m = min(up, 3)
				}
				b = append(b, byte(n|m<<5))
			} else {
				// 1LLLBBBB LLLLLLLL; all bytes are skipped by it
				n, m = skip, min(up, 0x7ff)
				b = append(b, byte(0x80|n|m>>4&0x70), byte(m))
			}
			skip, up = skip-n, up-m
		}
	}
	return b
}

// MergeLines leaves out the entries of a line map that only are there because
// a distance is too long for one.
func MergeLines(lines []Line) []Line {
	var list []Line
	line := 1
	for i, l := range lines {
		if l.Line == line || i+1 < len(lines) && lines[i+1].Off == l.Off {
			continue
		}
		line = l.Line
		list = append(list, l)
	}
	return list
}

// AppendInsn appends an instruction of version 6. The offset of a jump is
// written in in.OffsetSize bytes and leads from where the instruction is, at
// in.Off, to in.Target.
func AppendInsn(b []byte, in *Insn) ([]byte, error) {
	b = append(b, in.Op)
	switch FormatOf(in.Op) {
	case FormatUint:
		if in.Op == OpLoadConstInt {
			b = appendSigned(b, in.Signed)
			break
		}
		fallthrough
	case FormatQStr:
		b = AppendUint(b, in.Arg)
	case FormatOffset:
		distance := in.Target - (in.Off + 1 + in.OffsetSize)
		if !JumpFits(in.Op, distance, in.OffsetSize) {
			return nil, fmt.Errorf("%s from %d to %d is too far for mpy version 6", OpName(in.Op), in.Off, in.Target)
		}
		if SignedOffset(6, in.Op) {
			distance += offsetExcess(6, in.OffsetSize)
		}
		if in.OffsetSize == 1 {
			b = append(b, byte(distance))
		} else {
			b = append(b, 0x80|byte(distance&0x7f), byte(distance>>7))
		}
	}
	if hasExtra(in.Op) {
		b = append(b, in.Extra)
	}
	return b, nil
}

// JumpFits says whether a distance fits an offset of one or two bytes in
// version 6.
func JumpFits(op byte, distance, size int) bool {
	limit := 0x80
	if size == 2 {
		limit = 0x8000
	}
	if SignedOffset(6, op) {
		return -limit/2 <= distance && distance < limit/2
	}
	return 0 <= distance && distance < limit
}

// appendSigned appends a number whose sign is bit 6 of its first byte
// (py/emitbc.c, emit_write_bytecode_byte_int).
func appendSigned(b []byte, v int64) []byte {
	n := 1
	for rest := v; rest < -64 || rest > 63; rest >>= 7 {
		n++
	}
	for n--; n > 0; n-- {
		b = append(b, 0x80|byte(v>>(7*n)))
	}
	return append(b, byte(v&0x7f))
}
