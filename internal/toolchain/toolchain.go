// Package toolchain finds the compilers of this system and knows with which flags
// they make native modules: rows of data for each architecture.
//
// It stands apart because builds, reports about the system and files for other
// build tools need the same answers. It must never compile a module.
package toolchain

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mpyld/diag"
	"mpyld/internal/cmdline"
	"mpyld/internal/host"
)

// Options are how to find compilers.
type Options struct {
	Host host.Host

	// Compilers are the ones to use, by architecture: a command line's words.
	Compilers map[string][]string

	// Memo remembers what a probe printed, by what decides it; nil: nothing does.
	Memo Memo
}

// A Memo remembers answers of programs, which take longer than all else.
type Memo interface {
	Recall(key string) (string, bool)
	Remember(key, answer string)
}

// Compiler is one that makes code for an architecture.
type Compiler struct {
	Arch     string
	Command  []string // the program and what makes it one for the architecture
	Program  string   // the file that runs
	Version  string   // "12.2.1 20221205"
	Kind     string   // "gcc" or "clang"
	Picolibc bool     // it has picolibc's specs

	row  *arch
	more []string
}

// Identity changes when the compiler may make other code.
func (c *Compiler) Identity(h host.Host) string {
	id := Identity(h, c.Program) + " " + c.Version
	for _, name := range variables {
		if value := h.Getenv(name); value != "" {
			id += " " + name + "=" + value
		}
	}
	return id
}

// variables say where compilers look for headers, libraries and their own programs, and what time
// it is (GCC manual, "Environment Variables Affecting GCC").
var variables = []string{
	"CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "SOURCE_DATE_EPOCH",
}

// Identity is what is known of a program without reading it. A program that is called like a
// compiler may be ccache or distcc, which run another of that name on the PATH: all of them
// count.
func Identity(h host.Host, program string) string {
	id := fileIdentity(h, program)
	for _, dir := range filepath.SplitList(h.Getenv("PATH")) {
		if other := filepath.Join(dir, filepath.Base(program)); filepath.IsAbs(program) && other != program {
			id += fileIdentity(h, other)
		}
	}
	return id
}

// fileIdentity is what the system says of a file, "" if there is none.
func fileIdentity(h host.Host, name string) string {
	info, err := h.Stat(name)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %d %s\n", name, info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
}

// Find finds the compiler for an architecture.
func Find(ctx context.Context, o Options, name string) (*Compiler, error) {
	row := rowOf(name)
	if row == nil {
		return nil, diag.New("", "no compiler is known for %s", name)
	}
	if words, from := o.chosen(name); len(words) > 0 {
		return o.own(ctx, row, words, from)
	}
	var tried []string
	for i := range row.candidates {
		c := &row.candidates[i]
		program := o.locate(c.command)
		if program == "" {
			continue
		}
		command := append([]string{c.command}, c.args...)
		if o.Host.Find(c.command) == "" {
			command[0] = program // not on the PATH
		}
		found, why := o.try(ctx, row, command, program, c.kind, c.more)
		if why == "" {
			return found, nil
		}
		tried = append(tried, strings.Join(command, " ")+": "+why)
	}
	return nil, missing(row, tried)
}

func rowOf(name string) *arch {
	list := arches.Get()
	i := slices.IndexFunc(list, func(a arch) bool { return a.name == name })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// chosen is the compiler that somebody chose for an architecture, and where.
func (o Options) chosen(name string) (words []string, from string) {
	if words := o.Compilers[name]; len(words) > 0 {
		return words, "--cc " + name + "=" + strings.Join(words, " ")
	}
	variable := "MPYLD_CC_" + strings.ToUpper(name)
	return cmdline.Words(o.Host.Getenv(variable)), variable
}

// own is a compiler that somebody chose. What makes it one for the architecture is
// taken from the row of its name, if it has one.
func (o Options) own(ctx context.Context, row *arch, words []string, from string) (*Compiler, error) {
	program := o.Host.Find(words[0])
	if program == "" {
		return nil, diag.New("", "%s: there is no program %s", from, words[0]).
			Note("name a program on the PATH, or the path of one; %s", cmdline.Blanks)
	}
	base := strings.TrimSuffix(filepath.Base(words[0]), ".exe")
	kind, more := gcc, []string(nil)
	if strings.Contains(base, clang) || base == "zig" {
		kind = clang
	}
	for _, c := range row.candidates {
		if c.command == base || c.kind == kind && kind == clang && base != "zig" {
			more = c.more
			if len(words) == 1 {
				words = append(words, c.args...)
			}
			break
		}
	}
	c, why := o.try(ctx, row, words, program, kind, more)
	if why != "" {
		return nil, diag.New("", "%s: %s", from, why)
	}
	return c, nil
}

// locate finds a program on the PATH or where vendors install theirs.
func (o Options) locate(command string) string {
	if program := o.Host.Find(command); program != "" {
		return program
	}
	return o.elsewhere(command)
}

// try asks a compiler what it is. It says why it will not do, or nothing.
func (o Options) try(ctx context.Context, row *arch, command []string, program, kind string, more []string) (*Compiler, string) {
	c := &Compiler{Arch: row.name, Command: command, Program: program, Kind: kind, row: row, more: more}
	c.Picolibc = c.hasPicolibc(ctx, o)
	argv := c.argv(slices.Concat(row.machine, more, c.specs(), []string{"-E", "-P", "-x", "c", "-"}))
	answer := o.ask(ctx, c, "is", argv, question(row.is), works)
	facts := factsIn(answer)
	switch {
	case len(facts) == 0:
		return nil, "it does not work: " + firstLine(answer)
	case facts[1] == "big":
		return nil, "it makes big-endian code, which no firmware loads"
	case facts[2] == "other":
		return nil, "it makes code for another machine"
	}
	c.Version = strings.Trim(strings.Join(facts[3:], " "), `"`)
	return c, ""
}

// factsIn are the words of an answer to question, none if the compiler does not work.
func factsIn(answer string) []string { return strings.Fields(lineWith(answer, "mpyld_compiler")) }

// works says which answers to remember: what a compiler lacks may be installed later,
// which does not change its program.
func works(answer string) bool { return len(factsIn(answer)) > 0 }

// question is a source that a preprocessor answers about itself. It includes what
// every module does: a compiler without headers is none.
func question(is string) string {
	return "#include <stdint.h>\n#include <stddef.h>\n" +
		"#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__\n#define mpyld_order little\n#else\n#define mpyld_order big\n#endif\n" +
		"#if " + is + "\n#define mpyld_fit this\n#else\n#define mpyld_fit other\n#endif\n" +
		"mpyld_compiler mpyld_order mpyld_fit __VERSION__\n"
}

// hasPicolibc: Debian's and Ubuntu's bare RISC-V compilers have no C library of
// their own, but find picolibc by its specs (py/dynruntime.mk does the same).
func (c *Compiler) hasPicolibc(ctx context.Context, o Options) bool {
	if c.row.install != "riscv" || c.Kind != gcc {
		return false
	}
	answer := strings.TrimSpace(o.ask(ctx, c, "picolibc", c.argv([]string{"--print-file-name=" + picolibc}), "", nil))
	return answer != picolibc && filepath.Base(answer) == picolibc
}

const picolibc = "picolibc.specs"

// specs are the flags that choose the C library.
func (c *Compiler) specs() []string {
	if c.Picolibc {
		return []string{"-specs=" + picolibc}
	}
	return nil
}

func (c *Compiler) argv(more []string) []string { return append(slices.Clone(c.Command), more...) }

// ask runs a compiler, or recalls what it said. It returns what it printed. keep says
// whether to remember that; nil: it does.
func (o Options) ask(ctx context.Context, c *Compiler, what string, argv []string, stdin string, keep func(answer string) bool) string {
	key := strings.Join([]string{what, Identity(o.Host, c.Program), strings.Join(argv, " "), stdin}, "\n")
	if o.Memo != nil {
		if answer, ok := o.Memo.Recall(key); ok {
			return answer
		}
	}
	res := o.Host.Run(ctx, host.Command{Argv: argv, Stdin: stdin, Env: []string{"LC_ALL=C"}})
	answer := res.Stdout + res.Stderr
	if res.Err != nil && strings.TrimSpace(answer) == "" {
		answer = res.Err.Error()
	}
	if o.Memo != nil && ctx.Err() == nil && (keep == nil || keep(answer)) {
		o.Memo.Remember(key, answer)
	}
	return answer
}

func lineWith(text, word string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, word+" ") {
			return line
		}
	}
	return ""
}

func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return "it prints nothing"
}
