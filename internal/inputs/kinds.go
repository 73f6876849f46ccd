package inputs

import (
	"bytes"
	"encoding/binary"
	"strings"

	"mpyld/diag"
)

// ReadObject reads a file that begins like an ELF file.
func (d Dir) ReadObject(name string) ([]byte, error) {
	return d.ReadELF(name, "an ELF object", "compile sources first (CC -c) and pass the .o files; config headers are made with --preprocess")
}

// ReadELF is ReadObject for any ELF file; what is which kind belongs there,
// and instead what to do about text.
func (d Dir) ReadELF(name, what, instead string) ([]byte, error) {
	data, err := d.Read(name)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte("\x7fELF")) {
		return data, nil
	}
	if k := sniff(data); k != nil {
		return nil, diag.New(name, "is %s, not %s", k.what, what).Note("%s", k.instead)
	}
	if IsText(data) {
		return nil, diag.New(name, "is text, not %s", what).
			Note("%s", instead)
	}
	return nil, diag.New(name, "is not %s: it begins with % x", what, data[:min(len(data), 8)]).
		Note("pass the .o files that the compiler writes with -c")
}

// ReadSource reads a file that can be a C source.
func (d Dir) ReadSource(name string) ([]byte, error) {
	data, err := d.ReadText(name)
	if err != nil {
		return nil, err
	}
	k := sniff(data)
	if bytes.HasPrefix(data, []byte("\x7fELF")) {
		k = &fileKind{what: "an ELF file"}
	}
	if k != nil && len(data) > 0 {
		return nil, diag.New(name, "is %s, not a source", k.what).
			Note("--preprocess reads the C sources of a module; to link objects leave it out")
	}
	return data, nil
}

// fileKind is a kind of file that people pass where an object belongs.
type fileKind struct {
	magic   string
	what    string
	instead string
	also    func(data []byte) bool // further condition, for short magics
}

const (
	useELF   = "a native module needs ELF: compile with a toolchain for the target, like arm-none-eabi-gcc or x86_64-linux-gnu-gcc"
	noLTO    = "compile without -flto (rustc: -C linker-plugin-lto)"
	useLibs  = "pass archives with -l"
	useCheck = "to check it: mpyld verify FILE.mpy"
)

// fileKinds are tried in order.
var fileKinds = []fileKind{
	{magic: "", what: "empty", instead: "compile it again", also: func(data []byte) bool { return len(data) == 0 }},
	{magic: "!<arch>\n", what: "an archive", instead: useLibs},
	{magic: "!<thin>\n", what: "a thin archive", instead: useLibs},
	{magic: "BC\xc0\xde", what: "LLVM bitcode", instead: noLTO},
	{magic: "\xde\xc0\x17\x0b", what: "LLVM bitcode", instead: noLTO},
	{magic: "\xfe\xed\xfa\xce", what: "a Mach-O object", instead: useELF},
	{magic: "\xfe\xed\xfa\xcf", what: "a Mach-O object", instead: useELF},
	{magic: "\xce\xfa\xed\xfe", what: "a Mach-O object", instead: useELF},
	{magic: "\xcf\xfa\xed\xfe", what: "a Mach-O object", instead: useELF},
	{magic: "\xca\xfe\xba\xbe", what: "a Mach-O universal binary", instead: useELF},
	{magic: "MZ", what: "a Windows program", instead: useELF},
	{magic: "\x00\x00\xff\xff", what: "a COFF object", instead: useELF},
	{magic: "\x64\x86", what: "a COFF object", instead: useELF, also: isCOFF}, // x86-64
	{magic: "\x4c\x01", what: "a COFF object", instead: useELF, also: isCOFF}, // i386
	{magic: "\xc4\x01", what: "a COFF object", instead: useELF, also: isCOFF}, // Arm Thumb-2
	{magic: "\x64\xaa", what: "a COFF object", instead: useELF, also: isCOFF}, // AArch64
	{magic: "\x00asm", what: "a WebAssembly module", instead: useELF},
	{magic: "M", what: "a .mpy file", instead: useCheck, also: isMpy},
	{magic: "C", what: "a CircuitPython .mpy file", instead: useCheck, also: isMpy},
	{magic: "\x1f\x8b", what: "gzip-compressed", instead: "unpack it first"},
	{magic: "\xfd7zXZ", what: "xz-compressed", instead: "unpack it first"},
	{magic: "PK\x03\x04", what: "a zip file", instead: "unpack it first"},
}

// isCOFF checks the header behind a COFF machine number, which alone is only
// two bytes: an object has some sections and no optional header.
func isCOFF(data []byte) bool {
	return len(data) >= 20 && data[2]|data[3] != 0 && binary.LittleEndian.Uint16(data[16:]) == 0
}

// isMpy: byte 1 of a .mpy file is the version, which was 0 to 6 so far.
func isMpy(data []byte) bool { return len(data) >= 4 && data[1] < 16 && data[3] <= 64 }

// sniff returns the kind of a file, or nil if it is none of the known.
func sniff(data []byte) *fileKind {
	for i := range fileKinds {
		k := &fileKinds[i]
		if bytes.HasPrefix(data, []byte(k.magic)) && (k.also == nil || k.also(data)) {
			return k
		}
	}
	return nil
}

// IsText says whether the beginning of a file reads as text, in any encoding
// that includes ASCII.
func IsText(data []byte) bool {
	return !bytes.ContainsFunc(data[:min(len(data), 512)], func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\n\r\f", r)
	})
}
