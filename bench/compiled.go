//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Objects that a compiler makes, of sources with the same calls, variables and
// constants as the objects of generate: one section for all code of a file.

// compilers has the command that compiles for an architecture.
var compilers = map[string]string{
	"armv7m":  "arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -Os -fpic",
	"rv32imc": "riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32 -Os -fpic -mno-relax",
}

// compiledJob is a module of compiled C, or nil without the compiler.
func (b *bench) compiledJob(arch string, functions, objects int) (*job, error) {
	cc := strings.Fields(compilers[arch])
	if len(cc) == 0 {
		return nil, nil
	}
	if _, err := exec.LookPath(cc[0]); err != nil {
		return nil, nil
	}
	j, err := b.newJob(fmt.Sprintf("%s: %d functions, compiled", arch, functions), arch)
	if err != nil {
		return nil, err
	}
	j.big = true
	dir := filepath.Dir(j.output)
	var running []*exec.Cmd
	for i := range objects {
		source, object := filepath.Join(dir, fmt.Sprintf("part%d.c", i)), filepath.Join(dir, fmt.Sprintf("part%d.o", i))
		if err := os.WriteFile(source, []byte(sourceOf(functions, i*functions/objects, functions/objects)), 0o666); err != nil {
			return nil, err
		}
		j.objects = append(j.objects, object)
		cmd := exec.Command(cc[0], append(cc[1:], "-c", source, "-o", object)...)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		running = append(running, cmd)
	}
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
		}
	}
	return j, nil
}

// sourceOf returns the C of n functions of total, from number first on. Each
// uses a variable that four share, and a text of its own.
func sourceOf(total, first, n int) string {
	callees := func(number int) [3]string {
		return [3]string{
			functionName((number + 1) % total),
			functionName(number * 7919 % total),
			functionName(number * 104729 % total),
		}
	}
	var b strings.Builder
	declared := map[string]bool{}
	declare := func(name string) {
		if !declared[name] {
			declared[name] = true
			fmt.Fprintf(&b, "int %s(int);\n", name)
		}
	}
	for number := first; number < first+n; number++ {
		declare(functionName(number))
		for _, name := range callees(number) {
			declare(name)
		}
		if number%4 == 0 {
			fmt.Fprintf(&b, "int variable_%05d;\n", number/4)
		}
	}
	for number := first; number < first+n; number++ {
		call, name := callees(number), functionName(number)
		fmt.Fprintf(&b, "int %s(int a) { variable_%05d += a; return %s(a + %d) + %s(a ^ variable_%05d) + %s((int)(long)%q); }\n",
			name, number/4, call[0], number%200, call[1], number/4, call[2], name)
	}
	return b.String()
}
