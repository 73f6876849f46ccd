package mpyfile

import (
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// Header is the first bytes of a .mpy file: all that a loader decides by.
type Header struct {
	Magic        byte
	Version      byte
	Feature      byte // byte 2 as it stands: architecture, and sub-version or, in version 5, flags
	SmallIntBits byte
	ArchFlags    uint64 // what follows, if Feature has ArchFlagsBit
}

// Header returns what the file starts with.
func (f *File) Header() Header {
	h := Header{Magic: f.ABI.Magic, Version: f.ABI.Version, Feature: f.ABI.Sub | f.Arch.Code<<ArchShift, SmallIntBits: f.ABI.SmallIntBits}
	if f.ArchFlags != 0 {
		h.Feature |= ArchFlagsBit
		h.ArchFlags = f.ArchFlags
	}
	return h
}

// ArchCode is the architecture field; 0 is none.
func (h Header) ArchCode() byte {
	if h.Version == 5 {
		return h.Feature >> ArchShift
	}
	return h.Feature >> ArchShift & ArchMask
}

// Arch is the machine that the architecture field names, one that only compilers
// know too, or nil.
func (h Header) Arch() *relocs.Machine { return machines.InFormat(h.ArchCode()) }

// ArchName names it: "none", "unknown".
func (h Header) ArchName() string { return machines.Name(h.ArchCode()) }

// Sub is the sub-version, in version 5 the flags.
func (h Header) Sub() byte { return h.Feature & 3 }

// Number is what sys.implementation._mpy is on firmware that has what the file
// needs and no more (py/modsys.c); without machine code it is only the version.
func (h Header) Number() uint32 {
	return uint32(h.Version) | uint32(h.Feature&^ArchFlagsBit)<<8 | uint32(h.ArchFlags)<<16
}

// ABI is the row of native code with such a header; nil if it names no
// architecture, or no such code is known.
func (h Header) ABI() *ABI {
	if h.ArchCode() == 0 {
		return nil
	}
	return abiOf(h.Magic, h.Version, h.Sub())
}

// flagged reports whether the field of architecture flags is there.
func (h Header) flagged() bool { return h.Version == 6 && h.Feature&ArchFlagsBit != 0 }
