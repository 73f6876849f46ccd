//go:build e2e

package e2e

import (
	"flag"
	"strings"
	"testing"

	"mpyld/fixtures"
)

var everyCase = flag.Bool("every-case", false, "TestCompilers: all cases with all flags, which takes half an hour")

// TestCompilers compiles fixtures with the compilers of beds/compilers, links them
// and runs them: each case once with each compiler for each architecture, taking
// turns with its sets of flags. What the newest compilers make is stored too, and
// linked and run by other tests.
func TestCompilers(t *testing.T) {
	must(t, fixtures.UseBeds(root))
	sets := fixtures.NewerSets()
	turns := map[string][]string{} // the sets of one compiler and architecture that have a case
	for _, set := range sets {
		recipes, err := set.Recipes()
		must(t, err)
		for _, r := range recipes {
			turns[compilerAndArch(set)+r.Name] = append(turns[compilerAndArch(set)+r.Name], set.Name)
		}
	}
	if len(turns) == 0 {
		t.Fatal("no cases")
	}
	for _, set := range sets {
		t.Run(set.Name, func(t *testing.T) {
			t.Parallel()
			must(t, fixtures.CheckCompiler(set.Compiler()))
			recipes, err := set.Recipes()
			must(t, err)
			dir := t.TempDir()
			var linked []linkedCase
			for j, r := range recipes {
				if names := turns[compilerAndArch(set)+r.Name]; !*everyCase && names[j%len(names)] != set.Name {
					continue
				}
				t.Run(r.Name, func(t *testing.T) { linked = append(linked, compileFixtureTo(t, dir, set, r)) })
			}
			for _, b := range bedsRunning(t, set.Arch) {
				runTogether(t, b, dir, linked)
			}
		})
	}
}

// compileFixtureTo compiles a case and links it in a directory of its name in dir.
func compileFixtureTo(t *testing.T, dir string, set fixtures.Set, r fixtures.Recipe) linkedCase {
	t.Helper()
	files, err := set.Compile(r)
	must(t, err)
	cases, err := set.CasesOf(files)
	must(t, err)
	return linkFixtureTo(t, dir, set.Arch, cases[0])
}

// compilerAndArch is the start of a set's name.
func compilerAndArch(set fixtures.Set) string {
	words := strings.SplitAfterN(set.Name, "-", 3)
	return words[0] + words[1]
}
