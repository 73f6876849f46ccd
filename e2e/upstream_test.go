//go:build e2e

package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestBuildUpstream: with MicroPython's headers and its flags, mpyld build makes of
// upstream's examples what its Makefiles make, byte for byte.
//
// features2 is another where it has no doubles: its source mentions a name in code
// that is left out then, which is no name of the module here (dynruntime.mk takes
// all that are mentioned). On x64 and x86 its round function comes from musl here,
// as glibc's needs a dynamic loader.
func TestBuildUpstream(t *testing.T) {
	for _, arch := range natmodArchs {
		if slices.Contains([]string{"xtensa", "rv64imc"}, arch.name) {
			continue // a ROM, or a dynruntime.mk, that are this test bed's own
		}
		t.Run(arch.name, func(t *testing.T) {
			t.Parallel()
			tree := newNatmodTree(t, arch, mpyld)
			equal := 0
			for _, natmod := range natmods {
				if natmod.name == "features2" && arch.name != "armv7emdp" {
					continue
				}
				log, err := tree.make(natmod.name)
				if err != nil {
					t.Fatalf("%s: %v\n%s", natmod.name, err, log)
				}
				if compareUpstream(t, tree, natmod.name) {
					equal++
				}
			}
			t.Logf("%d modules are equal", equal)
		})
	}
}

// compareUpstream builds an example again, with one command.
func compareUpstream(t *testing.T, tree natmodTree, module string) bool {
	t.Helper()
	dir, name := tree.moduleDir(module), tree.importName(module)
	makefile, err := os.ReadFile(filepath.Join(dir, "Makefile"))
	must(t, err)
	_, sources, _ := strings.Cut(string(makefile), "\nSRC = ")
	sources, _, _ = strings.Cut(sources, "\n")
	args := []string{
		"build", "--mpy-dir", "../../..", "--target", "6.3", "--flags", "upstream", "--arch", tree.arch.name,
		"--name", name, "--source-name", name + ".native.mpy", "--build-dir", "build-mpyld",
	}
	for _, arg := range tree.arch.args {
		if float, ok := strings.CutPrefix(arg, "MICROPY_FLOAT_IMPL="); ok {
			args = append(args, "--float", float)
		}
	}
	cmd := exec.Command(mpyld, append(args, strings.Fields(sources)...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(tree.beds, "bin")+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", module, err, out)
		return false
	}
	want, err := os.ReadFile(filepath.Join(dir, name+".mpy"))
	must(t, err)
	got, err := os.ReadFile(filepath.Join(dir, "dist", tree.arch.name+"_6.3", name+".mpy"))
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, and make's %d, differ", module, len(got), len(want))
	}
	return bytes.Equal(got, want)
}

// TestBuildHeaders: MicroPython's headers come from a source tree, from the archive of it, or from an SDK
// file made of either, and make the same modules.
func TestBuildHeaders(t *testing.T) {
	t.Parallel()
	tree := sourceTree(t)
	archives, err := filepath.Glob(tree + "_*.orig.tar.xz")
	must(t, err)
	if len(archives) != 1 {
		t.Fatalf("beds/setup.sh leaves one archive, not %q", archives)
	}
	dir := t.TempDir()
	sdk, same := filepath.Join(dir, "sdk.tar.xz"), filepath.Join(dir, "same.tar.xz")
	link(t, "sdk", "-o", sdk, tree)
	link(t, "sdk", "-o", same, archives[0])
	if !bytes.Equal(must1(os.ReadFile(sdk))(t), must1(os.ReadFile(same))(t)) {
		t.Error("the SDK file of a tree and that of its archive differ")
	}
	// Each example for the machine that has doubles, which one needs, and one example for all.
	archs := map[string]string{"features3": "all"}
	for _, natmod := range natmods {
		arch := archs[natmod.name]
		if arch == "" {
			arch = "armv7emdp"
		}
		sources, err := filepath.Glob(filepath.Join(tree, "examples/natmod", natmod.name, "*.c"))
		must(t, err)
		var made []string
		for i, headers := range []string{tree, archives[0], sdk} {
			dist := filepath.Join(dir, natmod.name, strconv.Itoa(i))
			buildModule(t, dir, slices.Concat([]string{
				"--mpy-dir", headers, "--target", "6.3", "--arch", arch, "--name", natmod.name, "-o", dist, "--build-dir", dist + ".build",
			}, sources)...)
			files, err := filepath.Glob(filepath.Join(dist, "*", natmod.name+".mpy"))
			must(t, err)
			var sums strings.Builder
			for _, file := range files {
				fmt.Fprintf(&sums, "%s: %x\n", filepath.Base(filepath.Dir(file)), sha256.Sum256(must1(os.ReadFile(file))(t)))
			}
			made = append(made, sums.String())
		}
		if made[0] == "" || made[1] != made[0] || made[2] != made[0] {
			t.Errorf("%s differs:\n%s", natmod.name, strings.Join(made, "\n"))
		}
	}
}
