//go:build linux

package main

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
)

// job is one module to link.
type job struct {
	name    string
	arch    string
	qstrs   string // config header, or ""
	objects []string
	libs    []string
	output  string
	big     bool
}

// size is how many bytes of input a linker reads. Of archives it reads little.
func (j *job) size() int64 {
	total := int64(0)
	for _, name := range j.objects {
		if info, err := os.Stat(name); err == nil {
			total += info.Size()
		}
	}
	return total
}

// mpyld returns the command line for mpyld, which is mpy_ld.py's too.
func (j *job) mpyld(b *bench) []string {
	argv := []string{b.mpyld, "--arch", j.arch, "-o", j.output}
	if j.qstrs != "" {
		argv = append(argv, "--qstrs", j.qstrs)
	}
	for _, lib := range j.libs {
		argv = append(argv, "-l", lib)
	}
	return append(argv, j.objects...)
}

// gnuLd names GNU ld for an architecture, with the arguments that select it.
var gnuLd = map[string][]string{
	"armv7m":  {"arm-none-eabi-ld"},
	"rv32imc": {"riscv64-unknown-elf-ld", "-melf32lriscv"},
	"x64":     {"x86_64-linux-gnu-ld"},
}

// commands returns what links a job, in the order of programs.
func (b *bench) commands(j *job) []command {
	mpyld := command{argv: j.mpyld(b), output: j.output}
	mpyLd, ld := command{}, command{}
	if b.mpyLd != "" && (!j.big || b.slow) {
		mpyLd = command{argv: append([]string{b.python, b.mpyLd}, mpyld.argv[1:]...), output: j.output}
		if j.big {
			mpyLd.runs = 1
		}
	}
	if argv := gnuLd[j.arch]; argv != nil {
		if _, err := exec.LookPath(argv[0]); err == nil {
			out := j.output + ".o"
			ld = command{argv: slices.Concat(argv, []string{"-r", "-o", out}, j.objects, j.libs), output: out}
		}
	}
	return []command{mpyld, mpyLd, ld}
}

// small are modules of the fixtures: set and case.
var small = []struct{ set, name string }{
	{"x64-gcc12.2-Os-fpic", "hello"},
	{"armv7m-gcc12.2-Os-fpic", "hello"},
	{"armv7m-gcc12.2-Os-fpic", "tables"},
	{"armv7m-gcc12.2-Os-fpic", "twofiles"},
}

func (b *bench) fixtureJobs() ([]job, error) {
	var jobs []job
	for _, m := range small {
		set, c, err := fixtures.Stored(m.set, m.name)
		if err != nil {
			return nil, err
		}
		j, err := b.fixtureJob(&set, &c)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, *j)
	}
	return jobs, nil
}

func (b *bench) fixtureJob(set *fixtures.Set, c *fixtures.Case) (*job, error) {
	j, err := b.newJob(set.Arch+" "+c.Name, set.Arch, c.Objects...)
	if err != nil {
		return nil, err
	}
	j.qstrs = filepath.Join(filepath.Dir(j.output), "config.h")
	return j, os.WriteFile(j.qstrs, c.Config, 0o666)
}

// newJob writes objects into a directory of their own.
func (b *bench) newJob(name, arch string, objects ...fixtures.File) (*job, error) {
	dir, err := os.MkdirTemp(b.dir, "")
	if err != nil {
		return nil, err
	}
	j := &job{name: name, arch: arch, output: filepath.Join(dir, "module.mpy")}
	for _, o := range objects {
		path := filepath.Join(dir, o.Name)
		if err := os.WriteFile(path, o.Data, 0o666); err != nil {
			return nil, err
		}
		j.objects = append(j.objects, path)
	}
	return j, nil
}

// libraryJob is a module that takes software floating point out of libgcc and
// functions out of libm. It is nil without the toolchain that has them.
func (b *bench) libraryJob() (*job, error) {
	const cc = "arm-none-eabi-gcc"
	var libs []string
	for _, question := range []string{"-print-libgcc-file-name", "-print-file-name=libm.a"} {
		path, err := exec.Command(cc, "-mcpu=cortex-m3", "-mthumb", question).Output()
		if err != nil {
			return nil, nil
		}
		libs = append(libs, strings.TrimSpace(string(path)))
	}
	object := callsOf("__aeabi_fadd", "__aeabi_fmul", "__aeabi_fdiv", "__aeabi_dadd", "__aeabi_dmul", "__aeabi_ddiv",
		"__aeabi_ldivmod", "__aeabi_f2d", "__aeabi_d2f", "roundf", "floor", "sin", "cos", "tan", "atan", "cbrt")
	j, err := b.newJob("armv7m, libgcc and libm", "armv7m", fixtures.File{Name: "floats.o", Data: object})
	if j != nil {
		j.libs = libs
	}
	return j, err
}

// callsOf returns an object whose mpy_init calls some functions.
func callsOf(names ...string) []byte {
	var body code
	symbols := []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}}
	for _, name := range names {
		body.reloc(10, len(symbols), 0) // R_ARM_THM_CALL
		body.halves(0xf7ff, 0xfffe)
		symbols = append(symbols, elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
	}
	return oneSection(body, symbols)
}

func (b *bench) bigJob(r recipe, functions, objects int, split bool) (*job, error) {
	var files []fixtures.File
	for i, data := range generate(r, functions, objects, split) {
		files = append(files, fixtures.File{Name: fmt.Sprintf("part%d.o", i), Data: data})
	}
	j, err := b.newJob(bigName(r, functions, split), r.arch, files...)
	if j != nil {
		j.big = true
	}
	return j, err
}

func bigName(r recipe, functions int, split bool) string {
	sections := "few"
	if split {
		sections = "many"
	}
	return fmt.Sprintf("%s: %d functions, %s sections", r.arch, functions, sections)
}

func (b *bench) hostileJob(h hostileFile) (*job, error) {
	return b.newJob(h.name, hostileArch, fixtures.File{Name: "hostile.o", Data: h.data})
}
