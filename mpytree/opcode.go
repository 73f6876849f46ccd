package mpytree

import "fmt"

// What follows an opcode, and how long it is, depends on its number and on the version of
// the file: an index, a number, an offset, and for some one byte more. Jumps lead from
// behind their offset, which has an excess added to it where it can be negative.
//
//	11 05       LOAD_NAME qstr 5 (version 6)
//	42 3e       JUMP -2, to itself: 0x3e - 0x40 = -2 from behind
//	44 85 80    POP_JUMP_IF_FALSE: 0x85 has bit 7 set, so it has two bytes: 5 + 0x80*128 - 0x4000 = 5

// The opcodes have the same numbers in versions 5 and 6 (py/bc0.h).
const (
	OpLoadConstString  = 0x10
	OpLoadName         = 0x11
	OpLoadGlobal       = 0x12
	OpLoadAttr         = 0x13
	OpStoreName        = 0x16
	OpStoreAttr        = 0x18
	OpMakeClosure      = 0x20
	OpMakeClosureDef   = 0x21
	OpLoadConstInt     = 0x22
	OpLoadConstObj     = 0x23
	OpMakeFunction     = 0x32
	OpMakeFunctionDef  = 0x33
	OpCallFunction     = 0x34
	OpUnwindJump       = 0x40
	OpJump             = 0x42
	OpPopJumpIfFalse   = 0x44
	OpJumpIfFalseOrPop = 0x46
	OpForIter          = 0x4b
	OpLoadConstNone    = 0x51
	OpPopTop           = 0x59
	OpReturnValue      = 0x63
)

// Format is what follows an opcode.
type Format uint8

const (
	FormatNone   Format = iota
	FormatQStr          // version 5: two bytes in memory; version 6: index into the qstr table
	FormatUint          // a number; of OpLoadConstInt signed
	FormatOffset        // where to jump
)

// FormatOf returns what follows op (MP_BC_FORMAT).
func FormatOf(op byte) Format { return Format(uint32(0x000003a4) >> (2 * (op >> 4)) & 3) }

// hasExtra says that one more byte follows (MP_BC_MASK_EXTRA_BYTE).
func hasExtra(op byte) bool { return op&0x9e == 0 && FormatOf(op) != FormatNone }

// cached says that a cache byte follows where the header announces them.
func cached(op byte) bool {
	return op == OpLoadName || op == OpLoadGlobal || op == OpLoadAttr || op == OpStoreAttr
}

// SignedOffset says that an opcode jumps backwards too. In version 6
// JUMP_IF_X_OR_POP do not (py/bc0.h@v1.19).
func SignedOffset(version, op byte) bool {
	return op == OpUnwindJump || op >= OpJump && op <= OpPopJumpIfFalse ||
		version == 5 && op > OpPopJumpIfFalse && op <= OpJumpIfFalseOrPop
}

var opNames = [256]string{
	0x10: "LOAD_CONST_STRING", 0x11: "LOAD_NAME", 0x12: "LOAD_GLOBAL", 0x13: "LOAD_ATTR", 0x14: "LOAD_METHOD",
	0x15: "LOAD_SUPER_METHOD", 0x16: "STORE_NAME", 0x17: "STORE_GLOBAL", 0x18: "STORE_ATTR", 0x19: "DELETE_NAME",
	0x1a: "DELETE_GLOBAL", 0x1b: "IMPORT_NAME", 0x1c: "IMPORT_FROM",

	0x20: "MAKE_CLOSURE", 0x21: "MAKE_CLOSURE_DEFARGS", 0x22: "LOAD_CONST_SMALL_INT", 0x23: "LOAD_CONST_OBJ",
	0x24: "LOAD_FAST_N", 0x25: "LOAD_DEREF", 0x26: "STORE_FAST_N", 0x27: "STORE_DEREF", 0x28: "DELETE_FAST",
	0x29: "DELETE_DEREF", 0x2a: "BUILD_TUPLE", 0x2b: "BUILD_LIST", 0x2c: "BUILD_MAP", 0x2d: "BUILD_SET",
	0x2e: "BUILD_SLICE", 0x2f: "STORE_COMP", 0x30: "UNPACK_SEQUENCE", 0x31: "UNPACK_EX", 0x32: "MAKE_FUNCTION",
	0x33: "MAKE_FUNCTION_DEFARGS", 0x34: "CALL_FUNCTION", 0x35: "CALL_FUNCTION_VAR_KW", 0x36: "CALL_METHOD",
	0x37: "CALL_METHOD_VAR_KW",

	0x40: "UNWIND_JUMP", 0x42: "JUMP", 0x43: "POP_JUMP_IF_TRUE", 0x44: "POP_JUMP_IF_FALSE", 0x45: "JUMP_IF_TRUE_OR_POP",
	0x46: "JUMP_IF_FALSE_OR_POP", 0x47: "SETUP_WITH", 0x48: "SETUP_EXCEPT", 0x49: "SETUP_FINALLY",
	0x4a: "POP_EXCEPT_JUMP", 0x4b: "FOR_ITER",

	0x50: "LOAD_CONST_FALSE", 0x51: "LOAD_CONST_NONE", 0x52: "LOAD_CONST_TRUE", 0x53: "LOAD_NULL",
	0x54: "LOAD_BUILD_CLASS", 0x55: "LOAD_SUBSCR", 0x56: "STORE_SUBSCR", 0x57: "DUP_TOP", 0x58: "DUP_TOP_TWO",
	0x59: "POP_TOP", 0x5a: "ROT_TWO", 0x5b: "ROT_THREE", 0x5c: "WITH_CLEANUP", 0x5d: "END_FINALLY", 0x5e: "GET_ITER",
	0x5f: "GET_ITER_STACK",

	0x62: "STORE_MAP", 0x63: "RETURN_VALUE", 0x64: "RAISE_LAST", 0x65: "RAISE_OBJ", 0x66: "RAISE_FROM",
	0x67: "YIELD_VALUE", 0x68: "YIELD_FROM", 0x69: "IMPORT_STAR",
}

var unaryNames = [...]string{"positive", "negative", "invert", "not"}

// binaryNames are the operators of 0xd7 on (py/runtime0.h, mp_binary_op_t).
var binaryNames = [...]string{
	"<", ">", "==", "<=", ">=", "!=", "in", "is", "exception match",
	"|=", "^=", "&=", "<<=", ">>=", "+=", "-=", "*=", "@=", "//=", "/=", "%=", "**=",
	"|", "^", "&", "<<", ">>", "+", "-", "*", "@", "//", "/", "%", "**",
}

// OpName is an opcode's name, and what of its argument is in its number.
func OpName(op byte) string {
	switch {
	case opNames[op] != "":
		return opNames[op]
	case op >= 0x70 && op < 0xb0:
		return fmt.Sprintf("LOAD_CONST_SMALL_INT %d", int(op)-0x70-16)
	case op >= 0xb0 && op < 0xc0:
		return fmt.Sprintf("LOAD_FAST %d", op-0xb0)
	case op >= 0xc0 && op < 0xd0:
		return fmt.Sprintf("STORE_FAST %d", op-0xc0)
	case op >= 0xd0 && int(op-0xd0) < len(unaryNames):
		return "UNARY_OP " + unaryNames[op-0xd0]
	case op >= 0xd7 && int(op-0xd7) < len(binaryNames):
		return "BINARY_OP " + binaryNames[op-0xd7]
	}
	return fmt.Sprintf("OPCODE_%02x", op)
}

// Insn is an instruction of bytecode.
type Insn struct {
	Off    int // in the body
	Size   int
	Op     byte
	Arg    uint64 // qstr index, number, or offset as it stands; of version 5's qstrs the place in Links
	Signed int64  // OpLoadConstInt's argument
	Target int    // FormatOffset: where to, in the body
	Extra  byte   // the byte behind, if hasExtra

	// OffsetSize is the size of a FormatOffset argument: version 6 has one byte or
	// two, and compilers do not always take the shortest.
	OffsetSize int
}

// HasExtra says whether Extra is part of the instruction.
func (i *Insn) HasExtra() bool { return hasExtra(i.Op) }

// decodeInsn decodes the instruction at off of a body.
func decodeInsn(version byte, cache bool, body []byte, off int) (Insn, error) {
	start := off
	op := body[off]
	in := Insn{Off: off, Op: op}
	off++
	short := func() (Insn, error) {
		return Insn{}, &cutShort{len(body), fmt.Sprintf("the instruction %s at %d", OpName(op), start)}
	}
	switch FormatOf(op) {
	case FormatQStr:
		if version == 5 {
			off += 2
			if cache && cached(op) {
				off++
			}
			break
		}
		fallthrough
	case FormatUint:
		v, n := decodeUint(body[off:])
		if n == 0 {
			return short()
		}
		if op == OpLoadConstInt {
			in.Signed = signed(body[off : off+n])
		}
		in.Arg, off = v, off+n
	case FormatOffset:
		in.OffsetSize = 1
		if version == 5 || off < len(body) && body[off]&0x80 != 0 {
			in.OffsetSize = 2
		}
		if off+in.OffsetSize > len(body) {
			return short()
		}
		in.Arg = uint64(body[off])
		off += in.OffsetSize
		distance := int(in.Arg)
		if in.OffsetSize == 2 {
			high := int(body[off-1])
			if version == 5 {
				in.Arg |= uint64(high) << 8
			} else {
				in.Arg = in.Arg&0x7f | uint64(high)<<7
			}
			distance = int(in.Arg)
		}
		if SignedOffset(version, op) {
			distance -= offsetExcess(version, in.OffsetSize)
		}
		// From behind the offset, even when a byte follows (py/vm.c, UNWIND_JUMP).
		in.Target = off + distance
	}
	if hasExtra(op) {
		if off >= len(body) {
			return short()
		}
		in.Extra = body[off]
		off++
	}
	if off > len(body) {
		return short()
	}
	in.Size = off - start
	return in, nil
}

// offsetExcess is what is added to a signed distance before it is written.
func offsetExcess(version byte, size int) int {
	switch {
	case version == 5:
		return 0x8000
	case size == 1:
		return 0x40
	}
	return 0x4000
}

// signed decodes a number whose sign is bit 6 of its first byte (py/vm.c,
// LOAD_CONST_SMALL_INT).
func signed(b []byte) int64 {
	var v int64
	if b[0]&0x40 != 0 {
		v = -1
	}
	for _, c := range b {
		v = v<<7 | int64(c&0x7f)
	}
	return v
}

// Insns decodes bytecode.
func (f *File) Insns(c *Code) ([]Insn, error) {
	p, err := c.Prelude(f.Version)
	if err != nil || c.Kind != Bytecode {
		return nil, err
	}
	var list []Insn
	links := 0
	for off := p.Code; off < len(c.Body); {
		in, err := decodeInsn(f.Version, f.CacheBytes(), c.Body, off)
		if err != nil {
			return nil, err
		}
		if f.Version == 5 && FormatOf(in.Op) == FormatQStr {
			in.Arg = uint64(links)
			links++
		}
		list = append(list, in)
		off += in.Size
	}
	return list, nil
}

// QStrArg is the qstr of an instruction that has one.
func (f *File) QStrArg(c *Code, in *Insn) string {
	if f.Version == 5 {
		if in.Arg < uint64(len(c.Links)) {
			return c.Links[in.Arg].QStr.Text
		}
		return ""
	}
	return f.Text(in.Arg)
}
