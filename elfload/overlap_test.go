package elfload_test

import (
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

// TestOverlap: sections may not share bytes of the file, of which there would
// be any number. One that fills the file to its last byte is a section.
func TestOverlap(t *testing.T) {
	for _, class := range []struct {
		arch             string
		machine          elf.Machine
		class            elf.Class
		table, off, size int // where the place of the headers is, and in a header those of offset and size
		header, width    int
	}{
		{"x64", elf.EM_X86_64, elf.ELFCLASS64, 40, 24, 32, 64, 8},
		{"x86", elf.EM_386, elf.ELFCLASS32, 32, 16, 20, 40, 4},
	} {
		const sections = 20
		o := elfmake.Object{Machine: class.machine, Class: class.class, RELA: class.arch == "x64"}
		for range sections {
			o.Sections = append(o.Sections, elfmake.Section{Name: ".data.x", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: make([]byte, 100)})
		}
		file := o.Bytes()
		if _, err := elfload.Load("a.o", file, machines.For(class.arch)); err != nil {
			t.Fatal(err)
		}
		number := func(at, v int) {
			copy(file[at:at+class.width], binary.LittleEndian.AppendUint64(nil, uint64(v))[:class.width])
		}
		headers := int(binary.LittleEndian.Uint32(file[class.table:]))
		for i := range sections {
			number(headers+(1+i)*class.header+class.off, 0)
			number(headers+(1+i)*class.header+class.size, len(file)/sections)
		}
		// The tables of names and symbols come on top.
		_, err := elfload.Load("a.o", file, machines.For(class.arch))
		if err == nil || !strings.Contains(err.Error(), "lie over one another") {
			t.Errorf("%s: %v", class.arch, err)
		}
	}
}
