package machines

import (
	"path"
	"slices"
	"strings"

	"mpyld/relocs"
)

// noArch has names of what the format has no architecture for.
const noArch = "aarch64 arm64 armv8a armv8 armv9 mips avr ppc powerpc wasm loongarch"

// squeeze makes one spelling of those that people have: "ESP32-C3", "esp32_c3".
func squeeze(name string) string {
	return strings.NewReplacer("-", "", "_", "", ".", "", " ", "", "+", "").Replace(strings.ToLower(name))
}

// Called returns the machine that people may mean by a name that is none of a
// board, nor --arch's: "cortex-m33", "riscv32". The longest name that fits counts
// ("armv7em": armv7emspx). It is nil if there is none; never says that MicroPython
// loads no native code for it at all.
func Called(name string) (mach *relocs.Machine, never bool) {
	squeezed := squeeze(name)
	longest := 0
	for _, m := range All() {
		for _, known := range strings.Fields(m.Name + " " + m.AlsoCalled) {
			if strings.HasPrefix(squeezed, known) && len(known) > longest {
				mach, longest = m, len(known)
			}
		}
	}
	for _, known := range strings.Fields(noArch) {
		if strings.HasPrefix(squeezed, known) && len(known) > longest {
			mach, never, longest = nil, true, len(known)
		}
	}
	return mach, never
}

// Board is a chip or a board that people have a name for.
type Board struct {
	Name string // as it was asked for
	Arch *relocs.Machine
	*relocs.Boards
}

// BoardNamed returns the board that a name is of, in any spelling ("RPI_PICO2_W",
// "ESP32-C3"), or nil. Of several patterns that fit, the one with most letters
// counts: "*rp2350*riscv" before "*rp2350*".
func BoardNamed(name string) *Board {
	squeezed := squeeze(name)
	var found *Board
	longest := 0
	for row, pattern := range boardNames {
		letters := len(pattern) - strings.Count(pattern, "*")
		if fits, err := path.Match(pattern, squeezed); err == nil && fits && letters > longest {
			found, longest = &Board{name, row.Arch, row.Boards}, letters
		}
	}
	return found
}

// BoardNames are names of boards that BoardNamed knows, sorted: of those with a
// pattern, what is in all of them.
func BoardNames() []string {
	var names []string
	for _, pattern := range boardNames {
		if plain := strings.Trim(pattern, "*"); !strings.Contains(plain, "*") {
			names = append(names, plain)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// BoardsFrom returns the names that begin with part of one, by machine, in the
// order of All: "stm32f7" begins names of two.
func BoardsFrom(part string) (archs []*relocs.Machine, names [][]string) {
	squeezed := squeeze(part)
	for row, pattern := range boardNames {
		plain := strings.Trim(pattern, "*")
		if squeezed == "" || !strings.HasPrefix(plain, squeezed) || strings.Contains(plain, "*") {
			continue
		}
		if len(archs) == 0 || archs[len(archs)-1] != row.Arch {
			archs, names = append(archs, row.Arch), append(names, nil)
		}
		last := &names[len(names)-1]
		*last = append(*last, plain)
	}
	return archs, names
}

// boardNames yields each pattern of a name with its row.
func boardNames(yield func(row Board, pattern string) bool) {
	for _, m := range All() {
		for i := range m.Boards {
			for _, pattern := range strings.Fields(m.Boards[i].Names) {
				if !yield(Board{Arch: m, Boards: &m.Boards[i]}, pattern) {
					return
				}
			}
		}
	}
}
