//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/fixtures"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/mpywriter"
)

// TestWithoutAnchor takes the one pointer to the head of the module's RAM out of
// a linked module: the collector must then free the RAM, and what is allocated
// after that must spoil the variables. So the anchor is needed, and the test that
// modules survive collection (fixtures/src/anchor) can fail.
//
// MicroPython's ports for microcontrollers are like this, and so are the beds of
// that kind. Debian's interpreters for Linux keep a reference of their own
// (MICROPY_PERSISTENT_CODE_TRACK_BSS_RODATA): there the same file works.
func TestWithoutAnchor(t *testing.T) {
	prelude, err := fixtures.Source("prelude.py")
	must(t, err)
	body, err := os.ReadFile("testdata/anchor/test.py")
	must(t, err)
	script := filepath.Join(t.TempDir(), "test.py")
	must(t, os.WriteFile(script, append(prelude, body...), 0o666))
	const intactOutput = "1496\n"
	done := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if done[set.Arch] {
			continue
		}
		done[set.Arch] = true
		for name, link := range map[string]func(*testing.T, fixtures.Set) string{"bss": anchoredBSS, "rodata": anchoredRodata} {
			t.Run(set.Arch+"/"+name, func(t *testing.T) {
				t.Parallel()
				with, without := link(t, set), t.TempDir()
				data, err := os.ReadFile(filepath.Join(with, "anchor.mpy"))
				must(t, err)
				must(t, os.WriteFile(filepath.Join(without, "anchor.mpy"), withoutAnchor(t, data), 0o666))
				for _, b := range bedsRunning(t, set.Arch) {
					if diff := cmp.Diff(intactOutput, b.run(t, script, with)); diff != "" {
						t.Errorf("bed %s: with the anchor: - expected, + printed\n%s", b.name, diff)
					}
					out := b.exec(script, without)
					intact := out.err == nil && out.text == intactOutput
					if tracks := b.kind == "debian"; intact != tracks {
						t.Errorf("bed %s: the variables of a module without its anchor are intact: %v, want %v\n%s", b.name, intact, tracks, out.text)
					}
				}
			})
		}
	}
}

// anchoredBSS and anchoredRodata link a module to whose zeroed or initialised
// variables no pointer leads but into the middle of their block, and return its
// directory.
func anchoredBSS(t *testing.T, set fixtures.Set) string {
	return linkFixture(t, set.Arch, must1(set.Case("anchor"))(t))
}

func anchoredRodata(t *testing.T, set fixtures.Set) string {
	dir, cc, fixture := t.TempDir(), compilerOf(t, set), filepath.Join(root, "fixtures/src")
	source, config := filepath.Join(fixture, "anchor/anchor.c"), filepath.Join(dir, "config.h")
	link(t, "--preprocess", "-o", config, source)
	args := []string{"--arch", set.Arch, "--qstrs", config, "-o", filepath.Join(dir, "anchor.mpy")}
	for _, file := range []string{source, "testdata/anchor/data.S"} {
		object := filepath.Join(dir, filepath.Base(file)+".o")
		cc(slices.Concat(strings.Fields(fixtures.Common), set.Flags, []string{"-I", dir, "-I", fixture, "-o", object, "-c", file})...)
		args = append(args, object)
	}
	link(t, args...)
	return dir
}

// withoutAnchor leaves out the relocation of the words that point to the head
// of the module's RAM.
func withoutAnchor(t *testing.T, data []byte) []byte {
	t.Helper()
	f, err := mpytree.Module(data, nil)
	must(t, err)
	n, head := len(f.Words), mpyfile.ToBSS
	if f.BSSSize == 0 {
		head = mpyfile.ToRodata
	}
	f.Words = slices.DeleteFunc(f.Words, func(w mpyfile.Word) bool {
		return w.Region == mpyfile.Text && w.Dest.Kind == head && strings.Trim(string(f.Text[w.Off:w.Off+uint64(f.Arch.Word)]), "\x00") == ""
	})
	if len(f.Words) != n-1 {
		t.Fatalf("%d words point to the head of the module's RAM, want one", n-len(f.Words))
	}
	out, err := mpywriter.Write(f)
	must(t, err)
	return out
}
