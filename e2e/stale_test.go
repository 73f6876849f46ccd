//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestStaleHeader: for every compiler, what a config header leaves in an object
// costs the module nothing, survives ld -r, and shows at the link that the
// header has changed.
func TestStaleHeader(t *testing.T) {
	seen := map[fixtures.Compiler]bool{}
	for _, set := range fixtures.Sets() {
		if seen[set.Compiler()] {
			continue
		}
		seen[set.Compiler()] = true
		t.Run(set.Name, func(t *testing.T) {
			t.Parallel()
			cc := compilerOf(t, set)
			dir := t.TempDir()
			source := filepath.Join(root, "fixtures/src/hello/hello.c")
			in := func(name string) string { return filepath.Join(dir, name) }
			flags := slices.Concat(strings.Fields(fixtures.Common), set.Flags, []string{"-std=c99", "-I", filepath.Join(root, "fixtures/src"), "-I"})

			must(t, os.Mkdir(in("ours"), 0o777))
			link(t, "--preprocess", "-o", in("ours/config.h"), source)
			text, err := os.ReadFile(in("ours/config.h"))
			must(t, err)
			plain, _, ok := strings.Cut(string(text), "#if defined(__GNUC__)")
			if !ok {
				t.Fatalf("the header has no records:\n%s", text)
			}
			must(t, os.Mkdir(in("plain"), 0o777))
			must(t, os.WriteFile(in("plain/config.h"), []byte(plain), 0o666))

			must(t, os.WriteFile(in("strict.c"), []byte("#include \"ours/config.h\"\n#include \"ours/config.h\"\nextern int x;\n"), 0o666))
			for _, std := range []string{"c99", "c11", "gnu17"} {
				cc("-std="+std, "-Wall", "-Wextra", "-Werror", "-c", "-o", in("strict.o"), in("strict.c"))
			}

			var modules []string
			for _, header := range []string{"ours", "plain"} {
				cc(slices.Concat(flags, []string{in(header), "-o", in(header + "/hello.o"), "-c", source})...)
				link(t, "--arch", set.Arch, "--qstrs", in("ours/config.h"), "-o", in(header+"/hello.mpy"), in(header+"/hello.o"))
				data, err := os.ReadFile(in(header + "/hello.mpy"))
				must(t, err)
				modules = append(modules, string(data))
			}
			if modules[0] != modules[1] {
				t.Error("the module differs from one that is compiled without records")
			}
			must(t, os.WriteFile(in("test.py"), []byte("import hello; hello.greet(hello.language)"), 0o666))
			for _, b := range bedsRunning(t, set.Arch) {
				if got := b.run(t, in("test.py"), in("ours")); got != "Hello, C!\n" {
					t.Errorf("bed %s printed %q", b.name, got)
				}
			}

			must(t, os.WriteFile(in("more.c"), []byte("MP_QSTR_a_new_name"), 0o666))
			link(t, "--preprocess", "-o", in("new.h"), source, in("more.c"))
			objects := []string{in("ours/hello.o")}
			if strings.HasSuffix(set.Compiler().Command, "gcc") { // which has an ld
				args := []string{"-r", "-o", in("merged.o"), in("ours/hello.o")}
				switch set.Arch { // other than the default of one that does for more
				case "x86":
					args = append(args, "-m", "elf_i386")
				case "rv32imc":
					args = append(args, "-m", "elf32lriscv")
				}
				if out, err := exec.Command(cc("--print-prog-name=ld"), args...).CombinedOutput(); err != nil {
					t.Fatalf("ld: %v\n%s", err, out)
				}
				objects = append(objects, in("merged.o"))
			}
			for _, object := range objects {
				argv := append(strings.Fields(mpyld), "--arch", set.Arch, "--qstrs", in("new.h"), "-o", in("no.mpy"), object)
				out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
				if want := "number 1 was MP_QSTR_greet when it was compiled, and is MP_QSTR_a_new_name now"; err == nil || !strings.Contains(string(out), want) {
					t.Errorf("%s with a new header: %v\n%s", object, err, out)
				}
			}
			link(t, "--arch", set.Arch, "--qstrs", in("ours/config.h"), "-o", in("ok.mpy"), objects[len(objects)-1])
		})
	}
}
