package disasm

import "slices"

// Loads returns the entries of mp_fun_table that code was seen to read. tables
// are the places of words that the loader makes point at the table. ok is false
// when the architecture's code cannot be read.
//
// What is found is there, but there may be more: addresses that code keeps in
// memory or calculates are not followed.
func Loads(arch string, code []byte, tables []int) (entries []int, ok bool) {
	slots := map[int]bool{}
	for _, t := range tables {
		slots[t] = true
	}
	var found map[int]bool
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
		found = thumbLoads(code, slots)
	case "xtensa", "xtensawin":
		found = xtensaLoads(code, slots)
	default:
		return nil, false
	}
	for distance := range found {
		if distance >= 0 && distance%word == 0 {
			entries = append(entries, distance/word)
		}
	}
	slices.Sort(entries)
	return entries, true
}
