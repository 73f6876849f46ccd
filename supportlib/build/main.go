// Command build compiles supportlib/src into supportlib/lib.
//
//	go run ./supportlib/build          rewrite the stored archives
//	go run ./supportlib/build -check   compile into memory and compare
//
// It wants the compilers that fixtures/matrix.go pins for gcc 12.
package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

func main() {
	check := flag.Bool("check", false, "compare with the stored archives instead of writing them")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(check bool) error {
	fixturesDir, err := fixtures.Dir()
	if err != nil {
		return err
	}
	root := filepath.Dir(fixturesDir)
	if err := fixtures.UseBeds(root); err != nil {
		return err
	}
	dir := filepath.Join(root, "supportlib")
	var errs []error
	for _, arch := range machines.All() {
		archive, err := build(arch.Name, filepath.Join(dir, "src"))
		if err != nil {
			return fmt.Errorf("%s: %w", arch.Name, err)
		}
		name := filepath.Join(dir, "lib", arch.Name+".a")
		if !check {
			errs = append(errs, os.WriteFile(name, archive, 0o644))
		} else if stored, err := os.ReadFile(name); err != nil || !bytes.Equal(stored, archive) {
			errs = append(errs, errors.Join(err, fmt.Errorf("%s is not what the sources give", name)))
		}
	}
	return errors.Join(errs...)
}

// build returns the archive of an architecture.
func build(arch, src string) ([]byte, error) {
	set := fixtures.Set{Name: arch + "-gcc12.2-Os-fpic", Arch: arch}
	if err := fixtures.CheckCompiler(set.Compiler()); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "supportlib-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	sources, err := filepath.Glob(filepath.Join(src, "*.c*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(sources)
	var members []elfmake.Member
	for _, source := range sources {
		data, err := compile(set.Compiler(), source, dir)
		if err != nil {
			return nil, err
		}
		symbols, err := defined(data)
		if err != nil {
			return nil, err
		}
		if len(symbols) == 0 {
			continue // not for this architecture
		}
		base := filepath.Base(source)
		members = append(members, elfmake.Member{
			Name: strings.TrimSuffix(base, filepath.Ext(base)) + ".o", Symbol: symbols[0], Symbols: symbols[1:], Data: data,
		})
	}
	return elfmake.Dialects[0].Build(members), nil
}

// common are the flags for all members. Nothing of them unwinds, and none
// needs a header that a C library installs.
const common = "-Os -fpic -ffreestanding -fno-common -fno-builtin -fno-tree-loop-distribute-patterns -fno-stack-protector " +
	"-fno-exceptions -fno-unwind-tables -fno-asynchronous-unwind-tables -U_FORTIFY_SOURCE -Wall -Werror"

var languages = map[string]string{".c": "-std=c11", ".cpp": "-std=c++17 -fno-rtti -fno-threadsafe-statics"}

// compile compiles one source and strips the object to what a link needs.
// Build attributes go too: the code passes no floats, so it suits every float
// ABI, and it must not say that a module needs an extension.
func compile(c fixtures.Compiler, source, dir string) ([]byte, error) {
	object := filepath.Join(dir, "member.o")
	args := strings.Fields(common + " " + languages[filepath.Ext(source)])
	for _, f := range strings.Fields(c.Machine) {
		if !strings.HasPrefix(f, "--specs") {
			args = append(args, f)
		}
	}
	if strings.HasPrefix(c.Command, "riscv") {
		args = append(args, "-mno-relax")
	}
	// Relative names, so that where the sources lie shows in no object.
	cc := exec.Command(c.Command, append(args, "-c", filepath.Base(source), "-o", object)...)
	cc.Dir, cc.Env = filepath.Dir(source), append(os.Environ(), "LC_ALL=C")
	strip := exec.Command(strings.TrimSuffix(c.Command, "gcc")+"objcopy", "--strip-unneeded",
		"-R", ".comment", "-R", ".note.GNU-stack", "-R", ".ARM.attributes", "-R", ".riscv.attributes", "-R", ".xtensa.info", object)
	for _, cmd := range []*exec.Cmd{cc, strip} {
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", source, err, out)
		}
	}
	return os.ReadFile(object)
}

// defined returns the global symbols that an object defines, sorted.
func defined(object []byte) ([]string, error) {
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return nil, err
	}
	symbols, err := f.Symbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return nil, err
	}
	var names []string
	for _, s := range symbols {
		if elf.ST_BIND(s.Info) != elf.STB_LOCAL && s.Section != elf.SHN_UNDEF {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}
