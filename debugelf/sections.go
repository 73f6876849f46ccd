package debugelf

import (
	"debug/elf"
	"slices"
	"sort"
	"strings"

	"mpyld/debugedit"
	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// unwindTable is the section with which exceptions find the frames of functions. A module
// does not have it, but debuggers take it where there is no .debug_frame.
const unwindTable = ".eh_frame"

// splitSuffix is how names of sections end that no link takes: debuggers read them in the object, whose name the
// rest says (DWARF 5, section 7.3.2).
const splitSuffix = ".dwo"

// mostAlign is what debug information is aligned to at most, in bytes. Nothing in it is larger than an address; what
// an object says may be a gigabyte.
const mostAlign = 16

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
	once := map[member]int32{} // sections of groups that are there once, such as macros of a header
	m.at = make([][]int32, len(m.Sources.Objects))
	for oi, obj := range m.Sources.Objects {
		with, whole, err := m.withDebug(oi, obj)
		if err != nil {
			return err
		}
		m.objects = append(m.objects, with)
		m.at[oi] = make([]int32, len(with.Sections))
		for si := range with.Sections {
			s := &with.Sections[si]
			if s.Name != "" && s.Name == m.Map.Machine.About && len(s.Data) > 0 {
				m.about(s)
				continue
			}
			in := member{name: s.Name, size: uint64(len(s.Data))}
			if s.Group >= 0 {
				in.group = with.Groups[s.Group].Signature
			}
			if !whole || !m.wants(s, m.Sources.Sections[oi][si]) || s.Name == unwindTable && debugedit.Needed(obj) {
				if s.Group >= 0 {
					m.at[oi][si] = once[in]
				}
				continue
			}
			out := byName[s.Name]
			if out == nil {
				out = &output{name: s.Name, typ: elf.SHT_PROGBITS, align: 1}
				byName[s.Name] = out
				m.outputs = append(m.outputs, out)
			}
			align := min(uint64(s.Align), mostAlign)
			out.align = max(out.align, align)
			out.data = padded(out.data, int(align))
			m.pieces = append(m.pieces, piece{oi, s, out, uint64(len(out.data))})
			out.data = append(out.data, s.Data...)
			m.at[oi][si] = int32(len(m.pieces))
			if s.Group >= 0 {
				once[in] = m.at[oi][si]
			}
		}
	}
	return nil
}

// changedBy is the relaxation of which debug information has to be told: of those of a machine, one moves code and
// leaves no relocations for that.
func (m *maker) changedBy() relocs.Relaxation {
	if m.Map.Machine.Properties != nil {
		return relocs.ShortForms
	}
	return relocs.DirectLoads
}

// withDebug returns an object with debug information of its code as it is in the module, and whether that can
// be told.
func (m *maker) withDebug(oi int, obj *elfload.Object) (with *elfload.Object, whole bool, err error) {
	if debugedit.Needed(obj) && obj.HasDebug() {
		with, err := debugedit.Follow(obj, func(section int, from, to uint64) relocs.Registers { return m.elsewhere(oi, section, from, to) })
		if err == nil {
			return with, true, nil
		}
		m.warnings = append(m.warnings, diag.New(obj.Name, "its debug information is left out of the companion: %v", err).
			Note("-O changes its code; link with --no-relax=%v, and it stays as debug information has it", m.changedBy()))
		with, err = obj.WithDebug()
		return with, false, err
	}
	with, err = obj.WithDebug()
	return with, true, err
}

// elsewhere returns the registers that hold something else in a part of the code than debug information is about.
func (m *maker) elsewhere(oi, section int, from, to uint64) (all relocs.Registers) {
	list := m.Sources.Held[linkmap.SourceSection{Object: oi, Section: section}]
	first := sort.Search(len(list), func(i int) bool { return uint64(list[i].To) > from })
	for _, h := range list[first:] {
		if uint64(h.From) >= to {
			break
		}
		all |= h.Registers
	}
	return all
}

// about takes over what the first object says of what its code is compiled for. That of others may differ, in what
// no debugger cares for: the link has looked.
func (m *maker) about(s *elfload.Section) {
	if !slices.ContainsFunc(m.outputs, func(o *output) bool { return o.name == s.Name }) {
		m.outputs = append(m.outputs, &output{name: s.Name, typ: s.Type, align: 1, data: s.Data})
	}
}

// member is a section of a group. Where an earlier object has the group too, what refers to this one means that one's.
type member struct {
	group, name string
	size        uint64 // bytes
}

// wants reports whether the companion has a section of an object, which is at a section
// of the map or nowhere.
func (m *maker) wants(s *elfload.Section, at int32) bool {
	if at != linkmap.Nowhere || len(s.Data) == 0 || strings.HasSuffix(s.Name, splitSuffix) {
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
