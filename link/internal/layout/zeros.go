package layout

import (
	"fmt"

	"mpyld/linkmap"
	"mpyld/relocs"
)

// A zero-initialised variable costs nothing in a file while it is in bss. Code that
// reaches it relative to itself pulls it into text (package assign), and there its zeros
// are bytes of the file and of the memory for code. Nothing else shows that, so a note
// says it.
//
//	static char buf[4096];    lea buf(%rip), %rax    the .mpy is 4096 bytes longer

// ManyZeros is from how many bytes on zeros in text are worth a word: a small
// module has fewer.
const ManyZeros = 1024

// ZerosInText tells of zero-initialised variables that take up text, and the
// file, since code reaches them relative to itself. Nothing else shows them.
func ZerosInText(m *linkmap.Map, advice *relocs.Advice) []string {
	var total, largest uint64
	first := 0 // of the largest ones
	for i := range m.InText {
		p := &m.Sections[i]
		if p.Data != nil {
			continue
		}
		total += p.Size
		if p.Size > largest || p.Size == largest && i < first {
			first, largest = i, p.Size
		}
	}
	if total < ManyZeros {
		return nil
	}
	p := &m.Sections[first]
	how := "declare them without static"
	if advice.RAM != "" {
		how += ", or compile with " + advice.RAM
	}
	return []string{fmt.Sprintf("%d bytes of zero-initialised variables are in text, and so in the file, since code reaches them relative to itself (%s: %s:(%s)); %s to have them in RAM",
		total, m.InText[first], p.Object, p.Name, how)}
}
