package gdbscript

import (
	"bytes"
	"debug/elf"

	"mpyld/debugelf"
	"mpyld/diag"
	"mpyld/relocs"
)

// loads is the function of firmware that gets each native function that was loaded. Its first arguments are the same
// since 1.12: a record, the kind, the code, the size of the code (py/emitglue.h@v1.12 to v1.26.0).
const loads = "mp_emit_glue_assign_native"

// Firmware is the ELF file of a firmware.
type Firmware struct {
	sections []covered // of memory that has no content in the file
	stops    bool      // it has symbols
	machine  elf.Machine
	name     string
}

// covered is memory of a section.
type covered struct {
	name       string
	start, end uint64
}

const takesFirmware = "--firmware takes what the firmware's own link wrote: firmware.elf or micropython.elf, not .bin, .hex or .uf2"

// OpenFirmware reads the ELF file of a firmware. The error is a *diag.Error.
func OpenFirmware(name string, data []byte) (fw *Firmware, err error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, debugelf.NotELF(name, data, err).Note(takesFirmware)
	}
	if f.Section(debugelf.NoteSection) != nil {
		return nil, diag.New(name, "is the companion of a module, not the firmware that it runs in").Note(takesFirmware)
	}
	fw = &Firmware{machine: f.Machine, name: name}
	for _, s := range f.Sections {
		if s.Type == elf.SHT_NOBITS && s.Flags&elf.SHF_ALLOC != 0 && s.Flags&elf.SHF_TLS == 0 && s.Size > 0 && s.Addr+s.Size > s.Addr {
			fw.sections = append(fw.sections, covered{s.Name, s.Addr, s.Addr + s.Size})
		}
	}
	syms, err := f.Symbols()
	if err != nil && err != elf.ErrNoSymbols {
		return nil, diag.New(name, "malformed ELF file: %v", err)
	}
	for i := range syms {
		fw.stops = fw.stops || syms[i].Name == loads && syms[i].Section != elf.SHN_UNDEF
	}
	return fw, nil
}

// Check returns an error if gdb can do nothing for a module of a machine with this firmware; waits: it
// is to stop where modules are loaded. A nil firmware is in order.
func (fw *Firmware) Check(m *relocs.Machine, waits bool) error {
	switch {
	case fw == nil:
		return nil
	case fw.machine != m.ELF:
		return diag.New(fw.name, "is for another machine than the module: %s, not %s", fw.machine, m.ELF).Note("name the firmware that the module runs in")
	case waits && !fw.stops:
		return diag.New(fw.name, "has no symbol %s, at which gdb would find the module", loads).
			Note("take the ELF file that was not stripped (make STRIP= for the unix port), or say where the module is: mpyld gdb --repl prints what to ask the device")
	}
	return nil
}

// memory returns the sections that have no content in the file.
func (fw *Firmware) memory() []covered {
	if fw == nil {
		return nil
	}
	return fw.sections
}

// over returns the section that covers some memory, or nil.
func (fw *Firmware) over(start, size uint64) *covered {
	for i := range fw.sections {
		if s := &fw.sections[i]; start < s.end && s.start < start+size {
			return s
		}
	}
	return nil
}
