//go:build e2e

package machines

import (
	"regexp"
	"strings"
	"testing"
)

// moves are those of three bytes, for which objdump has the instruction that they are.
var moves = regexp.MustCompile(`^or\s+(a\d+), (a\d+), (a\d+)$`)

// TestDecodeNarrow: what each form of two bytes stands for is the same instruction, says objdump.
func TestDecodeNarrow(t *testing.T) {
	m := For("xtensawin")
	var short, long []uint32
	for _, w := range xtensaShort() {
		if wide := m.Widen([]byte{byte(w), byte(w >> 8)}); wide != nil {
			short, long = append(short, w), append(long, uint32(wide[0])|uint32(wide[1])<<8|uint32(wide[2])<<16)
		}
	}
	is, was := askObjdump(t, 2, short), askObjdump(t, 3, long)
	blanks := regexp.MustCompile(`\s+`)
	same := map[string]int{}
	for i := range is {
		_, a, _ := strings.Cut(blanks.ReplaceAllString(strings.Replace(is[i], ".n", "", 1), " "), " ") // behind its address
		_, b, _ := strings.Cut(blanks.ReplaceAllString(was[i], " "), " ")
		if m := moves.FindStringSubmatch(b); m != nil && m[2] == m[3] {
			b = "mov " + m[1] + ", " + m[2]
		}
		if a != b {
			t.Fatalf("%04x is %s, but %06x is %s", short[i], is[i], long[i], was[i])
		}
		same[strings.Fields(a)[0]]++
	}
	for _, name := range strings.Fields("mov add addi movi l32i s32i ret retw") {
		if same[name] == 0 {
			t.Errorf("no %s is among %v", name, same)
		}
	}
}
