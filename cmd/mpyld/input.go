package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"mpyld/diag"
)

// maxInput caps the files that are read, in bytes. The biggest objects of
// native modules have some 100 KiB; with debug information, a few MiB.
const maxInput = 1 << 30

// maxText caps those that are text: scripts, sources, config headers, maps,
// arguments. What is made of them is larger than they are.
const maxText = 16 << 20

// maxPipe caps what is read from a pipe, which need not have an end: less,
// for nothing says beforehand how much there will be.
const maxPipe = 16 << 20

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// openFile opens a file to be read, and is the only place that does: an output
// must not replace anything that went through here.
func openFile(name string) (*os.File, fs.FileInfo, error) {
	// Before it is opened, which some devices take for an order.
	info, err := os.Stat(name)
	if err == nil {
		err = openable(name, info)
	}
	if err != nil {
		return nil, nil, cannotRead(name, err)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, cannotRead(name, err)
	}
	if info, err = f.Stat(); err == nil {
		err = openable(name, info)
	}
	if err != nil {
		f.Close()
		return nil, nil, cannotRead(name, err)
	}
	opened.add(name, info)
	return f, info, nil
}

// openable refuses what is neither a file nor a pipe: a device may never end.
// The one that ends at once is an empty file.
func openable(name string, info fs.FileInfo) error {
	mode := info.Mode()
	switch {
	case mode.IsDir():
		return diag.New(name, "is a directory").Note("give the files in it one by one")
	case mode.IsRegular() || mode&fs.ModeNamedPipe != 0:
		return nil
	case mode&fs.ModeSocket != 0:
		return diag.New(name, "is a socket, not a file")
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(info, null) {
		return nil
	}
	return diag.New(name, "is a device, not a file")
}

func cannotRead(name string, err error) *diag.Error {
	if e, ok := err.(*diag.Error); ok {
		return e
	}
	return diag.New(name, "cannot read: %s", reason(err))
}

// readFile reads a whole file, if it is one and not too big.
func readFile(name string) ([]byte, error) {
	f, info, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(name, f, info, maxInput)
}

// readText is readFile for what is meant to be text.
func readText(name string) ([]byte, error) {
	f, info, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(name, f, info, maxText)
}

// readAll reads an open file to its end, which has to come before a limit.
func readAll(name string, f *os.File, info fs.FileInfo, limit int64) ([]byte, error) {
	if !info.Mode().IsRegular() {
		limit = min(limit, maxPipe)
	}
	if info.Size() > limit {
		return nil, tooBig(name, limit)
	}
	// Pipes have no size; files may grow. One byte more than expected is room
	// to see the end. (A bytes.Buffer would write zeros to all of it first.)
	data := make([]byte, 0, max(info.Size()+1, 512))
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, tooBig(name, limit)
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, cannotRead(name, err)
		case len(data) == cap(data):
			data = slices.Grow(data, len(data))
		}
	}
}

func tooBig(name string, limit int64) error {
	return diag.New(name, "is bigger than %d MiB, which no input of a native module is", limit>>20)
}

// reason is what went wrong, without the operation and the path around it.
func reason(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return err.Error()
}

// readObject reads a file that begins like an ELF file.
func readObject(name string) ([]byte, error) {
	return readELF(name, "an ELF object", "compile sources first (CC -c) and pass the .o files; config headers are made with --preprocess")
}

// readELF is readObject for any ELF file; what is which kind belongs there,
// and instead what to do about text.
func readELF(name, what, instead string) ([]byte, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(data, []byte("\x7fELF")) {
		return data, nil
	}
	if k := sniff(data); k != nil {
		return nil, diag.New(name, "is %s, not %s", k.what, what).Note("%s", k.instead)
	}
	if isText(data) {
		return nil, diag.New(name, "is text, not %s", what).
			Note("%s", instead)
	}
	return nil, diag.New(name, "is not %s: it begins with % x", what, data[:min(len(data), 8)]).
		Note("pass the .o files that the compiler writes with -c")
}

// readSource reads a file that can be a C source.
func readSource(name string) ([]byte, error) {
	data, err := readText(name)
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
	noLTO    = "compile without -flto"
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

// isText says whether the beginning of a file reads as text, in any encoding
// that includes ASCII.
func isText(data []byte) bool {
	return !bytes.ContainsFunc(data[:min(len(data), 512)], func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\n\r\f", r)
	})
}
