package mpyfile

// ABI is one family of MicroPython releases that load the same files.
// Facts are from py/persistentcode.[ch] and py/nativeglue.h at the tags of
// the Releases column.
type ABI struct {
	Name         string // as sys.implementation._mpy is usually quoted: "6.3"
	Releases     string // which MicroPython releases load it
	Version      byte   // header byte 1
	Sub          byte   // low two bits of header byte 2
	SmallIntBits byte   // header byte 3, as mpy_ld.py writes it
	FunSlots     int    // entries of mp_fun_table
	Wire         Wire

	// Provided maps a symbol the firmware supplies to what it means.
	Provided map[string]Provided
}

// Provided is what an undefined symbol means when the firmware supplies it.
type Provided struct {
	Dest Dest
	// Code marks a function: it may be called PC-relative, through a veneer.
	Code bool
}

// Latest is the ABI of the newest MicroPython release.
var Latest = &abi63

// ABIs lists every ABI, newest first.
var ABIs = []*ABI{&abi63}

var abi63 = ABI{
	Name: "6.3", Releases: "1.23 to 1.29",
	Version: 6, Sub: 3, SmallIntBits: 31,
	FunSlots: 87,
	Wire:     Wire{QStrTable: 6, ObjTable: 7, FunTable: 8, FunEntry0: 9},
	Provided: map[string]Provided{
		"mp_fun_table":         {Dest: Dest{Kind: ToFunTable}},
		"mp_native_qstr_table": {Dest: Dest{Kind: ToQStrTable}},
		"mp_native_obj_table":  {Dest: Dest{Kind: ToObjTable}},
		"memset":               entryCode(50),
		"memmove":              entryCode(51),
		"memcpy":               entryCode(51), // a correct memmove is a correct memcpy

		"mp_type_type":            entry(73),
		"mp_type_str":             entry(74),
		"mp_type_list":            entry(75),
		"mp_type_dict":            entry(76),
		"mp_type_fun_builtin_0":   entry(77),
		"mp_type_fun_builtin_1":   entry(78),
		"mp_type_fun_builtin_2":   entry(79),
		"mp_type_fun_builtin_3":   entry(80),
		"mp_type_fun_builtin_var": entry(81),
		"mp_type_Exception":       entry(82),

		"mp_stream_read_obj":                entry(83),
		"mp_stream_readinto_obj":            entry(84),
		"mp_stream_unbuffered_readline_obj": entry(85),
		"mp_stream_write_obj":               entry(86),
	},
}

func entry(slot int) Provided { return Provided{Dest: Dest{Kind: ToFunEntry, Entry: slot}} }

func entryCode(slot int) Provided {
	return Provided{Dest: Dest{Kind: ToFunEntry, Entry: slot}, Code: true}
}
