package debuginfo_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"mpyld/debuginfo"
	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/relocs/machines"
)

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzLines: no object makes reading its debug information panic, or take memory out of proportion, and what is said
// to be a line has a file and a number. The first byte chooses the architecture.
func FuzzLines(f *testing.F) {
	for _, set := range fixtures.DebugSets() {
		c, err := set.DebugCase()
		if err != nil {
			f.Fatal(err)
		}
		for n, mach := range machines.All() {
			if mach.Name == set.Arch {
				f.Add(append([]byte{byte(n)}, c.Objects[0].Data...))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		mach := machines.All()[int(data[0])%len(machines.All())]
		obj, err := elfload.Load("a.o", data[1:], mach)
		if err != nil {
			return
		}
		used := allocated(func() { ask(t, obj) })
		if most := uint64(32<<20 + 4096*len(data)); used > most {
			t.Errorf("%d bytes for an object of %d", used, len(data))
		}
	})
}

// ask asks for the line of all bytes of an object, or of the first of many.
func ask(t *testing.T, obj *elfload.Object) {
	info := debuginfo.Of(obj)
	if info == nil {
		return
	}
	asked := 0
	for n := range obj.Sections {
		for off := uint64(0); off < obj.Sections[n].Size+4 && asked < 2000; off++ {
			asked++
			at, calls := info.Source(n, off), info.Calls(n, off)
			if at != info.Declared(n, off) && at.File == "" != (at.Line == 0) || len(calls) > 0 && !at.Known() || strings.ContainsRune(at.File, 0) {
				t.Errorf("section %d, byte %d: %+v %+v", n, off, at, calls)
			}
			for _, c := range calls {
				if !c.At.Known() {
					t.Errorf("section %d, byte %d: %+v", n, off, c)
				}
			}
		}
	}
}

// TestHostile: small objects that ask for much work get little.
func TestHostile(t *testing.T) {
	const many = 20000
	var attributes, flags []byte
	for range many {
		attributes = append(attributes, 0x03, 0x0e) // name, strp
		flags = append(flags, 0x3f, 0x19)           // external, flag_present
	}
	abbrev := func(list []byte) []byte {
		return bytes.Join([][]byte{{1, 0x11, 1}, list, {0, 0, 0}}, nil)
	}
	info := func(body []byte) []byte {
		unit := append([]byte{4, 0, 0, 0, 0, 0, 8}, body...)
		return append(binary.LittleEndian.AppendUint32(nil, uint32(len(unit))), unit...)
	}
	for name, sections := range map[string]map[string][]byte{
		"entries of many attributes and no bytes": {".debug_abbrev": abbrev(flags), ".debug_info": info(bytes.Repeat([]byte{1}, 100_000))},
		"a long string, many times":               {".debug_abbrev": abbrev(attributes), ".debug_info": info(append([]byte{1}, make([]byte, 4*many)...)), ".debug_str": bytes.Repeat([]byte("a"), 1<<20)},
		"tables in tables": {
			".debug_abbrev": abbrev(flags), ".debug_info": bytes.Repeat(info([]byte{1}), 50_000),
		},
	} {
		obj := debuginfo.ObjectForTest(sections)
		used := allocated(func() { debuginfo.Of(obj) })
		if used > 100<<20 {
			t.Errorf("%s: %d bytes", name, used)
		}
	}
}
