package toolchain

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Use is what the flags of a compilation depend on.
type Use struct {
	Upstream bool   // those of py/dynruntime.mk
	Headers  bool   // for MicroPython's own headers
	Float    string // MICROPY_FLOAT_IMPL for them; "": the architecture's
	Debug    bool
}

// Languages of sources, as Flags takes them.
const (
	C   = "c"
	CXX = "c++"
	Asm = "assembler"
)

// Flags are those of a compilation, before the author's own.
func (c *Compiler) Flags(u Use, language string) []string {
	var flags []string
	if u.Upstream {
		flags = slices.Concat(upstreamCommon, c.row.upstream)
	} else {
		flags = slices.Concat([]string{"-Os"}, common, c.row.machine, c.row.small.of(c.Kind))
		if c.Kind == gcc && c.major() < firstOz {
			flags = slices.DeleteFunc(flags, func(f string) bool { return f == "-Oz" })
		}
		if language == C {
			flags = append(flags, "-std=gnu11")
		}
	}
	if language == CXX {
		flags = slices.DeleteFunc(flags, func(f string) bool { return strings.HasPrefix(f, "-std=") })
		flags = append(flags, cxx...)
	}
	flags = slices.Concat(flags, c.more, c.specs())
	if u.Headers {
		float := u.Float
		if float == "" {
			float = c.row.float
		}
		flags = append(flags, headers...)
		flags = append(flags, "-DMICROPY_FLOAT_IMPL=MICROPY_FLOAT_IMPL_"+strings.ToUpper(float))
	}
	if u.Debug {
		flags = append(flags, "-g")
	}
	return flags
}

// firstOz is the first GCC that knows -Oz.
const firstOz = 12

// major is the first number of a version: 12 of "12.2.1 20221205".
func (c *Compiler) major() int {
	n, _ := strconv.Atoi(c.Version[:digits(c.Version)])
	return n
}

// Libraries are the compiler's own, in the order to link them: those of libm, libc
// and libgcc that there are. Where a C library comes with specs, only the command line
// of the linker says where it is; GCC 10 to 14 answer -print-file-name without looking there.
func (c *Compiler) Libraries(ctx context.Context, o Options) []string {
	flags := slices.Concat(c.row.machine, c.specs())
	text := o.ask(ctx, c, "libraries", c.argv(slices.Concat(flags, []string{"-###", "-x", "c", "-", "-o", "x"})), "", nil)
	dirs := libraryDirs(text)
	var libs []string
	find := func(name, option string) {
		if !c.Picolibc {
			if path := strings.TrimSpace(o.ask(ctx, c, name, c.argv(append(slices.Clone(flags), option)), "", nil)); path != name && o.isFile(path) {
				libs = append(libs, path)
				return
			}
		}
		libs = append(libs, o.first(dirs, name)...)
	}
	if c.row.hosted {
		libs = o.first(c.row.musl, "libc.a") // which has libm in it
	} else {
		find("libm.a", "-print-file-name=libm.a")
		find("libc.a", "-print-file-name=libc.a")
	}
	find("libgcc.a", "-print-libgcc-file-name")
	return libs
}

// Lacks names what is missing among libraries that Libraries returned: those of libm,
// libc and libgcc which a compiler of its kind usually comes with.
func (c *Compiler) Lacks(libs []string) (names []string) {
	usual := []string{"libm", "libc", "libgcc"}
	if c.row.hosted {
		usual = usual[2:]
	}
	for _, name := range usual {
		if !slices.ContainsFunc(libs, func(lib string) bool { return filepath.Base(lib) == name+".a" }) {
			names = append(names, name)
		}
	}
	return names
}

func (o Options) isFile(path string) bool {
	info, err := o.Host.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// first is the file of a name in the first of the directories that has it.
func (o Options) first(dirs []string, name string) []string {
	for _, dir := range dirs {
		if path := filepath.Join(dir, name); o.isFile(path) {
			return []string{path}
		}
	}
	return nil
}

// libraryDirs are the -L of the linker's command line, which a compiler prints for
// -###: where it looks for libraries, in order. Command lines begin with a space;
// what else it prints is not quoted so.
func libraryDirs(text string) []string {
	var dirs []string
	for line := range strings.Lines(text) {
		if line[0] != ' ' {
			continue
		}
		for _, word := range splitQuoted(line) {
			if dir, ok := strings.CutPrefix(word, "-L"); ok && dir != "" && !slices.Contains(dirs, filepath.Clean(dir)) {
				dirs = append(dirs, filepath.Clean(dir))
			}
		}
	}
	return dirs
}

// splitQuoted splits text into words as GCC and clang quote them: in double quotes with
// backslashes, or with backslashes alone.
func splitQuoted(text string) []string {
	var words []string
	var word strings.Builder
	open, quoted := false, false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == '\\' && i+1 < len(text) && strings.IndexByte(`"\ `, text[i+1]) >= 0:
			i++
			word.WriteByte(text[i])
			open = true
		case b == '"':
			quoted = !quoted
			open = true
		case !quoted && strings.IndexByte(" \t\r\n", b) >= 0:
			if open {
				words = append(words, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteByte(b)
			open = true
		}
	}
	if open {
		words = append(words, word.String())
	}
	return words
}
