package elfload

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/relocs"
)

// What assemblers say of code, byte by byte, is in tables that no link looks at but one that
// changes how long code is. Who wants them asks the object again.
//
//	.xt.prop: R_XTENSA_32 .text+0, 9, 0x2     .text, 0 to 9: Code
//	          R_XTENSA_32 .text+9, 0, 0x2808  .text, 9 to 9: FillTo 4

// Property is what some bytes of a section are.
type Property struct {
	From, To uint32
	Kind     relocs.Property
	Align    uint32 // of FillTo: up to a multiple of this
}

// Properties returns what is said of the bytes of sections, by section, in the order of their places. The
// offsets are those of the file. The error is a *diag.Error.
func (o *Object) Properties() (list map[int32][]Property, err error) {
	how := o.mach.Properties
	if how == nil {
		return nil, nil
	}
	defer func() {
		if p := recover(); p != nil {
			list, err = nil, diag.New(o.Name, "malformed ELF file: %v", p)
		}
	}()
	raw, err := o.Raw()
	if err != nil {
		return nil, err
	}
	with := *raw
	with.Sections, with.tables = slices.Clone(raw.Sections), slices.Clone(raw.tables)
	l := &loader{name: o.Name, data: o.file, mach: o.mach, obj: &with}
	if err := l.readSections(); err != nil {
		return nil, err
	}
	if err := l.findSymtab(); err != nil {
		return nil, err
	}
	isTable := func(s *Section) bool {
		return s.Flags&elf.SHF_ALLOC == 0 && strings.HasPrefix(s.Name, how.Prefix) && s.Type == elf.SHT_PROGBITS
	}
	for i := range with.Sections {
		s := &with.Sections[i]
		s.obj = &with
		if isTable(s) {
			if s.Data, err = l.content(i); err != nil {
				return nil, err
			}
		}
	}
	if err := l.attach(isTable); err != nil {
		return nil, err
	}
	list = map[int32][]Property{}
	for i := range with.Sections {
		if s := &with.Sections[i]; isTable(s) {
			s.properties(how, list)
		}
	}
	for _, of := range list {
		slices.SortStableFunc(of, func(a, b Property) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	}
	return list, nil
}

// properties adds what a table says.
func (s *Section) properties(how *relocs.Properties, list map[int32][]Property) {
	const entry = 12
	for r := range s.Relocs {
		sym := &s.obj.Symbols[r.Sym]
		if r.Off%entry != 0 || int(r.Off)+entry > len(s.Data) || r.Howto == nil || r.Howto.Formula != relocs.Abs || sym.Where != InSection {
			continue
		}
		from, size := int64(sym.Value)+r.A, int64(le.Uint32(s.Data[r.Off+4:]))
		if end := int64(s.obj.Sections[sym.Sect].Size); from < 0 || from > end || size > end-from {
			continue
		}
		p := Property{From: uint32(from), To: uint32(from + size)}
		p.Kind, p.Align = how.Kind(le.Uint32(s.Data[r.Off+8:]))
		list[sym.Sect] = append(list[sym.Sect], p)
	}
}
