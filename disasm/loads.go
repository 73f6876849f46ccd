package disasm

import "slices"

// Reads is what code was seen to read of mp_fun_table.
type Reads struct {
	Entries []int // that are read for sure

	// Maybe are entries at whose distance code reads from an address that is not
	// known: it may be the table's. Only of Thumb code.
	Maybe []int
}

// Loads returns the entries of mp_fun_table that code was seen to read. tables
// are the places of words that the loader makes point at the table. ok is false
// when the architecture's code cannot be read.
//
// What is found is there, but there may be more: addresses that code keeps in
// memory or calculates are not followed.
func Loads(arch string, code []byte, tables []int) (r Reads, ok bool) {
	slots := map[int]bool{}
	for _, t := range tables {
		slots[t] = true
	}
	var found, maybe map[int]bool
	word := 4
	switch arch {
	case "x86":
		found = x86Loads(code, 32, slots)
	case "x64":
		found, word = x86Loads(code, 64, slots), 8
	case "rv32imc":
		found = riscvLoads(code, 32, slots)
	case "rv64imc":
		found, word = riscvLoads(code, 64, slots), 8
	case "armv6m", "armv7m", "armv7emsp", "armv7emdp":
		found, maybe = thumbLoads(code, slots)
	case "xtensa", "xtensawin":
		found = xtensaLoads(code, slots)
	default:
		return r, false
	}
	return Reads{entriesAt(found, word), entriesAt(maybe, word)}, true
}

// entriesAt returns the entries of a table that are at distances from its start.
func entriesAt(distances map[int]bool, word int) []int {
	var entries []int
	for distance := range distances {
		if distance >= 0 && distance%word == 0 {
			entries = append(entries, distance/word)
		}
	}
	slices.Sort(entries)
	return entries
}
