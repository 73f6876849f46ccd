package elfload

import (
	"bytes"
	"slices"
	"strings"

	"mpyld/diag"
)

// With -flto, GCC writes its intermediate code into sections .gnu.lto_*. Objects
// are "slim", without machine code, or "fat", with both (-ffat-lto-objects): then
// the machine code is all there is to link, as for every linker without GCC's
// plugin. LLVM's fat objects have a section .llvm.lto, which is passed over for its
// type; slim ones are no ELF at all.

const (
	ltoSections = ".gnu.lto_"
	ltoHeader   = ".gnu.lto_.lto."

	// slimSymbol is a common symbol that GCC puts into slim objects
	// (gcc/toplev.cc, compile_file).
	slimSymbol = "__gnu_lto_slim"

	// slimFlag is where the header says so too, from GCC 10 on (gcc/lto-streamer.h,
	// struct lto_section).
	slimFlag = 4
)

// intermediate refuses objects without machine code.
func (l *loader) intermediate() error {
	found := false
	for i := range l.obj.Sections {
		found = found || strings.HasPrefix(l.obj.Sections[i].Name, ltoSections)
	}
	if !found {
		return nil
	}
	slim := slices.ContainsFunc(l.obj.Symbols, func(s Symbol) bool { return s.Name == slimSymbol })
	for i := range l.obj.Sections {
		if strings.HasPrefix(l.obj.Sections[i].Name, ltoHeader) && !slim {
			data, err := l.content(i)
			if err != nil {
				return err
			}
			slim = len(data) > slimFlag && data[slimFlag] != 0
		}
	}
	if !slim {
		return nil
	}
	return diag.New(l.name, "holds GCC's intermediate code for link-time optimisation, no machine code").
		Note("compile with -fno-lto, or with -ffat-lto-objects")
}

// isBitcode reports whether a file is LLVM's intermediate code, bare or in its
// wrapper (LLVM, "LLVM Bitcode File Format", Magic Numbers).
func isBitcode(data []byte) bool {
	return bytes.HasPrefix(data, []byte("BC\xc0\xde")) || bytes.HasPrefix(data, []byte("\xde\xc0\x17\x0b"))
}
