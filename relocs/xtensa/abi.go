package xtensa

import (
	"strings"

	"mpyld/relocs"
)

// Xtensa has two calling conventions, and code of one cannot call the other:
// call0, which the ESP8266 uses, and windowed, whose calls and ENTRY rotate the
// register file. Assemblers write which into a note (binutils, gas/config/tc-xtensa.c:
// xtensa_add_config_info): "ABI=1" is call0, "ABI=0" windowed.

const (
	note          = ".xtensa.info"
	abiIsWindowed = "ABI=0\n"
	abiIsCall0    = "ABI=1\n"

	absoluteLiterals = "USE_ABSOLUTE_LITERALS=1\n"
	loadsAbsolute    = "to load literals from a base in LITBASE, which nobody sets (--absolute-literals)"

	callsWindowed = "for the windowed calling convention, with register windows"
	callsCall0    = "for the call0 calling convention, without register windows"
)

// rules returns the rules of the windowed convention or of call0. Where an
// object has no note, ENTRY at the start of a function tells.
func rules(compile string, windowed bool) relocs.ABI {
	configure := "" // of one compiler for all cores
	if windowed {
		configure = ", or with xtensa-esp-elf-gcc -mdynconfig=xtensa_esp32.so (or that of your chip)"
	}
	a := relocs.ABI{
		Compile: compile, BigEndian: "GCC makes such code if nobody says for which core: compile with " + compile + configure, NoteSection: note,
		EntryInsn: &relocs.EntryInsn{Mask: [2]byte{0xff, 0x0f}, Match: [2]byte{0x36, 0x01}}, // entry a1, …
	}
	rules := []relocs.Rule{{When: func(f *relocs.Facts) bool { return strings.Contains(f.Note, abiIsCall0) }, What: callsCall0, Calls: true}}
	if !windowed {
		rules = []relocs.Rule{{When: func(f *relocs.Facts) bool {
			return strings.Contains(f.Note, abiIsWindowed) || f.HasEntryInsn && !strings.Contains(f.Note, abiIsCall0)
		}, What: callsWindowed, Calls: true}}
	}
	rules = append(rules, relocs.Rule{When: func(f *relocs.Facts) bool { return strings.Contains(f.Note, absoluteLiterals) }, What: loadsAbsolute})
	a.Incompatible = func(f *relocs.Facts, _ []string) []string { return relocs.Failing(rules, f) }
	a.Calls = func(f *relocs.Facts) []string { return relocs.Failing(relocs.CallRules(rules), f) }
	return a
}
