package corpus

import (
	"debug/elf"
	_ "embed"
	"slices"
	"strings"
	"testing/fstest"

	"mpyld"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/target"
)

// Links with options and archives, which stored objects of compilers have few of,
// are described as text. Each is made for several machines:
//
//	link two definitions          its name
//	--wrap f                      an option
//	file a.o
//	  .text mpy_init > f ?g       code that defines mpy_init, with a word for f, and one for g, weakly
//	  .data@16 v ~w .x > .x+4     variables aligned to 16 bytes: w is weak, x is local
//	  common c 8 4                a common symbol of 8 bytes, aligned to 4
//	lib l.a
//	file m.o                      a member
//	  .bss+40 b                   40 bytes
//	  .text.f!group=f f           of a COMDAT group; !part=f of one that is none
//
// Definitions are 4 bytes apart, or where @ says. What a section is follows from its name. *f is an
// indirect function, which a loader would choose, ^f one of the other instruction set, %f a label,
// and .$d a mapping symbol. Some links are of instructions, for one machine:
//
//	only armv7m
//	file a.o
//	  .text mpy_init =fff7feff > f:10@0       bytes, with a relocation of type 10 at 0
//	  .data v > f*1000 - f:2@4000+4           1000 words for f, a word of zeros, ...

//go:embed named
var namedText string

// named is one such link.
type named struct {
	name    string
	only    []string // architectures; none: all
	options []string
	files   []described // objects, then members
	libs    []string    // names of archives
}

// described is an object as text.
type described struct {
	name, lib string
	lines     []string
}

// parseNamed reads the text. What is wrong in it shows as a panic, in a test.
func parseNamed(text string) (list []*named) {
	var l *named
	lib := ""
	for _, line := range strings.Split(text, "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case word == "" || word[0] == '#':
		case word == "link":
			l, lib = &named{name: rest}, ""
			list = append(list, l)
		case word == "only":
			l.only = strings.Fields(rest)
		case word == "lib":
			lib = rest
			l.libs = append(l.libs, rest)
		case word == "file":
			l.files = append(l.files, described{name: rest, lib: lib})
		case strings.HasPrefix(word, "-"):
			l.options = append(l.options, word+" "+rest)
		default:
			last := &l.files[len(l.files)-1]
			last.lines = append(last.lines, strings.TrimSpace(line))
		}
	}
	return list
}

// linkedFor are the machines and releases that the links are for.
var linkedFor = []struct{ arch, release string }{
	{"armv7m", ""}, {"x64", ""}, {"rv32imc", ""}, {"xtensawin", ""}, {"armv7m", "1.12"}, {"x64", "1.12"}, {"rv32imc", "1.26"},
}

// jobsNamed makes the links of the text.
func jobsNamed() (jobs []job) {
	for _, to := range linkedFor {
		for _, l := range parseNamed(namedText) {
			if len(l.only) > 0 && !slices.Contains(l.only, to.arch) {
				continue
			}
			jobs = append(jobs, job{
				set: strings.TrimSpace("named " + to.arch + " " + to.release), name: strings.ReplaceAll(l.name, " ", "-"),
				asked: l.askedFor(machines.For(to.arch), to.release),
			})
		}
	}
	return jobs
}

func (l *named) askedFor(m *relocs.Machine, release string) func() mpyld.Options {
	return func() mpyld.Options { return l.asked(m, release) }
}

// asked are the options of a link, with its files.
func (l *named) asked(m *relocs.Machine, release string) mpyld.Options {
	fs := fstest.MapFS{}
	o := mpyld.Options{FS: fs, SourceName: "named.mpy", Target: target.Options{Release: release, Arch: m.Name}}
	members := map[string][]elfmake.Member{}
	for _, f := range l.files {
		u := unit{m: m}
		for _, line := range f.lines {
			u.line(line)
		}
		if f.lib == "" {
			fs[f.name] = &fstest.MapFile{Data: u.bytes()}
			o.Files = append(o.Files, f.name)
			continue
		}
		symbols := append(u.defined(), "")
		members[f.lib] = append(members[f.lib], elfmake.Member{Name: f.name, Symbol: symbols[0], Symbols: symbols[1:], Data: u.bytes()})
	}
	for _, lib := range l.libs {
		path := "lib/" + lib // a path, not a name
		fs[path] = &fstest.MapFile{Data: elfmake.Dialects[0].Build(members[lib])}
		o.Libs = append(o.Libs, path)
	}
	for _, option := range l.options {
		name, value, _ := strings.Cut(option, " ")
		switch name {
		case "--wrap":
			o.Wrap = append(o.Wrap, value)
		case "--defsym":
			o.Defsyms = append(o.Defsyms, value)
		case "-u":
			o.Undefined = append(o.Undefined, value)
		case "--gc-sections":
			o.GCSections = true
		case "-O":
			o.Optimise = true
		case "--no-relax":
			o.NoRelax = append(o.NoRelax, value)
		case "--no-writable-text":
			o.NoWritableText = true
		case "--allow-multiple-definition":
			o.AllowMultiple = true
		case "--keep-unwind":
			o.KeepUnwind = true
		case "--arch-flags":
			o.Target.ArchFlags = value
		case "--script":
			fs["script.ld"] = &fstest.MapFile{Data: []byte(value)}
			o.Externs = []string{"script.ld"}
		case "--names":
			fs["names.c"] = &fstest.MapFile{Data: []byte("MP_QSTR_" + strings.ReplaceAll(value, " ", " MP_QSTR_"))}
			header, err := mpyld.Preprocess(mpyld.PreprocessOptions{FS: fs, Files: []string{"names.c"}, Target: o.Target})
			if err != nil {
				panic(err)
			}
			fs["config.h"], o.QStrs = &fstest.MapFile{Data: header}, "config.h"
		case "--source-name":
			o.SourceName = value
		case "--firmware":
			u := unit{m: m}
			u.Type = elf.ET_EXEC
			u.line(value)
			fs["firmware.elf"] = &fstest.MapFile{Data: u.bytes()}
			o.JustSymbols = []string{"firmware.elf"}
		default:
			panic("option " + option)
		}
	}
	return o
}
