// Package supportlib is the linker's own library: code that programs take for
// granted and nobody else supplies to a module. It runs constructors, keeps
// errno, and is what C++ and compilers call without being asked.
//
// It stands apart because it is not part of the linker: its members are
// ordinary objects in ordinary archives, compiled from src by ./build, that go
// through a link like anybody's. What names mean, and when the library is
// asked, is for link to say; it must never depend on a MicroPython release.
package supportlib

import (
	"embed"
	"io"

	"mpyld/elfload"
	"mpyld/relocs"
)

//go:embed lib
var lib embed.FS

// Name is what the library is called in messages and maps.
const Name = "mpyld"

// Open returns the library for a machine. Each link needs one of its own,
// because an archive gives a member out once.
func Open(m *relocs.Machine) (*elfload.Archive, error) {
	f, err := lib.Open("lib/" + m.Name + ".a")
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	// Of an embedded file, only what is read is ever taken from the program's.
	return elfload.OpenArchive(Name, f.(io.ReaderAt), info.Size(), m)
}
