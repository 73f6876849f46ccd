package debugelf

import (
	"debug/elf"
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
)

// unwindTable is the section with which exceptions find the frames of functions. A module
// does not have it, but debuggers take it where there is no .debug_frame.
const unwindTable = ".eh_frame"

// output is a section of the companion that is made of some of the objects'.
type output struct {
	name  string
	typ   elf.SectionType
	flags elf.SectionFlag
	align uint64
	addr  uint64
	data  []byte
}

// piece is a section of an object in an output.
type piece struct {
	object int
	*elfload.Section
	to  *output
	off uint64 // in it
}

// gather reads the debug information of all objects and puts that of one name together.
func (m *maker) gather() error {
	byName := map[string]*output{}
	m.at = make([][]int32, len(m.Sources.Objects))
	for oi, obj := range m.Sources.Objects {
		with, err := obj.WithDebug()
		if err != nil {
			return err
		}
		m.at[oi] = make([]int32, len(with.Sections))
		for si := range with.Sections {
			s := &with.Sections[si]
			if !m.wants(s, m.Sources.Sections[oi][si]) {
				continue
			}
			out := byName[s.Name]
			if out == nil {
				out = &output{name: s.Name, typ: elf.SHT_PROGBITS, align: 1}
				byName[s.Name] = out
				m.outputs = append(m.outputs, out)
			}
			out.align = max(out.align, uint64(s.Align))
			out.data = padded(out.data, int(s.Align))
			m.pieces = append(m.pieces, piece{oi, s, out, uint64(len(out.data))})
			out.data = append(out.data, s.Data...)
			m.at[oi][si] = int32(len(m.pieces))
		}
	}
	return nil
}

// wants reports whether the companion has a section of an object, which is at a section
// of the map or nowhere.
func (m *maker) wants(s *elfload.Section, at int32) bool {
	if at != linkmap.Nowhere || len(s.Data) == 0 {
		return false
	}
	return s.Name == unwindTable || s.Flags&elf.SHF_ALLOC == 0 && elfload.IsDebug(s.Name)
}

// locate gives an address to what refers to its own place.
func (m *maker) locate() {
	i := slices.IndexFunc(m.outputs, func(o *output) bool { return o.name == unwindTable })
	if i >= 0 {
		m.outputs[i].addr, m.outputs[i].flags = unwindBase, elf.SHF_ALLOC
	}
}

// where returns the coordinates of a byte of a piece, for messages.
func (p *piece) where(obj *elfload.Object, off uint32) diag.Place {
	return linkmap.At(obj.Name, p.Name, uint64(off))
}

// bad is an error about debug information.
func bad(where any, format string, args ...any) error {
	return diag.New(where, format, args...).Note("compile without -g, or link without --debug-elf: the module does not depend on it")
}
