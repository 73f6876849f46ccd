package elfload

import (
	"debug/elf"
	"math/bits"
	"strings"

	"mpyld/diag"
)

// shnXIndex says that the section index is in the SHT_SYMTAB_SHNDX table.
const shnXIndex = uint32(elf.SHN_XINDEX)

func (l *loader) symbols() error {
	l.obj.Symbols, l.obj.Locals = make([]Symbol, 1), 1
	if err := l.findSymtab(); err != nil || l.symtab == 0 {
		return err
	}
	table, err := l.content(l.symtab)
	if err != nil {
		return err
	}
	if uint64(len(table))%l.symSize != 0 {
		return l.errorf("symbol table of %d bytes does not hold whole symbols of %d", len(table), l.symSize)
	}
	n := uint64(len(table)) / l.symSize
	l.obj.Symbols = make([]Symbol, max(n, 1))
	l.obj.Locals = len(l.obj.Symbols)
	for i := uint64(1); i < n; i++ {
		if err := l.symbol(i, table[i*l.symSize:]); err != nil {
			return err
		}
		s := &l.obj.Symbols[i]
		if s.Local() {
			if int(i) < l.obj.Locals && s.Mapping() {
				l.obj.Marks++
			}
			continue
		}
		l.obj.Locals = min(l.obj.Locals, int(i))
		if s.Where != Undefined {
			l.obj.Defined++
			if s.Where == Common {
				l.obj.Commons++
			}
		}
	}
	return nil
}

// findSymtab locates the symbol table, its names and its extended indexes.
func (l *loader) findSymtab() error {
	l.symSize = elf.Sym32Size
	if l.mach.Class == elf.ELFCLASS64 {
		l.symSize = elf.Sym64Size
	}
	for i, s := range l.headers.of(elf.SHT_SYMTAB) {
		switch {
		case l.symtab != 0:
			return l.errorf("two symbol tables")
		case int(s.link) >= l.headers.count:
			return l.errorf("the symbol table's string table %d does not exist", s.link)
		}
		l.symtab = i
		names, err := l.content(int(s.link))
		if err != nil {
			return err
		}
		l.strtab = text(names)
	}
	for i, s := range l.headers.of(elf.SHT_SYMTAB_SHNDX) {
		if int(s.link) == l.symtab {
			var err error
			if l.xindex, err = l.content(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// symbol decodes entry i of the symbol table from its bytes b.
func (l *loader) symbol(i uint64, b []byte) error {
	var shndx uint32
	sym := &l.obj.Symbols[i]
	if l.mach.Class == elf.ELFCLASS64 {
		sym.info, shndx = b[4], uint32(le.Uint16(b[6:]))
		sym.Value, sym.Size = le.Uint64(b[8:]), le.Uint64(b[16:])
	} else {
		sym.info, shndx = b[12], uint32(le.Uint16(b[14:]))
		sym.Value, sym.Size = uint64(le.Uint32(b[4:])), uint64(le.Uint32(b[8:]))
	}

	nameOff := le.Uint32(b)
	if uint64(nameOff) > uint64(len(l.strtab)) {
		return l.errorf("the name of symbol %d lies outside the string table", i)
	}
	name, _, ok := strings.Cut(l.strtab[nameOff:], "\x00")
	if !ok && nameOff != 0 {
		return l.errorf("the name of symbol %d has no end", i)
	}
	sym.Name = name

	switch {
	case shndx == uint32(elf.SHN_UNDEF):
		return nil
	case shndx == uint32(elf.SHN_ABS):
		sym.Where = Absolute
		return nil
	case shndx == uint32(elf.SHN_COMMON):
		return l.commonSymbol(i, sym)
	case shndx == shnXIndex:
		if i*4+4 > uint64(len(l.xindex)) {
			return l.errorf("symbol %d (%s) has no extended section index", i, name)
		}
		shndx = le.Uint32(l.xindex[i*4:])
	}
	if uint64(shndx) >= uint64(len(l.obj.Sections)) {
		return l.errorf("symbol %d (%s) is in section %d, which does not exist", i, name, shndx)
	}
	sec := &l.obj.Sections[shndx]
	sym.Where, sym.Sect = InSection, int32(shndx)
	if sec.Flags&elf.SHF_EXECINSTR != 0 {
		if sym.Mapping() && l.obj.OtherISA.Sect == 0 && l.otherISA(name) {
			l.obj.OtherISA.Sect, l.obj.OtherISA.Off = int32(shndx), sym.Value
		}
		if sym.Mapping() || sym.Type() != elf.STT_NOTYPE {
			l.marks++
		}
	}
	switch sym.Type() {
	case elf.STT_SECTION:
		sym.Name = sec.Name
	case elf.STT_FUNC, elf.STT_GNU_IFUNC:
		sym.Mode = uint8(sym.Value) & l.mach.ModeBits
		sym.Value &^= uint64(l.mach.ModeBits)
	}
	// A value may lie outside the section: GCC puts section anchors past the
	// end, to reach what is before them with small negative offsets.
	return nil
}

// otherISA reports whether a mapping symbol is in front of code of an instruction set that the machine
// does not have.
func (l *loader) otherISA(name string) bool {
	name, _, _ = strings.Cut(name, ".")
	return name == l.mach.ABI.OtherISA
}

// commonSymbol checks a tentative definition: alignment in Value, bytes in Size.
func (l *loader) commonSymbol(i uint64, sym *Symbol) error {
	sym.Where = Common
	if bits.OnesCount64(sym.Value) != 1 || sym.Value > maxAlign {
		return l.errorf("alignment %d of common symbol %d (%s) is not a power of two up to %d", sym.Value, i, sym.Name, maxAlign)
	}
	if sym.Size > maxBSS {
		return diag.New(l.name, "common symbol %s: %d bytes are more than any device has", sym.Name, sym.Size)
	}
	return nil
}
