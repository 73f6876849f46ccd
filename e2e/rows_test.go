//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// notOn has the rows that a machine shares with others but has no instruction
// for, by architecture.
var notOn = map[string]string{
	// Instructions of Thumb-2.
	"armv6m": "R_ARM_THM_JUMP24 R_ARM_THM_JUMP19 R_ARM_THM_JUMP6 R_ARM_THM_MOVW_ABS_NC R_ARM_THM_MOVT_ABS R_ARM_THM_MOVW_PREL_NC R_ARM_THM_MOVT_PREL",
	// Loops, booleans and windows are options that the ESP8266 is without.
	"xtensa": "R_XTENSA_SLOT0_OP/RRI8.BF R_XTENSA_SLOT0_OP/BRI8.LOOP R_XTENSA_SLOT0_OP/CALL4",
}

// everyRowRuns reports the rows of an architecture that no code which the tests
// run has a relocation of: neither a fixture nor the given object.
func everyRowRuns(t *testing.T, arch, object string) {
	t.Helper()
	m := machines.For(arch)
	seen := map[string]bool{}
	note := func(name string, data []byte) {
		obj, err := elfload.Load(name, data, m)
		must(t, err)
		for i := range obj.Sections {
			s := &obj.Sections[i]
			for r := range s.Relocs {
				if f := r.Howto.At(s.Data[r.Off:]); f != nil {
					seen[rowName(r.Howto, f)] = true
				}
				seen[r.Howto.Name] = true
			}
		}
	}
	for _, set := range fixtures.Sets() {
		if set.Arch != arch {
			continue
		}
		cases, err := set.Cases()
		must(t, err)
		for _, c := range cases {
			for _, o := range c.Objects {
				note(o.Name, o.Data)
			}
		}
	}
	data, err := os.ReadFile(object)
	must(t, err)
	note(filepath.Base(object), data)
	except := strings.Fields(notOn[arch])
	for i := range m.Howtos() {
		h := &m.Howtos()[i]
		if h.Formula == relocs.Refused {
			continue
		}
		names := []string{h.Name}
		for _, f := range h.Fields {
			names = append(names, rowName(h, f))
		}
		for _, name := range names {
			if seen[name] == slices.Contains(except, name) {
				t.Errorf("%s: a relocation of it is executed: %v", name, seen[name])
			}
		}
	}
}

// rowName names a row, and a field where it has several.
func rowName(h *relocs.Howto, f *relocs.Field) string {
	if h.Fields == nil {
		return h.Name
	}
	return h.Name + "/" + f.Name
}
