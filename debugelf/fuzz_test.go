package debugelf

import (
	"bytes"
	"debug/elf"
	"runtime"
	"testing"

	"mpyld/debugedit"
	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// laid is a module of all that an object has to load, one section behind the other, but for each third.
func laid(obj *elfload.Object, mach *relocs.Machine) *Input {
	in := &Input{
		Map:     &linkmap.Map{Machine: mach, ABI: &mpyfile.ABI{}},
		File:    &mpyfile.File{},
		Sources: &linkmap.Sources{Objects: []*elfload.Object{obj}},
		Module:  []byte("M"), Name: "m.mpy",
	}
	const most = 1 << 16 // of text, in bytes
	sections := make([]int32, len(obj.Sections))
	for i := range obj.Sections {
		s := &obj.Sections[i]
		sections[i] = linkmap.Nowhere
		if s.Flags&elf.SHF_ALLOC == 0 || s.Size == 0 || i%3 == 2 || uint64(len(in.File.Text))+s.Size > most {
			continue
		}
		sections[i] = int32(len(in.Map.Sections))
		in.Map.Sections = append(in.Map.Sections, linkmap.Section{
			Origin: &linkmap.Origin{Class: linkmap.Code, Object: obj.Name, Name: s.Name, Size: s.Size}, Size: s.Size, Addr: uint64(len(in.File.Text)),
		})
		in.File.Text = append(in.File.Text, make([]byte, s.Size)...)
	}
	places := make([]linkmap.Place, len(obj.Symbols))
	for i := range obj.Symbols {
		places[i].Section = linkmap.Nowhere
		if s := &obj.Symbols[i]; s.Where == elfload.InSection {
			places[i] = linkmap.Place{Section: sections[s.Sect], Off: s.Value, Mode: s.Mode}
		}
	}
	in.Sources.Sections, in.Sources.Symbols = [][]int32{sections}, [][]linkmap.Place{places}
	return in
}

// shortened is an object whose code is other than debug information has it: of machines whose assemblers leave no distances
// to the linker, each eleventh pair of bytes goes, and each seventh is two.
func shortened(obj *elfload.Object) *elfload.Object {
	cuts := elfload.Cuts{}
	for i := range obj.Sections {
		s := &obj.Sections[i]
		if s.Flags&elf.SHF_EXECINSTR == 0 || s.Edits != nil || len(s.Data) > 1<<16 {
			continue
		}
		for off := 0; off+2 <= len(s.Data); off += 2 {
			switch e := (edit.Edit{Off: uint32(off), Del: 2}); {
			case off/2%11 == 3:
				cuts[i] = append(cuts[i], e)
			case off/2%7 == 4:
				e.Ins = bytes.Repeat(s.Data[off:off+2], 2)
				cuts[i] = append(cuts[i], e)
			}
		}
	}
	short, err := obj.Shrink(cuts)
	if err != nil || !debugedit.Needed(short) {
		return obj
	}
	return short
}

// FuzzMake: whatever debug information is, there is a companion or an error, for memory in proportion; and what is read
// out of the companion has a file where it has a line. The first byte chooses the architecture.
func FuzzMake(f *testing.F) {
	o := x64()
	packed(&o.Sections[5], false)
	number := map[string]byte{}
	for i, m := range machines.All() {
		number[m.Name] = byte(i)
	}
	f.Add(append([]byte{number["x64"]}, x64().Bytes()...))
	f.Add(append([]byte{number["x64"]}, o.Bytes()...))
	for _, set := range fixtures.DebugSets() {
		c, err := set.DebugCase()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append([]byte{number[set.Arch]}, c.Objects[0].Data...))
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
		obj = shortened(obj)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		image, _, err := Make(laid(obj, mach))
		if (image == nil) != (err != nil) {
			t.Fatalf("%d bytes with error %v", len(image), err)
		}
		if c, err := Open("m.elf", image); err == nil {
			for addr := uint64(0); addr < min(c.TextSize, 1000); addr++ {
				for _, frame := range c.Frames(addr) {
					if (frame.File == "") != (frame.Line == 0) {
						t.Errorf("at %#x: %+v", addr, frame)
					}
				}
			}
			c.Symbol(RAMBase)
		}
		runtime.ReadMemStats(&after)
		// Compressed sections unpack to a thousand times as much.
		if used, most := after.TotalAlloc-before.TotalAlloc, uint64(64<<20+8192*len(data)); used > most {
			t.Errorf("%d bytes for an object of %d", used, len(data))
		}
	})
}
