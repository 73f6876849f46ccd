//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"mpyld"
	"mpyld/fixtures/modules"
	"mpyld/parallel"
	"mpyld/size"
)

// Sizes of modules: those of fixtures/modules, compiled with both sets of flags of
// `mpyld build`, are linked in all ways that are compared. What compiles and links them are
// the edges of a file for ninja that mpyld writes.

// sizeOf is what a module takes, in bytes; none if it was not linked.
type sizeOf struct{ ram, file int }

// sizeLink is a module for one architecture, compiled with one set of flags.
type sizeLink struct {
	module, arch, flags string
	kind                string
	argv                []string // mpyld's options
	objects, libs       []string
	comparable          bool // with mpy_ld.py's

	// By how it was linked: plain, peer, optimised or the name of what -O did not do.
	sizes map[string]sizeOf
}

// Ways to link.
const (
	plain     = "default"
	peerWay   = "mpy_ld.py"
	optimised = "-O"
)

// Sets of flags.
const (
	upstreamFlags = "upstream"
	buildFlags    = "small"
)

// sizes prints how large modules are.
func (b *bench) sizes() error {
	dir := b.keep
	if dir == "" {
		dir = filepath.Join(b.dir, "sizes")
	}
	list, err := b.compileModules(dir)
	if err != nil {
		return err
	}
	var todo []func() error
	for _, l := range list {
		l.sizes = map[string]sizeOf{}
		todo = append(todo, func() error { return b.linkSizes(l, filepath.Join(dir, "linked")) })
	}
	var failed atomic.Pointer[error]
	parallel.Each(len(todo), func(i int) { // of runs of programs
		if err := todo[i](); err != nil {
			failed.CompareAndSwap(nil, &err)
		}
	})
	if err := failed.Load(); err != nil {
		return *err
	}
	fmt.Print(sizeTables(list))
	return nil
}

// compileModules compiles the modules in a directory, with both sets of flags, and returns
// how they are linked. What is there already is not compiled again.
func (b *bench) compileModules(dir string) ([]*sizeLink, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	beds := os.Getenv("MPYLD_BEDS")
	if beds == "" {
		beds = filepath.Join(here, "build/beds")
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	all, err := modules.All(modules.Places{Repository: here, MicroPython: filepath.Join(beds, "src/micropython"), Beds: beds, RustCore: filepath.Join(dir, "core")})
	if err != nil {
		return nil, err
	}
	var manifests []string
	byName := map[string]*modules.Module{}
	for i := range all {
		m := &all[i]
		byName[m.Name] = m
		if !b.of.MatchString(m.Name) {
			continue
		}
		if err := m.Write(filepath.Join(dir, m.Name)); err != nil {
			return nil, err
		}
		manifests = append(manifests, filepath.Join(m.Name, "mpyld.toml"))
	}
	program, err := filepath.Abs(b.mpyld)
	if err != nil {
		return nil, err
	}
	env := append(os.Environ(), "PATH="+os.Getenv("PATH")+":"+filepath.Join(beds, "bin"), "MPY_CROSS="+filepath.Join(beds, "src/micropython/mpy-cross/build/mpy-cross"))
	run := func(argv ...string) ([]byte, error) {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
		}
		return out, nil
	}
	var list []*sizeLink
	for _, flags := range []string{upstreamFlags, buildFlags} {
		file := flags + ".ninja"
		argv := append([]string{program, "build", "--flags", flags, "--ninja", file, "--build-dir", flags, "-o", "dist-" + flags}, manifests...)
		if _, err := run(argv...); err != nil {
			return nil, err
		}
		if _, err := run("ninja", "-f", file); err != nil {
			return nil, err
		}
		out, err := run("ninja", "-f", file, "-t", "compdb", "link")
		if err != nil {
			return nil, err
		}
		var edges []struct{ Command string }
		if err := json.Unmarshal(out, &edges); err != nil {
			return nil, err
		}
		for _, e := range edges {
			l, err := newSizeLink(dir, flags, e.Command)
			if err != nil {
				return nil, err
			}
			l.kind = byName[l.module].Kind
			l.comparable = byName[l.module].Comparable(l.arch)
			list = append(list, l)
		}
	}
	return list, nil
}

// newSizeLink takes a command of ninja's apart: mpyld OPTIONS -- OBJECT... > /dev/null.
func newSizeLink(dir, flags, command string) (*sizeLink, error) {
	command, _, _ = strings.Cut(command, " > ")
	if strings.ContainsAny(command, `'"\`) {
		return nil, fmt.Errorf("cannot read the command %s", command)
	}
	l := &sizeLink{flags: flags}
	words := strings.Fields(command)[1:]
	end := slices.Index(words, "--")
	for _, w := range words[end+1:] {
		l.objects = append(l.objects, absolute(dir, w))
	}
	for i := 0; i < end; i++ {
		name, value, _ := strings.Cut(words[i], "=")
		switch name {
		case "--output":
			// dist-small/x64_6.3/re.native.mpy
			l.module, _, _ = strings.Cut(filepath.Base(value), ".")
			l.arch, _, _ = strings.Cut(filepath.Base(filepath.Dir(value)), "_")
		case "--dependency-file":
			i++
		case "--optimize", "--no-relax":
		case "--libs":
			l.libs = append(l.libs, absolute(dir, value))
		case "--qstrs", "--externs":
			l.argv = append(l.argv, name+"="+absolute(dir, value))
		default:
			l.argv = append(l.argv, words[i])
		}
	}
	return l, nil
}

func absolute(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// linkSizes links a module in all ways.
func (b *bench) linkSizes(l *sizeLink, dir string) error {
	dir = filepath.Join(dir, l.flags, l.arch, l.module)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var err error
	ours := func(way string, more ...string) {
		if err != nil {
			return
		}
		output := filepath.Join(dir, strings.Trim(way, "-")+".mpy")
		argv := slices.Concat([]string{b.mpyld}, l.argv, more, []string{"-o", output})
		for _, lib := range l.libs {
			argv = append(argv, "-l", lib)
		}
		argv = append(argv, l.objects...)
		if out, err1 := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err1 != nil {
			err = fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err1, out)
			return
		}
		l.sizes[way], err = sizesOf(output)
	}
	ours(plain)
	ours(optimised, "-O")
	for _, name := range mpyld.Relaxations() {
		ours(name, "-O", "--no-relax="+name)
	}
	if b.mpyLd != "" && l.flags == upstreamFlags && l.comparable {
		output := filepath.Join(dir, "peer.mpy")
		argv := []string{b.python, b.mpyLd, "--arch", l.arch, "-o", output}
		for _, o := range l.argv {
			if strings.HasPrefix(o, "--qstrs=") || strings.HasPrefix(o, "--externs=") {
				argv = append(argv, o)
			}
		}
		for _, lib := range l.libs {
			argv = append(argv, "-l", lib)
		}
		// It fails where it cannot link a module, or does not know an architecture.
		if exec.Command(argv[0], append(argv[1:], l.objects...)...).Run() == nil {
			l.sizes[peerWay], err = sizesOf(output)
		}
	}
	return err
}

func sizesOf(name string) (sizeOf, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return sizeOf{}, err
	}
	m, err := size.Of(data)
	return sizeOf{m.RAM.Bytes, m.File.Bytes}, err
}
