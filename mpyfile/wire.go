package mpyfile

import "fmt"

// The numbers of the container that mpytree and mpywriter both need. The code
// that uses them is separate on each side.

// Magic is the first byte of MicroPython's .mpy files.
const (
	Magic        = 'M'
	MagicCircuit = 'C' // of CircuitPython's
)

// Bits of header byte 2 above the sub-version (py/persistentcode.h,
// MPY_FEATURE_*).
const (
	ArchShift    = 2
	ArchMask     = 0x0f // after shifting
	ArchFlagsBit = 0x40 // a vuint of architecture flags follows the header
)

// Scope is the flags of viper code that say what follows it (py/runtime0.h,
// MP_SCOPE_FLAG_VIPER*).
type Scope struct {
	Relocs uint64 // relocation records, perhaps none
	Rodata uint64
	BSS    uint64
}

// MicroPython's scope flags.
const (
	ScopeRelocs = 0x10
	ScopeRodata = 0x20
	ScopeBSS    = 0x40
)

// ScopeOf returns the scope flags of files with a magic byte.
func ScopeOf(magic byte) Scope {
	if magic == MagicCircuit {
		return Scope{Relocs: 0x20, Rodata: 0x40, BSS: 0x80}
	}
	return Scope{Relocs: ScopeRelocs, Rodata: ScopeRodata, BSS: ScopeBSS}
}

// RecordsEnd ends the relocation records in place of an op byte.
const RecordsEnd = 0xff

// Wire holds the destination codes of relocation records that differ between
// ABIs. Text is 0. 3 to 5 cannot be written, since their op bytes mean runs of
// words for 0 to 2.
type Wire struct {
	// Packed: rodata and bss are the next codes that are free, if the file has
	// them: bss is 1 when there is no rodata. Else they are 1 and 2.
	Packed bool

	QStrTable int // or noCode
	ObjTable  int
	FunTable  int
	FunEntry0 int // mp_fun_table[0]; the entry k has FunEntry0 + k
}

// noCode: no relocation can have this destination.
const noCode = -1

// MaxQStr is how many bytes a name may have: firmware keeps their number in one byte
// (MICROPY_QSTR_BYTES_IN_LEN, which no port sets otherwise), and its qstr_from_strn raises
// SaysName for a longer one.
const (
	MaxQStr  = 255
	SaysName = "RuntimeError: name too long"
)

// QStrWindow is the number at the end of a version 5 header: how many recent
// strings the loader has to remember (QSTR_WINDOW_SIZE). No native module
// refers to any.
const QStrWindow = 32

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
