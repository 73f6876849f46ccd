package mpyfile

import "fmt"

// The numbers of the container that Parse and mpywriter both need. The code
// that uses them is separate on each side.

// Magic is the first byte of every MicroPython .mpy file.
const Magic = 'M'

// Bits of header byte 2 above the sub-version (py/persistentcode.h,
// MPY_FEATURE_*).
const (
	ArchShift    = 2
	ArchMask     = 0x0f // after shifting
	ArchFlagsBit = 0x40 // a vuint of architecture flags follows the header
)

// CodeViper is the kind of a linked module's code (MP_CODE_NATIVE_VIPER -
// MP_CODE_BYTECODE): the only one with rodata, bss and relocations.
const CodeViper = 2

// Scope flags of viper code (py/runtime0.h, MP_SCOPE_FLAG_VIPER*).
const (
	ScopeRelocs = 0x10 // relocation records follow, perhaps none
	ScopeRodata = 0x20
	ScopeBSS    = 0x40
)

// RecordsEnd ends the relocation records in place of an op byte.
const RecordsEnd = 0xff

// Wire holds the destination codes of relocation records that differ between
// ABIs. Text, rodata and bss are 0, 1 and 2; 3 to 5 cannot be written, since
// their op bytes mean runs of words for 0 to 2.
type Wire struct {
	QStrTable int
	ObjTable  int
	FunTable  int
	FunEntry0 int // mp_fun_table[0]; the entry k has FunEntry0 + k
}

// String names a destination for messages and dumps.
func (d Dest) String() string {
	if d.Kind == ToFunEntry {
		return fmt.Sprintf("mp_fun_table[%d]", d.Entry)
	}
	return d.Kind.String()
}

func (k DestKind) String() string {
	return [...]string{"text", "rodata", "bss", "qstr table", "object table", "mp_fun_table", "mp_fun_table entry"}[k]
}
