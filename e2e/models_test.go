//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestCodeModels compiles some fixtures in ways that no stored set has: for each
// architecture, those that its compiler knows and that a module can be made of.
func TestCodeModels(t *testing.T) {
	cases := strings.Fields("callbacks comdat cplusplus data floats globals qstrs samenames staticbss tables twofiles variables weak")
	for _, tt := range []struct{ arch, flags string }{
		{"armv6m", "-O2 -fno-pic"},
		{"armv7emsp", "-Os -fno-pic"},
		{"armv7emsp", "-O2 -fno-pic -mslow-flash-data"}, // MOVW and MOVT
		{"armv7emdp", "-O2 -fno-pic"},
		{"armv7emdp", "-Os -fno-pic -mlong-calls"},
		{"xtensa", "-Os -fno-pic"},
		{"xtensawin", "-O2 -fno-pic"},
		{"rv32imc", "-O0 -fno-pic -mcmodel=medlow"},
		{"rv32imc", "-O2 -fno-pic -mcmodel=medany"},
		{"rv64imc", "-Os -fno-pic -mcmodel=medany --no-writable-text"},
		{"rv64imc", "-Os -fno-pic -mcmodel=medlow -ffunction-sections -fdata-sections"},
		{"rv32imc", "-Os -fno-pic -mcmodel=medlow --no-writable-text"},
		{"rv64imc", "-O2 -fno-pic -mcmodel=medlow --no-writable-text"},
	} {
		t.Run(tt.arch+" "+tt.flags, func(t *testing.T) {
			t.Parallel()
			set := must1(fixtures.SetNamed(tt.arch + "-gcc12.2-Os-fpic"))(t)
			var ldflags []string
			set.Flags = strings.Fields(tt.flags)
			if last := len(set.Flags) - 1; set.Flags[last] == "--no-writable-text" {
				set.Flags, ldflags = set.Flags[:last], set.Flags[last:]
			}
			recipes, err := set.Recipes()
			must(t, err)
			dir := t.TempDir()
			var linked []linkedCase
			for _, r := range recipes {
				if !slices.Contains(cases, r.Name) {
					continue
				}
				c := must1(set.Case(r.Name))(t)
				c.LDFlags = append(slices.Clone(c.LDFlags), ldflags...)
				c.Config, c.Objects = compileRecipe(t, set, r)
				linked = append(linked, linkFixtureTo(t, dir, set.Arch, c))
			}
			if len(linked) != len(cases) {
				t.Errorf("%d cases of %d", len(linked), len(cases))
			}
			for _, b := range bedsRunning(t, set.Arch) {
				runTogether(t, b, dir, linked)
			}
		})
	}
}

// compileRecipe makes the objects of a case with the set's compiler.
func compileRecipe(t *testing.T, set fixtures.Set, r fixtures.Recipe) (config []byte, objects []fixtures.File) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"--preprocess", "-o", filepath.Join(dir, "config.h")}
	for _, f := range slices.Concat(r.Headers, r.Sources) {
		must(t, os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o666))
	}
	for _, f := range r.Sources {
		args = append(args, filepath.Join(dir, f.Name))
	}
	link(t, args...)
	config, err := os.ReadFile(filepath.Join(dir, "config.h"))
	must(t, err)
	for _, f := range r.Sources {
		object := compileSource(t, set, dir, filepath.Join(dir, f.Name), r.CFlags...)
		data, err := os.ReadFile(object)
		must(t, err)
		objects = append(objects, fixtures.File{Name: f.Name + ".o", Data: data})
	}
	return config, objects
}
