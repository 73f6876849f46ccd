package link_test

import (
	"bytes"
	"debug/elf"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// TestCorruption corrupts every byte of the headers, symbol tables and
// relocation tables of an object, one at a time: the link must fail with an
// error or give a module that verifies.
func TestCorruption(t *testing.T) {
	seen := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if seen[set.Arch] {
			continue
		}
		seen[set.Arch] = true
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			corrupt(t, set, "tables", tables, 0x01, 0x80, 0xff)
		})
	}
}

// TestCorruptCode corrupts every byte of code that has addresses in its
// instructions, one at a time: what follows registers must come to an end, and
// the linker, which goes forward, must not accept what simload, which goes back,
// does not.
func TestCorruptCode(t *testing.T) {
	for _, name := range []string{"rv32imc-gcc12.2-Os-fno-pic", "rv64imc-gcc12.2-O2-fno-pic", "armv7m-clang14-O2-fno-pic-movt"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, err := fixtures.SetNamed(name)
			if err != nil {
				t.Fatal(err)
			}
			corrupt(t, set, "variables", text, 0x01, 0x08, 0x40, 0xff)
		})
	}
}

// corrupt links a case once for each bit pattern in each byte of its first
// object that ranges chooses. Everything else is read once.
func corrupt(t *testing.T, set fixtures.Set, name string, ranges func(*testing.T, []byte) [][2]int, flips ...byte) {
	c, err := set.Case(name)
	if err != nil {
		t.Fatal(err)
	}
	in, err := caseInput(set, c, mpyfile.Newest)
	if err != nil {
		t.Fatal(err)
	}
	original, m := c.Objects[0], machines.For(set.Arch)
	try := func(data []byte) (verified bool, mistake error) {
		obj, err := elfload.Load(original.Name, data, m)
		if err != nil {
			return false, nil
		}
		in := in
		in.Objects = append([]*elfload.Object{obj}, in.Objects[1:]...)
		res, err := link.Checked(in)
		if err != nil {
			return false, nil
		}
		out, err := mpywriter.Write(res.File)
		if err != nil {
			return false, nil
		}
		return true, simload.Verify(out, res.Map)
	}
	verified, failed := 0, 0
	for _, r := range ranges(t, original.Data) {
		for off := r[0]; off < r[1]; off++ {
			for _, flip := range flips {
				data := bytes.Clone(original.Data)
				data[off] ^= flip
				ok, mistake := try(data)
				if mistake != nil {
					t.Errorf("byte 0x%x ^ 0x%02x: links, but: %v", off, flip, mistake)
				}
				if ok {
					verified++
				} else {
					failed++
				}
			}
		}
	}
	t.Logf("%d corruptions: %d errors, %d verified links", verified+failed, failed, verified)
	if verified == 0 || failed == 0 {
		t.Error("the corruptions do not reach what they should")
	}
}

// text returns the byte range of an object's code.
func text(t *testing.T, data []byte) [][2]int {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	s := f.Section(".text")
	return [][2]int{{int(s.Offset), int(s.Offset + s.FileSize)}}
}

// tables returns the byte ranges of an object that hold structure.
func tables(t *testing.T, data []byte) [][2]int {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	header, section := 52, 40
	shoff := int(leUint(data[32:36]))
	if f.Class == elf.ELFCLASS64 {
		header, section = 64, 64
		shoff = int(leUint(data[40:48]))
	}
	ranges := [][2]int{{0, header}, {shoff, shoff + section*len(f.Sections)}}
	for _, s := range f.Sections {
		switch s.Type {
		case elf.SHT_SYMTAB, elf.SHT_REL, elf.SHT_RELA:
			ranges = append(ranges, [2]int{int(s.Offset), int(s.Offset + s.FileSize)})
		}
	}
	return ranges
}

func leUint(b []byte) (v uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}
