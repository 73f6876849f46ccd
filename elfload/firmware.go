package elfload

import (
	"debug/elf"
	"encoding/hex"
	"errors"

	"mpyld/diag"
	"mpyld/relocs"
)

// Firmware is the symbols of a linked program.
type Firmware struct {
	Name    string
	BuildID string // of its NT_GNU_BUILD_ID note, in hexadecimal; "" if there is none
	Symbols []Fixed
	Facts   relocs.Facts // what it was compiled for
}

// Fixed is a symbol with its address for good. Of functions it contains the
// instruction-set bits, as pointers do.
type Fixed struct {
	Name     string
	Value    uint64
	Function bool
}

const takesFirmware = "--just-symbols takes the firmware that runs on the device, before it is stripped: firmware.elf"

// LoadFirmware reads the global symbols that a linked program for machine m
// defines. One that can be loaded anywhere counts as loaded where it is linked.
// The error is a *diag.Error.
func LoadFirmware(name string, data []byte, m *relocs.Machine) (fw *Firmware, err error) {
	defer func() {
		if p := recover(); p != nil {
			fw, err = nil, diag.New(name, "malformed ELF file: %v", p)
		}
	}()
	h, err := readHeader(name, data)
	if err != nil {
		return nil, err
	}
	switch {
	case h.data != elf.ELFDATA2LSB || h.machine != m.ELF || h.class != m.Class:
		if err := checkHeader(name, h, m); err != nil {
			return nil, withoutNotes(err).Note(takesFirmware)
		}
	case h.typ == elf.ET_REL:
		return nil, diag.New(name, "is an object, whose symbols have no addresses yet").Note("to link it leave out --just-symbols")
	case h.typ != elf.ET_EXEC && h.typ != elf.ET_DYN:
		return nil, diag.New(name, "is an ELF file of type %v, not a linked program", h.typ)
	}
	l := &loader{name: name, data: data, mach: m, obj: &Object{Name: name, mach: m}}
	if err := l.readSections(); err != nil {
		return nil, err
	}
	if _, ok := l.noteOf(CompanionOwner, CompanionNote); ok {
		return nil, diag.New(name, "is the companion of a module: its addresses are not those of the firmware").Note(takesFirmware)
	}
	// Symbols need their sections only to know that they are defined.
	l.obj.Sections = make([]Section, l.headers.count)
	if err := l.symbols(); err != nil {
		return nil, err
	}
	l.obj.Facts.Flags = h.flags
	if err := errors.Join(l.attributes(), l.note()); err != nil {
		return nil, err
	}
	l.obj.Facts.HasEntryInsn = l.opens()
	fw = &Firmware{Name: name, BuildID: l.buildID(), Facts: l.obj.Facts}
	for i := range l.obj.Symbols {
		s := &l.obj.Symbols[i]
		function := s.Type() == elf.STT_FUNC
		if s.Local() || s.Where != InSection && s.Where != Absolute || !function && s.Type() != elf.STT_OBJECT && s.Type() != elf.STT_NOTYPE {
			continue // sections, files, thread-local offsets, and functions that are chosen at load time
		}
		fw.Symbols = append(fw.Symbols, Fixed{s.Name, s.Value | uint64(s.Mode), function})
	}
	if len(fw.Symbols) == 0 {
		return nil, diag.New(name, "is stripped: it has no symbols").
			Note("take the file that the linker wrote, before strip; for MicroPython firmware.elf in the build directory")
	}
	return fw, nil
}

func withoutNotes(err error) *diag.Error {
	e := *err.(*diag.Error)
	e.Notes = nil
	return &e
}

// The note of a companion for debuggers (--debug-elf), whose addresses are those within a
// module.
const (
	CompanionOwner = "mpyld"
	CompanionNote  = 1
)

// buildID returns the build ID that the linker wrote (ld --build-id), if it is
// intact.
func (l *loader) buildID() string {
	const ntGNUBuildID = 3
	id, _ := l.noteOf("GNU", ntGNUBuildID)
	return hex.EncodeToString(id)
}

// noteOf returns what the first note of an owner and a type says.
func (l *loader) noteOf(wanted string, typ uint32) (text []byte, ok bool) {
	for i := range l.headers.of(elf.SHT_NOTE) {
		data, err := l.content(i)
		if err != nil {
			continue
		}
		for len(data) >= 12 {
			owner, text, ok := splitNote(data)
			if !ok {
				break
			}
			if owner == wanted && le.Uint32(data[8:]) == typ {
				return text, true
			}
			end := 12 + (uint64(le.Uint32(data))+3)&^3 + (uint64(len(text))+3)&^3
			data = data[min(end, uint64(len(data))):]
		}
	}
	return nil, false
}

// opens reports whether a function starts with the machine's ABI.EntryInsn. Linked
// programs have lost the note that says so in objects.
func (l *loader) opens() bool {
	opening := l.mach.ABI.EntryInsn
	if opening == nil {
		return false
	}
	for i := range l.obj.Symbols {
		s := &l.obj.Symbols[i]
		if s.Type() != elf.STT_FUNC || s.Where != InSection || l.headers.at(int(s.Sect)).typ != elf.SHT_PROGBITS {
			continue
		}
		data, err := l.content(int(s.Sect))
		if off := s.Value - l.address(int(s.Sect)); err == nil && off < uint64(len(data)) && opening.Matches(data[off:]) {
			return true
		}
	}
	return false
}

// address returns where a section of a linked program is loaded (sh_addr).
func (l *loader) address(section int) uint64 {
	if l.mach.Class == elf.ELFCLASS64 {
		return le.Uint64(l.data[le.Uint64(l.data[40:])+uint64(section)*64+16:])
	}
	return uint64(le.Uint32(l.data[uint64(le.Uint32(l.data[32:]))+uint64(section)*40+12:]))
}
