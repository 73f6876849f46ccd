//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestFatLTO runs objects that have GCC's intermediate code beside their machine
// code, given as they are and in an archive. Without machine code they are refused.
func TestFatLTO(t *testing.T) {
	for _, set := range oneSetPerArch() {
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			set.Flags = strings.Fields("-Os -fpic -flto -ffat-lto-objects")
			recipes, err := set.Recipes()
			must(t, err)
			c := must1(set.Case("twofiles"))(t)
			r := recipes[slices.IndexFunc(recipes, func(r fixtures.Recipe) bool { return r.Name == c.Name })]
			c.Config, c.Objects = compileRecipe(t, set, r)
			for _, o := range c.Objects {
				if !bytes.Contains(o.Data, []byte(".gnu.lto_.lto.")) {
					t.Fatalf("%s has no intermediate code", o.Name)
				}
			}
			runFixture(t, set.Arch, c, bedsRunning(t, set.Arch))

			library := filepath.Join(t.TempDir(), "libone.a")
			one := slices.IndexFunc(c.Objects, func(f fixtures.File) bool { return f.Name == "one.c.o" })
			archive(t, library, c.Objects[one])
			c.Objects = slices.Delete(slices.Clone(c.Objects), one, one+1)
			c.LDFlags = append(slices.Clone(c.LDFlags), "-l", library)
			runFixture(t, set.Arch, c, bedsRunning(t, set.Arch))

			set.Flags = strings.Fields("-Os -fpic -flto -fno-fat-lto-objects")
			config, slim := compileRecipe(t, set, r)
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, "config.h"), config, 0o666))
			must(t, os.WriteFile(filepath.Join(dir, "slim.o"), slim[0].Data, 0o666))
			argv := append(strings.Fields(mpyld), "--arch", set.Arch, "--qstrs", filepath.Join(dir, "config.h"), filepath.Join(dir, "slim.o"))
			out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
			if err == nil || !bytes.Contains(out, []byte("no machine code")) || !bytes.Contains(out, []byte("-ffat-lto-objects")) {
				t.Errorf("slim: %v\n%s", err, out)
			}
		})
	}
}

// archive makes a static library of one object.
func archive(t *testing.T, library string, object fixtures.File) {
	t.Helper()
	file := filepath.Join(t.TempDir(), object.Name)
	must(t, os.WriteFile(file, object.Data, 0o666))
	if out, err := exec.Command("ar", "rcs", library, file).CombinedOutput(); err != nil {
		t.Fatalf("ar: %v\n%s", err, out)
	}
}
