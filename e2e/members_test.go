//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	library "mpyld"
	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
	"mpyld/target"
)

// returns is a function of each machine that does nothing, in a whole number of words.
var returns = map[elf.Machine]string{
	elf.EM_ARM:    "\x70\x47\x00\xbf", // bx lr; nop
	elf.EM_RISCV:  "\x82\x80\x01\x00", // c.ret; c.nop
	elf.EM_386:    "\xc3\x90\x90\x90", // ret; nops
	elf.EM_X86_64: "\xc3\x90\x90\x90",
	elf.EM_XTENSA: "\x0d\xf0\x3d\xf0", // ret.n; nop.n
}

// threadLocal is in what is said of members that have thread-local variables, which a module cannot have.
var threadLocal = regexp.MustCompile(`TLS|GOTTPOFF|thread-local`)

// TestMembers links every member of the first compilers' libraries by itself, with functions for all that it does not
// define: as it is, and as small as it gets. Each link checks itself.
func TestMembers(t *testing.T) {
	for _, arch := range buildArchs {
		cc := compilerOf(t, must1(fixtures.SetNamed(arch+"-"+firstCompiler+"-Os-fpic"))(t))
		libs := libgcc(t, cc)
		switch {
		case strings.HasPrefix(arch, "rv"):
			libs = picolibc(t, cc)[1:] // its libm.a is one empty object, of another ABI; libc.a has all
		case arch != "xtensawin": // there are others for call0 only
			for _, name := range []string{"libm.a", "libc.a", "libstdc++.a"} {
				if path := cc("--print-file-name=" + name); filepath.IsAbs(path) {
					libs = append(libs, path)
				}
			}
		}
		t.Run(arch, func(t *testing.T) {
			t.Parallel()
			links := 0
			for _, lib := range libs {
				links += linkMembers(t, arch, lib)
			}
			t.Logf("%d links", links)
			if links < 100 {
				t.Errorf("only %d links", links)
			}
		})
	}
}

// linkMembers links the members of an archive, and returns how many links there were.
func linkMembers(t *testing.T, arch, lib string) (links int) {
	dir := t.TempDir()
	ar := exec.Command("ar", "x", lib)
	ar.Dir = dir
	if out, err := ar.CombinedOutput(); err != nil {
		if data, err := os.ReadFile(lib); err == nil && !bytes.HasPrefix(data, []byte("!<arch>")) {
			return 0 // the libm.a of glibc is a linker script
		}
		t.Fatalf("%s: %v\n%s", lib, err, out)
	}
	mach := machines.For(arch)
	members, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	for _, file := range members {
		data, err := os.ReadFile(file)
		must(t, err)
		if elf.Machine(data[18]) != mach.ELF { // e_machine: x86 has the libstdc++ of x64
			continue
		}
		name := filepath.Base(file)
		obj, err := elfload.Load(name, data, mach)
		must(t, err)
		code := returns[mach.ELF]
		rest := elfmake.Object{
			Machine: mach.ELF, Class: mach.Class, RELA: true,
			Sections: []elfmake.Section{{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: []byte(code + code)}},
			Symbols:  []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: uint64(mach.ModeBits)}},
		}
		for i := range obj.Symbols {
			if s := &obj.Symbols[i]; s.Where == elfload.Undefined && s.Name != "" {
				rest.Symbols = append(rest.Symbols, elfmake.Symbol{Name: s.Name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: uint64(len(code)) + uint64(mach.ModeBits)})
			}
		}
		for _, optimise := range []bool{false, true} {
			_, err := library.Link(context.Background(), library.Options{
				FS: fstest.MapFS{"rest.o": {Data: rest.Bytes()}, name: {Data: data}}, Files: []string{"rest.o", name}, SourceName: "m.mpy",
				Target: target.Options{Arch: arch}, Optimise: optimise,
			})
			if links++; err != nil && !threadLocal.MatchString(err.Error()) {
				t.Errorf("%s(%s), -O is %v: %v", lib, name, optimise, err)
			}
		}
	}
	return links
}
