//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mpyld/fixtures"
	"mpyld/fixtures/sources"
)

// A workshop is what random programs are compiled, linked and executed with: dir has
// src/PROGRAM, host/PROGRAM and ARCH/PROGRAM.
type workshop struct {
	dir    string
	seed   uint64
	archs  []string
	bin    string              // compilers that are not on the path
	module map[string][]string // by architecture: what is linked in front of a program
	libs   map[string][]string // and behind it
	cores  map[string]string   // by target of Rust: a directory with its core library
	script string
}

// command runs a program in a directory. It has so much time because machines are busy.
func (w *workshop) command(dir string, argv []string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	if errors.Is(cmd.Err, exec.ErrNotFound) {
		cmd = exec.CommandContext(ctx, filepath.Join(w.bin, argv[0]), argv[1:]...)
	}
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "RUSTC_BOOTSTRAP=1")
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	if err := cmd.Run(); err != nil {
		return both.String(), fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, both.String())
	}
	return both.String(), nil
}

// run runs the host's program of a directory. Not all systems run programs of 32 bits, but the bed for x86 does.
func (w *workshop) run(dir string) (string, error) {
	out, err := w.command(dir, []string{"./program"})
	if errors.Is(err, syscall.ENOEXEC) {
		return w.command(dir, []string{"qemu-i386", "./program"})
	}
	return out, err
}

// newWorkshop makes what all programs need.
func newWorkshop(t *testing.T, seed uint64, archs []string, withRust bool) *workshop {
	t.Helper()
	w := &workshop{
		dir: t.TempDir(), seed: seed, archs: archs, bin: filepath.Join(bedsDir(t), "bin"),
		module: map[string][]string{}, libs: map[string][]string{}, cores: map[string]string{},
	}
	script, err := os.ReadFile("testdata/programs/test.py")
	must(t, err)
	w.script = string(script)
	config := filepath.Join(w.dir, "config.h")
	source := absolute(t, "testdata/programs/module.c")
	link(t, "header", "-o", filepath.Join(w.dir, "mpyld.h"))
	link(t, "--preprocess", "-o", config, source)
	for _, arch := range archs {
		first := fixtures.Compilers(arch)[firstCompiler]
		cc := strings.Fields(first.Command + " " + first.Machine)
		must(t, os.Mkdir(filepath.Join(w.dir, arch), 0o777))
		object := filepath.Join(w.dir, arch, "module.o")
		_, err := w.command(w.dir, append(cc, "-w", "-Os", "-fpic", "-ffreestanding", "-I.", `-DMP_CONFIGFILE="config.h"`, "-c", "-o", object, source))
		must(t, err)
		w.module[arch] = []string{"--qstrs", config, object}
		libgcc, err := w.command(w.dir, append(cc, "-print-libgcc-file-name"))
		must(t, err)
		w.libs[arch] = []string{"-l", strings.TrimSpace(libgcc)}
	}
	must(t, os.Mkdir(filepath.Join(w.dir, "host"), 0o777))
	for _, word := range []string{"-m64", "-m32"} {
		_, err := w.command(w.dir, []string{"gcc", word, "-O1", "-c", "-o", "host/main" + word + ".o", absolute(t, "testdata/programs/main.c")})
		must(t, err)
	}
	// The emulator has nothing at the place of the ESP8266's ROM, but stand-ins elsewhere.
	w.libs["xtensa"] = append(w.libs["xtensa"], "-e", filepath.Join(bedsDir(t), "lib/xtensa/rom.ld"))
	if withRust {
		w.makeCores(t)
	}
	return w
}

// makeCores compiles Rust's core library for all its machines, on all processors.
func (w *workshop) makeCores(t *testing.T) {
	made := make([]string, len(rustTargets))
	t.Run("cores", func(t *testing.T) {
		for i, r := range rustTargets {
			if r.target == rustHost || slices.Contains(w.archs, r.arch) {
				t.Run(r.arch, func(t *testing.T) {
					t.Parallel()
					made[i] = debianRust.madeCore(t, r.target)
				})
			}
		}
	})
	for i, r := range rustTargets {
		if made[i] != "" {
			w.cores[r.target] = made[i]
		}
	}
}

// A madeProgram is a program with its sources in a directory, and what it prints.
type madeProgram struct {
	number   int
	language sources.Language
	name     string         // of its directories
	files    []sources.File // to compile
	want     map[int]string // by bytes of a word
	skipped  string         // why nobody can say what it prints
}

// fromCsmith is the language of csmith's programs, which are C.
const fromCsmith sources.Language = "csmith"

// languagesInTurn are those of ten programs in a row.
var languagesInTurn = []sources.Language{sources.C, fromCsmith, sources.CXX, sources.C, sources.Rust, sources.C, fromCsmith, sources.CXX, sources.C, fromCsmith}

func languageOf(number int) sources.Language { return languagesInTurn[number%len(languagesInTurn)] }

// csmithOptions make programs small, and let them depend on nothing that machines differ in but
// the width of long: a pointer to a member of a packed structure may be one to no multiple of its size.
const csmithOptions = "--no-argc --concise --max-funcs 4 --max-block-depth 3 --max-block-size 3 --max-expr-complexity 4 --max-array-dim 2 --max-array-len-per-dim 6 --max-struct-fields 5 --no-packed-struct"

// makeProgram writes the sources of a program and runs it on the host.
func (w *workshop) makeProgram(number int) (*madeProgram, error) {
	p := &madeProgram{number: number, language: languageOf(number), name: fmt.Sprintf("p%d", number)}
	dir := filepath.Join(w.dir, "src", p.name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(w.seed, uint64(number)))
	if p.language == fromCsmith {
		p.files = []sources.File{{Name: "program.c"}}
		argv := append([]string{"csmith", "-s", fmt.Sprint(r.Uint32()), "-o", "program.c"}, strings.Fields(csmithOptions)...)
		if _, err := w.command(dir, argv); err != nil {
			return nil, err
		}
	} else {
		program := sources.New(p.language, r.Uint64())
		p.files = program.Files
		for _, f := range append(program.Headers, program.Files...) {
			if err := os.WriteFile(filepath.Join(dir, f.Name), []byte(f.Text), 0o666); err != nil {
				return nil, err
			}
		}
	}
	return p, w.onHost(p)
}

// rustHost is Rust's name of the host.
const rustHost = "x86_64-unknown-linux-gnu"

// onHost compiles a program for the host, optimised and not, and keeps what it prints.
func (w *workshop) onHost(p *madeProgram) error {
	p.want = map[int]string{}
	for _, v := range []struct {
		bytes       int
		word, level string
		onlyCsmith  bool
	}{{8, "-m64", "-O2", false}, {4, "-m32", "-O0", false}, {8, "-m64", "-O0", true}, {4, "-m32", "-O2", true}} {
		if v.onlyCsmith && p.language != fromCsmith {
			continue
		}
		word := v.word
		var compile func(sources.File) []string
		if p.language == sources.Rust {
			word = "-m64" // there is no other library of Rust here
			compile = func(f sources.File) []string {
				return w.rustc(p, f, []string{rustc, "--target", rustHost}, rustHost, []string{"-C", "opt-level=" + v.level[2:]})
			}
		} else {
			compile = func(f sources.File) []string {
				return w.cc(p, f, []string{"gcc", word}, []string{v.level})
			}
		}
		dir := filepath.Join(w.dir, "host", p.name)
		inputs, _, err := w.compile(p, dir, "ar", compile)
		if err != nil {
			return err
		}
		argv := append([]string{"gcc", word, "-Wl,--gc-sections", "-o", "program", "../main" + word + ".o"}, inputs...)
		if p.language == sources.Rust {
			argv = append(argv, filepath.Join(w.cores[rustHost], "libcore.rlib"))
		}
		if _, err := w.command(dir, argv); err != nil {
			return err
		}
		out, err := w.run(dir)
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		bytes := v.bytes
		var ended *exec.ExitError
		switch {
		case errors.As(err, &ended) && p.language == fromCsmith:
			p.skipped = "takes more than 50 ms on the host"
			return nil
		case err != nil:
			return err
		case p.want[bytes] != "" && p.want[bytes] != out:
			p.skipped = "differs on the host by the level of optimisation"
			return nil
		}
		p.want[bytes] = out
	}
	if p.language != fromCsmith && p.want[4] != p.want[8] {
		return fmt.Errorf("program %d in %s prints on the host %q with 32 bits, %q with 64", p.number, p.language, p.want[4], p.want[8])
	}
	return nil
}

// cc is the command that compiles a file of a program in C or C++.
func (w *workshop) cc(p *madeProgram, f sources.File, command, flags []string) []string {
	argv := append(command[:len(command):len(command)], strings.Fields(languageFlags[filepath.Ext(f.Name)])...)
	argv = append(argv, flags...)
	if p.language == fromCsmith {
		argv = append(argv, "-I"+mustAbs("testdata/programs"), "-I/usr/include/csmith")
	}
	return append(argv, "-c", "-o", object(f), w.source(p, f))
}

// rustc is that of one in Rust.
func (w *workshop) rustc(p *madeProgram, f sources.File, command []string, target string, flags []string) []string {
	argv := append(command[:len(command):len(command)], strings.Fields(languageFlags[".rs"])...)
	argv = append(argv, flags...)
	return append(argv, "--sysroot", w.cores[target], "-L", w.cores[target], "-o", object(f), w.source(p, f))
}

func (w *workshop) source(p *madeProgram, f sources.File) string {
	return filepath.Join(w.dir, "src", p.name, f.Name)
}

// object is the file that a source is compiled into; a library, in Rust.
func object(f sources.File) string {
	name, isRust := strings.CutSuffix(f.Name, ".rs")
	if isRust {
		return "lib" + name + ".rlib"
	}
	return strings.TrimSuffix(f.Name, filepath.Ext(f.Name)) + ".o"
}

func mustAbs(name string) string {
	name, err := filepath.Abs(name)
	if err != nil {
		panic(err) // there is no directory to be in
	}
	return name
}

// compile compiles a program in a directory, and returns the objects and archives to link,
// and the commands.
func (w *workshop) compile(p *madeProgram, dir, ar string, of func(sources.File) []string) (inputs []string, commands [][]string, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, nil, err
	}
	var members []string
	for _, f := range p.files {
		commands = append(commands, of(f))
		if f.Archived {
			members = append(members, object(f))
		} else {
			inputs = append(inputs, object(f))
		}
	}
	if len(members) > 0 {
		commands = append(commands, append([]string{ar, "rcs", "libparts.a"}, members...))
		inputs = append(inputs, "-L.", "-lparts")
	}
	for _, argv := range commands {
		if _, err := w.command(dir, argv); err != nil {
			return nil, commands, err
		}
	}
	return inputs, commands, nil
}
