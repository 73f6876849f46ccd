package layout

import (
	"fmt"

	"mpyld/linkmap"
	"mpyld/relocs"
)

// ManyZeros is from how many bytes on zeros in text are worth a word: a small
// module has fewer.
const ManyZeros = 1024

// ZerosInText tells of zero-initialised variables that take up text, and the
// file, since code reaches them relative to itself. Nothing else shows them.
func ZerosInText(sections []linkmap.Section, advice *relocs.Advice) []string {
	var total, largest uint64
	var p *linkmap.Section
	for i := range sections {
		if q := &sections[i]; q.Why != "" && q.Data == nil {
			total += q.Size
			if q.Size > largest {
				p, largest = q, q.Size
			}
		}
	}
	if total < ManyZeros {
		return nil
	}
	how := "declare them without static"
	if advice.RAM != "" {
		how += ", or compile with " + advice.RAM
	}
	return []string{fmt.Sprintf("%d bytes of zero-initialised variables are in text, and so in the file, since code reaches them relative to itself (%s: %s:(%s)); %s to have them in RAM",
		total, p.Why, p.Object, p.Name, how)}
}
