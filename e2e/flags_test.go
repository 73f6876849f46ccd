//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestSymbolFlags executes what --wrap, --defsym and -u make of a module, on
// every architecture. The module is in two objects and an archive:
//
//	main.c     calls counted and alias, and lists who registered
//	counted.c  defines counted
//	wrapper.c  defines __wrap_counted, in terms of __real_counted, and hidden,
//	           which nothing refers to; in the archive
func TestSymbolFlags(t *testing.T) {
	archs := 0
	for _, set := range oneSetPerArch() {
		archs++
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			m := compileFlags(t, set)
			beds := bedsRunning(t, set.Arch)
			for _, test := range []struct {
				name, want string
				args       []string
			}{
				// counted(5), its address called with 5, alias(5), address in data, hidden seen?
				{"plain", "15 15 15 0", []string{"--defsym", "alias=counted"}},
				{"wrap", "1015 1015 1015 99", []string{"--wrap", "counted", "--defsym", "alias=counted", "-L" + m.dir, "-lwrapper"}},
				{"defsym of an archive's", "15 15 1015 99", []string{"--defsym=alias=__wrap_counted", "--defsym=__real_counted=counted", "-L", m.dir, "-lwrapper"}},
				{"number", "15 15 15 77", []string{"--defsym", "alias=counted", "--defsym", "hidden=77"}},
				{"undefined", "15 15 15 99", []string{"-u", "hidden", "--defsym", "alias=counted", "--defsym", "__real_counted=counted", "-(", "-l", filepath.Join(m.dir, "libwrapper.a"), "-)"}},
				{"response", "15 15 15 77", []string{"@" + m.response}},
			} {
				link(t, append([]string{"--arch", set.Arch, "--qstrs", m.config, "-o", filepath.Join(m.dir, "flags.mpy"), m.main, m.counted}, test.args...)...)
				for _, b := range beds {
					if got := b.run(t, "testdata/flags/test.py", m.dir); strings.TrimSpace(got) != test.want {
						t.Errorf("%s in bed %s: printed %q, want %q", test.name, b.name, got, test.want)
					}
				}
			}
		})
	}
	if archs != 10 {
		t.Errorf("%d architectures", archs)
	}
}

type flagsModule struct{ dir, config, main, counted, response string }

func compileFlags(t *testing.T, set fixtures.Set) flagsModule {
	t.Helper()
	m := flagsModule{dir: t.TempDir()}
	m.config = filepath.Join(m.dir, "config.h")
	link(t, "--preprocess", "-o", m.config, "testdata/flags/main.c")
	m.main = compileSource(t, set, m.dir, "testdata/flags/main.c")
	m.counted = compileSource(t, set, m.dir, "testdata/flags/counted.c")
	wrapper := compileSource(t, set, m.dir, "testdata/flags/wrapper.c")
	if out, err := exec.Command("ar", "rcs", filepath.Join(m.dir, "libwrapper.a"), wrapper).CombinedOutput(); err != nil {
		t.Fatalf("ar: %v\n%s", err, out)
	}
	m.response = filepath.Join(m.dir, "args")
	must(t, os.WriteFile(m.response, []byte("--defsym 'alias=counted'\n\"--defsym\" hidden\\=77\n"), 0o666))
	return m
}
