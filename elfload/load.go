package elfload

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"

	"mpyld/diag"
	"mpyld/relocs"
)

var le = binary.LittleEndian

// maxBSS caps a NOBITS section: its size is a claim that no bytes in the file
// back up, and no MicroPython device has more memory than this.
const maxBSS = 1 << 30

// maxAlign caps alignments; no loader of native modules aligns to more than a
// page.
const maxAlign = 1 << 16

// Load reads the ELF relocatable in data for machine m. The result refers to
// data, which must not change. The error is a *diag.Error.
func Load(name string, data []byte, m *relocs.Machine) (obj *Object, err error) {
	// debug/elf may panic on a malformed file; so might we.
	defer func() {
		if p := recover(); p != nil {
			obj, err = nil, diag.New(name, "malformed ELF file: %v", p)
		}
	}()
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, diag.New(name, "malformed ELF file: %s", formatText(err))
	}
	if err := checkHeader(name, f, m); err != nil {
		return nil, err
	}
	l := &loader{name: name, data: data, f: f, mach: m, obj: &Object{Name: name}}
	for _, step := range []func() error{l.sections, l.symbols, l.groups, l.relocations, l.trimPadding, l.attributes} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return l.obj, nil
}

// checkHeader refuses files that are ELF but not a relocatable for m.
func checkHeader(name string, f *elf.File, m *relocs.Machine) error {
	switch {
	case f.Data != elf.ELFDATA2LSB:
		return diag.New(name, "big-endian ELF file; every MicroPython native architecture is little-endian")
	case f.Machine != m.ELF || f.Class != m.Class:
		return diag.New(name, "is for %s, not for --arch %s, which needs %s",
			machineText(f.Machine, f.Class), m.Arch, machineText(m.ELF, m.Class)).
			Note("compile it with the toolchain for %s, or pass the --arch it was compiled for", m.Arch)
	case f.Type == elf.ET_EXEC || f.Type == elf.ET_DYN:
		return diag.New(name, "is a linked %s, not a relocatable object",
			map[elf.Type]string{elf.ET_EXEC: "executable", elf.ET_DYN: "shared object or PIE"}[f.Type]).
			Note("compile with -c and pass the .o files")
	case f.Type != elf.ET_REL:
		return diag.New(name, "is an ELF file of type %v, not a relocatable object", f.Type)
	}
	return nil
}

func machineText(m elf.Machine, c elf.Class) string {
	return fmt.Sprintf("%v (%d-bit)", m, map[elf.Class]int{elf.ELFCLASS32: 32, elf.ELFCLASS64: 64}[c])
}

// formatText drops the record debug/elf puts in front of its messages.
func formatText(err error) string {
	return strings.TrimPrefix(err.Error(), "bad magic number ")
}

// loader carries one file through the steps of Load.
type loader struct {
	name string
	data []byte
	f    *elf.File
	mach *relocs.Machine
	obj  *Object

	symtab  int    // section index of the symbol table, or 0
	strtab  string // its names
	xindex  []byte // its SHT_SYMTAB_SHNDX table, or nil
	symSize uint64 // bytes of one symbol
}

// errorf returns an error about the file as a whole.
func (l *loader) errorf(format string, args ...any) error {
	return diag.New(l.name, "malformed ELF file: "+format, args...)
}

// content returns the bytes of a section, checked against the file's size.
func (l *loader) content(i int) ([]byte, error) {
	s := l.f.Sections[i]
	n := uint64(len(l.data))
	if s.Offset > n || s.FileSize > n-s.Offset {
		return nil, l.errorf("section %d (%s) extends past the end of the file", i, s.Name)
	}
	return l.data[s.Offset : s.Offset+s.FileSize : s.Offset+s.FileSize], nil
}

func (l *loader) sections() error {
	l.obj.Sections = make([]Section, len(l.f.Sections))
	for i, s := range l.f.Sections {
		sec := &l.obj.Sections[i]
		*sec = Section{Name: s.Name, Type: s.Type, Flags: s.Flags, Align: max(s.Addralign, 1),
			Size: s.Size, Group: -1, obj: l.obj, mach: l.mach}
		if strings.HasPrefix(s.Name, ".gnu.lto_") {
			return diag.New(l.name, "holds GCC's intermediate code for link-time optimisation, no machine code").
				Note("compile with -fno-lto, or with -ffat-lto-objects")
		}
		if s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		switch {
		case bits.OnesCount64(sec.Align) != 1 || sec.Align > maxAlign:
			return l.errorf("alignment %d of section %d (%s) is not a power of two up to %d", sec.Align, i, s.Name, maxAlign)
		case s.Flags&elf.SHF_COMPRESSED != 0:
			return l.errorf("allocated section %d (%s) is compressed", i, s.Name)
		case s.Type == elf.SHT_NOBITS:
			if sec.Size > maxBSS {
				return diag.New(l.name+":("+s.Name+")", "%d bytes of zero-initialised data are more than any device has", sec.Size)
			}
			continue
		}
		data, err := l.content(i)
		if err != nil {
			return err
		}
		sec.Data, sec.Size = data, uint64(len(data))
	}
	return nil
}

// groups reads the section groups (gABI chapter 4, "Section Groups").
func (l *loader) groups() error {
	for i, s := range l.f.Sections {
		if s.Type != elf.SHT_GROUP {
			continue
		}
		data, err := l.content(i)
		if err != nil {
			return err
		}
		if len(data) < 4 || len(data)%4 != 0 {
			return l.errorf("section group %d (%s) has %d bytes", i, s.Name, len(data))
		}
		if int(s.Info) >= len(l.obj.Symbols) || int(s.Link) != l.symtab {
			return l.errorf("section group %d (%s) has no signature symbol", i, s.Name)
		}
		const grpCOMDAT = 1
		g := Group{Signature: l.obj.Symbols[s.Info].Name, COMDAT: le.Uint32(data)&grpCOMDAT != 0}
		for p := 4; p < len(data); p += 4 {
			m := int(le.Uint32(data[p:]))
			if m == 0 || m >= len(l.obj.Sections) || l.obj.Sections[m].Group >= 0 {
				return l.errorf("section group %d (%s) lists section %d, which does not exist or is in another group", i, s.Name, m)
			}
			l.obj.Sections[m].Group = len(l.obj.Groups)
			g.Members = append(g.Members, m)
		}
		l.obj.Groups = append(l.obj.Groups, g)
	}
	return nil
}
