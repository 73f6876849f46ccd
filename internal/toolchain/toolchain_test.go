package toolchain

import (
	"slices"
	"testing"

	"mpyld/target"
)

// Each architecture has a row, in the same order, with a compiler to try and a command
// that installs one.
func TestRows(t *testing.T) {
	var names []string
	for _, a := range arches.Get() {
		names = append(names, a.name)
		if len(a.candidates) == 0 || a.is == "" || a.float == "" || len(installs.Get()[a.install]) == 0 {
			t.Errorf("%s: the row is incomplete", a.name)
		}
		for _, c := range a.candidates {
			if len(a.small.of(c.kind)) == 0 {
				t.Errorf("%s: no flags for %s", a.name, c.kind)
			}
		}
	}
	if all := target.ArchNames(); !slices.Equal(names, all) {
		t.Errorf("rows for %q, want %q", names, all)
	}
}

func TestSplitQuoted(t *testing.T) {
	for text, want := range map[string][]string{
		` /usr/ld "-L/a b/c" -L/d\ e  x`: {"/usr/ld", "-L/a b/c", "-L/d e", "x"},
		`"-LC:\\x y" ""`:                 {`-LC:\x y`, ""},
		"":                               nil,
	} {
		if got := splitQuoted(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestLibraryDirs(t *testing.T) {
	// As arm-none-eabi-gcc 12 and clang 14 print them.
	text := "COLLECT_GCC_OPTIONS='-o' 'x'\n /usr/lib/gcc/collect2 -o x -L/usr/lib/gcc/arm/12.2.1/thumb/v6-m/nofp -L/usr/lib/gcc/arm/12.2.1/../../lib/v6-m /tmp/a.o\n" +
		` "/usr/bin/ld.lld" "-L/usr/lib/llvm/lib" "-L/usr/lib/llvm/lib"` + "\n"
	want := []string{"/usr/lib/gcc/arm/12.2.1/thumb/v6-m/nofp", "/usr/lib/gcc/lib/v6-m", "/usr/lib/llvm/lib"}
	if got := libraryDirs(text); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCompareVersions(t *testing.T) {
	ordered := []string{"esp-9.3", "esp-13.2.0_20230928", "esp-13.2.0_20240530", "esp-14.2.0", "esp-14.2.0_1"}
	for i, a := range ordered {
		for k, b := range ordered {
			if got := compareVersions(a, b); got < 0 != (i < k) || got > 0 != (i > k) {
				t.Errorf("%s, %s: %d", a, b, got)
			}
		}
	}
}
