//go:build e2e

package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	linker "mpyld"
	"mpyld/fixtures"
	"mpyld/linkmap"
	"mpyld/relocs"
	"mpyld/target"
)

var updateRelaxed = flag.Bool("update-relaxed", false, "write what lld makes into testdata/relaxed")

// TestNoLargerThanLLD: what testdata/relaxed has is what lld makes of the stored objects that are
// compiled for shorter calls. What the objects leave undefined, it gets at the addresses of our module.
func TestNoLargerThanLLD(t *testing.T) {
	t.Parallel()
	file := filepath.Join(root, "testdata/relaxed")
	var table strings.Builder
	table.WriteString(relaxedHead)
	for _, set := range fixtures.Sets() {
		if !strings.HasSuffix(set.Name, "-relax") {
			continue
		}
		cases, err := set.Cases()
		must(t, err)
		for _, c := range cases {
			fmt.Fprintf(&table, "%s %s %d\n", set.Name, c.Name, lldSize(t, set, c))
		}
	}
	if *updateRelaxed {
		must(t, os.WriteFile(file, []byte(table.String()), 0o666))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if string(want) != table.String() {
		t.Errorf("testdata/relaxed is not what lld makes:\n%s", table.String())
	}
}

const relaxedHead = `# Bytes of the text sections of stored objects that are compiled for shorter calls, as lld 19 makes them:
# set, case, bytes. go test -tags e2e -run TestNoLargerThanLLD ./e2e -update-relaxed
`

// otherRelaxations are all but that of calls.
var otherRelaxations = slices.DeleteFunc(relocs.RelaxationNames(), func(name string) bool { return name == relocs.ShortCalls.String() })

// lldSize returns how large the text sections of a case's objects are as lld makes them.
func lldSize(t *testing.T, set fixtures.Set, c fixtures.Case) (size int) {
	t.Helper()
	m, err := linker.Link(context.Background(), linker.Options{
		FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: c.Name + ".mpy", Target: target.Options{Arch: set.Arch},
		KeepUnwind: c.Has("--keep-unwind"), GCSections: c.Has("--gc-sections"), Symbols: true,
		Optimise: true, NoRelax: otherRelaxations, // which move what the objects leave undefined
	})
	must(t, err)
	dir := t.TempDir()
	for _, o := range c.Objects {
		must(t, os.WriteFile(filepath.Join(dir, o.Name), o.Data, 0o666))
	}
	withLLD(t, dir, m, c.Has("--gc-sections"), c.Names())
	text, err := os.ReadFile(filepath.Join(dir, "map"))
	must(t, err)
	for _, line := range sectionOfLLD.FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.ParseUint(line[1], 16, 32)
		must(t, err)
		size += int(n)
	}
	return size
}

// sectionOfLLD is a line of lld's map: address, load address, size, alignment, object and section.
var sectionOfLLD = regexp.MustCompile(`(?m)^ *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +\d+ +\S+\.o:\(\.text[^)]*\)$`)

// withLLD links the objects of a module in a directory with lld, which makes a file "out" and
// a map. What they leave undefined is at the addresses of the module.
func withLLD(t *testing.T, dir string, m *linker.Module, gc bool, objects []string) {
	t.Helper()
	start := uint64(0)
	args := []string{"-m", "elf" + m.File.Arch.Name[2:4] + "lriscv", "-e", "mpy_init", "--unresolved-symbols=ignore-all", "-Map=map", "-o", "out"}
	define := func(name string, addr uint64) {
		args = append(args, fmt.Sprintf("--defsym=%s=%d", name, addr))
	}
	for i := range m.Map.Sections {
		s := &m.Map.Sections[i]
		if s.Kind == linkmap.Veneer {
			define(m.Map.Targets[s.Target].Name, s.Addr)
		}
		if start == 0 && s.Kind == linkmap.Input && s.Instructions && s.Size > 0 {
			start = s.Addr
		}
	}
	for _, s := range m.Map.Symbols {
		if p := &m.Map.Sections[s.Section]; s.Bind != linkmap.Local && p.Instructions && strings.HasSuffix(p.Object, ")") {
			define(s.Name, p.Addr+s.Off)
		}
	}
	args = append(args, fmt.Sprintf("-Ttext=%#x", start))
	if gc {
		args = append(args, "--gc-sections")
	}
	cmd := exec.Command("ld.lld-19", append(args, objects...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ld.lld-19: %v\n%s", err, out)
	}
}

// TestLinesOfShortCalls: where calls are shorter, each function has the very lines that it has in what
// lld makes of the same objects.
func TestLinesOfShortCalls(t *testing.T) {
	for _, set := range fixtures.Sets() {
		if !strings.HasSuffix(set.Name, "-relax") {
			continue
		}
		for _, v := range debugVariants[1:] {
			t.Run(set.Name+"/"+v.name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				config := filepath.Join(dir, "config.h")
				link(t, "--preprocess", "-o", config, "testdata/debug/wave.c")
				var objects []string
				for _, source := range []string{"wave", "form"} {
					object := compileSource(t, set, dir, "testdata/debug/"+source+".c", strings.Fields(v.flags)...)
					objects = append(objects, filepath.Base(object))
				}
				m, err := linker.Link(context.Background(), linker.Options{
					FS: os.DirFS(dir), Files: objects, QStrs: "config.h", SourceName: "wave.mpy", Target: target.Options{Arch: set.Arch},
					GCSections: true, Optimise: true, Symbols: true, Debug: true,
				})
				must(t, err)
				gcc := strings.Contains(set.Name, "gcc") // clang's code of these sources has calls through tables alone
				if gcc && !slices.ContainsFunc(m.Map.Saved, func(s linkmap.Saved) bool { return s.By == relocs.ShortCalls }) {
					t.Error("no call is shorter")
				}
				companion := filepath.Join(dir, "wave.elf")
				data, _, err := m.DebugELF()
				must(t, err)
				must(t, os.WriteFile(companion, data, 0o666))
				withLLD(t, dir, m, true, objects)
				validDebug(t, companion)
				sameFrames(t, companion)
				sameLines(t, linesOf(t, companion), linesOf(t, filepath.Join(dir, "out")))
			})
		}
	}
}
