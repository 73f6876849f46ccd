package mpyfile

import (
	"slices"

	"mpyld/internal/lazy"
)

// ABI is what one family of firmware takes for a native module: the bytes of
// the file, what the loader makes of them in memory, and what it lends to the
// module. Releases that differ in none of this share a row.
type ABI struct {
	Name     string // as sys.implementation._mpy is usually quoted: "6.3"
	Releases string // which releases of which firmware load it, on most architectures
	Magic    byte   // header byte 0

	Version      byte // header byte 1
	Sub          byte // low two bits of header byte 2: sub-version, in version 5 feature flags
	SmallIntBits byte // header byte 3, as mpy_ld.py writes it

	Scope Scope
	Wire  Wire
	Names Names

	// Objects: the file can have a table of constant strings, which the module
	// reaches as mp_native_obj_table.
	Objects bool

	// SeparateRAM: bss and rodata are memory blocks of their own. Else they are
	// one: bss at its head, rodata behind it.
	SeparateRAM bool

	Fun      []string // names of the entries of mp_fun_table, in order
	FunNotes string   // what mp_fun_table has that others have not or elsewhere, for people

	// Base is the ABI that firmware with more in its mp_fun_table has otherwise
	// (WithFunTable); else nil.
	Base *ABI

	// Provided maps a symbol the firmware supplies to what it means.
	Provided *lazy.Value[map[string]Provided]
}

// Names is how a module gets at the numbers that the firmware gives to its
// qstrs.
type Names uint8

const (
	// NameTable: the loader allocates a table of numbers, which a word of the
	// module points at (mp_native_qstr_table). Entry 0 is the source file.
	NameTable Names = iota

	// NameLinks: the module's text has room for the numbers and for qstr
	// objects (mp_native_qstr_val_table, mp_native_qstr_obj_table). The file
	// lists what the loader has to store where.
	NameLinks
)

// Provided is what an undefined symbol means when the firmware supplies it.
type Provided struct {
	Dest Dest
	// Code marks a function: it may be called PC-relative, through a veneer.
	Code bool
}

// Symbols of the tables that MicroPython's headers index with qstrs.
const (
	QStrTableSymbol = "mp_native_qstr_table"     // NameTable: numbers
	ObjTableSymbol  = "mp_native_obj_table"      // Objects: string objects
	QStrValsSymbol  = "mp_native_qstr_val_table" // NameLinks: numbers
	QStrObjsSymbol  = "mp_native_qstr_obj_table" // NameLinks: qstr objects
	FunTableSymbol  = "mp_fun_table"
)

// HeadersOf says, of a symbol that only some ABIs provide, which releases'
// headers make code refer to it; "" for other symbols.
func HeadersOf(symbol string) string {
	switch symbol {
	case QStrValsSymbol, QStrObjsSymbol:
		return "MicroPython 1.12 to 1.18"
	case ObjTableSymbol:
		return "MicroPython 1.19 or 1.20"
	case QStrTableSymbol:
		return "MicroPython 1.19 or later"
	case "mp_type_Exception":
		return "MicroPython 1.23 or later"
	}
	return ""
}

// Latest is the ABI of the newest MicroPython release.
var Latest = &abi63

// ABIs lists every ABI, newest first: CircuitPython's, then MicroPython's.
var ABIs = []*ABI{&abiCircuit63, &abi63, &abi62, &abi61, &abi60, &abi5, &abi5Cache}

// provided returns the symbols of an ABI: some of its functions, where print()
// writes, and all that is behind those, which are types and functions to put
// into types; and tables of its own.
func provided(fun []string, tables ...string) *lazy.Value[map[string]Provided] {
	return &lazy.Value[map[string]Provided]{Make: func() map[string]Provided {
		m := providedBy(fun)
		for _, table := range tables {
			kind := ToQStrTable
			if table == ObjTableSymbol {
				kind = ToObjTable
			}
			m[table] = Provided{Dest: Dest{Kind: kind}}
		}
		return m
	}}
}

func providedBy(fun []string) map[string]Provided {
	entry := func(name string) Dest { return Dest{Kind: ToFunEntry, Entry: int32(slices.Index(fun, name))} }
	m := map[string]Provided{
		FunTableSymbol: {Dest: Dest{Kind: ToFunTable}},
		"memset":       {Dest: entry("memset"), Code: true},
		"memmove":      {Dest: entry("memmove"), Code: true},
		"memcpy":       {Dest: entry("memmove"), Code: true}, // a correct memmove is a correct memcpy
	}
	m["mp_plat_print"] = Provided{Dest: entry("plat_print")}
	for _, name := range fun[slices.Index(fun, "mp_type_type"):] {
		m[name] = Provided{Dest: entry(name)}
	}
	return m
}

// provided12 is what two ABIs share.
var provided12 = provided(fun12, QStrTableSymbol, ObjTableSymbol)
