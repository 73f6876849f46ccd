package mpyfile

// Version 5: MicroPython 1.12 to 1.18 (py/persistentcode.[ch] and
// py/nativeglue.h at those tags; tools/mpy_ld.py: build_mpy).
//
// The low bits of header byte 2 are settings that the firmware must have been
// built with: bit 1 strings are Unicode, bit 0 bytecode has room to cache map
// look-ups. Only the unix and windows ports up to 1.17 had the latter, on
// every architecture; 1.18 abolished it. mpy_ld.py up to 1.17 sets it for x86
// and x64.

var (
	abi5      = version5(2, "MicroPython 1.12 to 1.18")
	abi5Cache = version5(3, "MicroPython 1.12 to 1.17 (unix and windows ports)")
)

func version5(flags byte, releases string) ABI {
	return ABI{
		Name: "5", Releases: releases,
		Magic: Magic, Version: 5, Sub: flags, SmallIntBits: 31,
		Scope: ScopeOf(Magic),
		// The constant table is mp_fun_table, then rodata and bss if there are any.
		Wire:  Wire{Packed: true, QStrTable: noCode, ObjTable: noCode, FunTable: 6, FunEntry0: 7},
		Names: NameLinks, SeparateRAM: true,
		Fun: fun12, FunNotes: "[64] get_buffer_raise; types from [67]",
		Provided: provided(fun12),
	}
}
