//go:build e2e

package e2e

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestExterns links a module against an address in the interpreter that runs
// it, which a linker script gives, or the interpreter itself. The port beds are
// linked at fixed addresses, like firmware.
func TestExterns(t *testing.T) {
	for _, set := range oneSetPerArch() {
		if set.Arch == "x86" || set.Arch == "x64" {
			continue // see TestJustSymbolsOfLibc
		}
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(bedsDir(t), "home", set.Arch, "micropython")
			dir := t.TempDir()
			script := filepath.Join(dir, "rom.ld")
			text := fmt.Sprintf("/* in the interpreter */ PROVIDE ( %s = %#x );\n", externsSymbol, addressIn(t, program, externsSymbol))
			must(t, os.WriteFile(script, []byte(text), 0o666))
			b := bedNamed(t, set.Arch)
			for _, pic := range callStyles(set.Arch) {
				object, config := compileExterns(t, set, dir, pic)
				own := compileSource(t, set, dir, "testdata/externs/own.c", "-ffunction-sections", "-fdata-sections", pic)
				for name, args := range map[string][]string{
					"--externs":                       {"--externs", script},
					"--just-symbols":                  {"--just-symbols", program},
					"both":                            {"-R", program, "-e", script},
					"--just-symbols and a definition": {"--just-symbols", program, own},
				} {
					args = append(args, "-v", "--arch", set.Arch, "--qstrs", config, "-o", filepath.Join(dir, "externs.mpy"), object)
					listing := link(t, args...)
					if got, want := b.run(t, "testdata/externs/test.py", dir), "11 11 10\n"; got != want {
						t.Errorf("%s, %s: printed %q, want %q", pic, name, got, want)
					}
					if strings.Contains(listing, "warning") {
						t.Errorf("%s, %s: %s", pic, name, listing)
					}
					if !slices.Contains(args, own) {
						continue
					}
					// What the firmware's replaces is left out, and what only that needs.
					if !strings.Contains(listing, "overridden: utf8_charlen at "+own) || strings.Contains(listing, "stays") {
						t.Errorf("%s: the module's own definition is not left out:\n%s", pic, listing)
					}
					if data, err := os.ReadFile(filepath.Join(dir, "externs.mpy")); err != nil || bytes.Contains(data, []byte("only the module's own says this")) {
						t.Errorf("%s: the module's own definition is in the file (%v)", pic, err)
					}
				}
			}
		})
	}
}

const externsSymbol = "utf8_charlen"

// TestJustSymbolsOfLibc does the same where the interpreter is Debian's, which
// can be loaded anywhere and has no symbols: the address is that of a function
// of its C library while the addresses of programs are not random. It also
// compares the build ID in the map.
func TestJustSymbolsOfLibc(t *testing.T) {
	for _, set := range oneSetPerArch() {
		if set.Arch != "x86" && set.Arch != "x64" {
			continue
		}
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			fixed := fixedBed(t, set.Arch)
			maps := fixed.run(t, "testdata/externs/maps.py")
			var base uint64
			var libc string
			for line := range strings.Lines(maps) {
				if field := strings.Fields(line); len(field) == 6 && strings.Contains(field[5], "libc.so") && base == 0 {
					libc = field[5]
					_, err := fmt.Sscanf(field[0], "%x-", &base)
					must(t, err)
				}
			}
			// a64l takes h for 45 and stops at what is no digit, as any \u00e9 is.
			address := base + dynamicSymbol(t, libc, "a64l")
			firmware := filepath.Join(dir, "firmware.elf")
			cc := exec.Command("gcc", append(strings.Fields(set.Compiler().Machine), "-nostdlib", "-static", "-no-pie", "-x", "c", os.DevNull,
				"-Wl,--build-id,-e,0", fmt.Sprintf("-Wl,--defsym=%s=%#x", externsSymbol, address), "-o", firmware)...)
			if out, err := cc.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			object, config := compileExterns(t, set, dir, "-fpic")
			mapFile := filepath.Join(dir, "externs.map")
			link(t, "--arch", set.Arch, "--just-symbols", firmware, "--Map", mapFile, "--qstrs", config, "-o", filepath.Join(dir, "externs.mpy"), object)
			if got, want := fixed.run(t, "testdata/externs/test.py", dir), "45 45 0\n"; got != want {
				t.Errorf("printed %q, want %q", got, want)
			}
			notes, err := exec.Command("readelf", "-n", firmware).Output()
			must(t, err)
			_, id, _ := strings.Cut(string(notes), "Build ID: ")
			id, _, _ = strings.Cut(id, "\n")
			if text, err := os.ReadFile(mapFile); err != nil || id == "" || !strings.Contains(string(text), "firmware: "+firmware+" build-id "+id+"\n") {
				t.Errorf("the map lacks the build ID %q (%v):\n%s", id, err, text)
			}
		})
	}
}

// TestFirmwareOfOtherConvention: a firmware that passes arguments in another way
// than the module, or is for another machine, does not go unnoticed.
func TestFirmwareOfOtherConvention(t *testing.T) {
	for _, test := range []struct{ arch, firmware, want string }{
		{"armv7m", "armv7emsp", "warning: FIRMWARE: the firmware is compiled to pass floats in FPU registers (-mfloat-abi=hard), unlike modules for --arch armv7m"},
		{"armv7emdp", "armv6m", "warning: FIRMWARE: the firmware is compiled to pass floats in core registers (-mfloat-abi=soft or softfp), unlike modules for --arch armv7emdp"},
		{"xtensa", "xtensawin", "warning: FIRMWARE: the firmware is compiled for the windowed calling convention, with register windows, unlike modules for --arch xtensa"},
		{"rv32imc", "rv64imc", "error: FIRMWARE: is for EM_RISCV (64-bit), not for --arch rv32imc"},
		{"armv7m", "xtensa", "error: FIRMWARE: is for EM_XTENSA (32-bit), not for --arch armv7m"},
	} {
		t.Run(test.arch+" with "+test.firmware, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			set := must1(fixtures.SetNamed(test.arch + "-gcc12.2-Os-fpic"))(t)
			object, config := compileExterns(t, set, dir, "-fpic")
			program := filepath.Join(bedsDir(t), "home", test.firmware, "micropython")
			argv := append(strings.Fields(mpyld), "--arch", test.arch, "-R", program, "--qstrs", config, "-o", filepath.Join(dir, "externs.mpy"), object)
			out, _ := exec.Command(argv[0], argv[1:]...).CombinedOutput()
			if want := "mpyld: " + strings.ReplaceAll(test.want, "FIRMWARE", program); !strings.Contains(string(out), want) {
				t.Errorf("want %q in:\n%s", want, out)
			}
		})
	}
}

// fixedBed is a bed whose addresses are the same in every run.
func fixedBed(t *testing.T, name string) bed {
	b := bedNamed(t, name)
	b.prefix = []string{"setarch", "-R"}
	return b
}

func bedNamed(t *testing.T, name string) bed {
	t.Helper()
	all := allBeds(t)
	i := slices.IndexFunc(all, func(b bed) bool { return b.name == name })
	if i < 0 {
		t.Fatalf("there is no bed %s", name)
	}
	return all[i]
}

// oneSetPerArch returns the first set of each architecture.
func oneSetPerArch() []fixtures.Set {
	var sets []fixtures.Set
	for _, set := range fixtures.Sets() {
		if !slices.ContainsFunc(sets, func(s fixtures.Set) bool { return s.Arch == set.Arch }) {
			sets = append(sets, set)
		}
	}
	return sets
}

// dynamicSymbol returns the value of a symbol that a shared library exports.
func dynamicSymbol(t *testing.T, library, symbol string) uint64 {
	t.Helper()
	f, err := elf.Open(library)
	must(t, err)
	defer f.Close()
	syms, err := f.DynamicSymbols()
	must(t, err)
	for _, s := range syms {
		if s.Name == symbol && elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			return s.Value
		}
	}
	t.Fatalf("%s has no function %s", library, symbol)
	return 0
}

// callStyles returns the flags with which a compiler calls other files in
// different ways: Xtensa code has literals for them only if it is -fpic.
func callStyles(arch string) []string {
	if strings.HasPrefix(arch, "xtensa") {
		return []string{"-fpic", "-fno-pic"}
	}
	return []string{"-fpic"}
}

// addressIn returns a symbol's value in an ELF program.
func addressIn(t *testing.T, program, symbol string) uint64 {
	t.Helper()
	f, err := elf.Open(program)
	must(t, err)
	defer f.Close()
	syms, err := f.Symbols()
	must(t, err)
	for _, s := range syms {
		if s.Name == symbol {
			return s.Value
		}
	}
	t.Fatalf("%s has no symbol %s", program, symbol)
	return 0
}

// compileExterns compiles the module with the set's compiler and flags.
func compileExterns(t *testing.T, set fixtures.Set, dir, pic string) (object, config string) {
	t.Helper()
	config = filepath.Join(dir, "config.h")
	const source = "testdata/externs/externs.c"
	link(t, "--preprocess", "-o", config, source)
	return compileSource(t, set, dir, source, pic), config
}

// compileSource compiles a source with the set's compiler and flags, and more flags.
func compileSource(t *testing.T, set fixtures.Set, dir, source string, flags ...string) (object string) {
	t.Helper()
	base := filepath.Base(source)
	object = filepath.Join(dir, strings.TrimSuffix(base, filepath.Ext(base))+".o")
	args := append(set.Args(source), flags...)
	runCompiler(t, set.Compiler().Command, append(args, "-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", source)...)
	return object
}

// runCompiler runs a compiler, which may be one that beds/setup.sh made, and
// returns what it printed.
func runCompiler(t *testing.T, command string, args ...string) string {
	t.Helper()
	cmd := exec.Command(command, args...)
	if cmd.Err != nil { // not on our own PATH
		cmd = exec.Command(filepath.Join(bedsDir(t), "bin", command), args...)
	}
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":"+filepath.Join(bedsDir(t), "bin"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", command, strings.Join(args, " "), err, out)
	}
	return string(out)
}
