package inspect

import (
	"slices"
	"strings"

	"mpyld/mpyfile"
	"mpyld/relocs"
)

// boardsFor names what loads a file, which may exchange floats with the firmware.
func boardsFor(h mpyfile.Header, floats bool) string {
	arch := h.Arch()
	if h.ArchCode() == 0 {
		return "any"
	}
	var list []string
	if arch == nil {
		arch = &relocs.Machine{}
	}
	for i := range arch.Boards {
		b := &arch.Boards[i]
		if b.What != "" && b.CircuitPython == (h.Magic == mpyfile.MagicCircuit) && h.ArchFlags&^flags(arch, b) == 0 {
			what := b.What
			if floats && b.Exact != "" {
				what = b.Exact
			}
			list = append(list, what)
		}
	}
	text := strings.Join(list, "; ")
	switch {
	case text == "":
		return "none that mpyld knows"
	case h.Magic == mpyfile.MagicCircuit:
		text += " (with CircuitPython 10.4 and later)"
	}
	return text
}

// flags are the architecture flags that the boards' firmware has.
func flags(arch *relocs.Machine, b *relocs.Boards) uint64 {
	var flags uint64
	for bit, name := range arch.Flags {
		if slices.Contains(strings.Fields(b.Extensions), name) {
			flags |= 1 << bit
		}
	}
	return flags
}
