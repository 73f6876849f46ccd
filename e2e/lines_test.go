//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestSourceLines compiles a module that does not link with each compiler for each architecture, and the errors must
// name the lines that its comments mark.
func TestSourceLines(t *testing.T) {
	done := map[string]bool{}
	for _, set := range fixtures.Sets() {
		words := strings.SplitN(set.Name, "-", 3)
		if compiler := words[0] + words[1]; done[compiler] {
			continue
		} else {
			done[compiler] = true
		}
		for _, flags := range []string{"-gdwarf-5 -ffunction-sections", "-gdwarf-4 -gz=zlib -O2", "-g1 -O0"} {
			t.Run(set.Name+"/"+flags, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				object := compileSource(t, set, dir, filepath.Join(root, "fixtures/src/lines/lines.c"), strings.Fields(flags)...)
				config := filepath.Join(dir, "config.h")
				link(t, "--preprocess", "-o", config, filepath.Join(root, "fixtures/src/lines/lines.c"))
				sawLines(t, set.Arch, config, object, marks(t, filepath.Join(root, "fixtures/src/lines"), "lines.c", "lines.h"))
			})
		}
	}
}

// TestSourceLinesRust: Rust's debug information names its lines too.
func TestSourceLinesRust(t *testing.T) {
	dir := t.TempDir()
	const source = `#![no_std]
extern "C" {
    fn called(a: i32) -> i32;
    fn from_header(a: i32) -> i32;
    static variable: i32;
}

#[inline(always)]
fn inlined(a: i32) -> i32 {
    unsafe { from_header(a ^ 3) } // refers to from_header
}

#[no_mangle]
pub extern "C" fn mpy_init(a: i32) -> i32 {
    let b = a * 5;
    let c = unsafe { called(b) }; // refers to called
    let d = inlined(c); // inlines inlined
    d + unsafe { variable } // refers to variable
}
`
	file := filepath.Join(dir, "wave.rs")
	must(t, os.WriteFile(file, []byte(source), 0o666))
	config := filepath.Join(dir, "config.h")
	must(t, os.WriteFile(filepath.Join(dir, "empty.c"), nil, 0o666))
	link(t, "--preprocess", "-o", config, filepath.Join(dir, "empty.c"))
	object := filepath.Join(dir, "wave.o")
	cmd := exec.Command("rustc", "--crate-type", "lib", "--emit", "obj", "-g", "-C", "opt-level=2", "-C", "panic=abort", "-C", "codegen-units=1", "-o", object, file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sawLines(t, "x64", config, object, marks(t, dir, "wave.rs"))
}

// marks returns the lines that comments mark: "refers to f" and where.
func marks(t *testing.T, dir string, names ...string) map[string]string {
	t.Helper()
	marks := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		for i, line := range strings.Split(string(text), "\n") {
			if _, mark, ok := strings.Cut(line, "// "); ok {
				marks[mark] = fmt.Sprintf("%s:%d", name, i+1)
			}
		}
	}
	return marks
}

// note is one of a diagnostic.
type note struct {
	Message, File string
	Line          int
}

// sawLines links an object, and compares the lines of its undefined symbols with marks.
func sawLines(t *testing.T, arch, config, object string, marks map[string]string) {
	t.Helper()
	argv := append(strings.Fields(mpyld), "--json", "--arch", arch, "--qstrs", config, "-o", filepath.Join(t.TempDir(), "out.mpy"), object)
	out, _ := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	seen := 0
	for line := range strings.Lines(string(out)) {
		var d struct {
			Code, Symbol, File string
			Line               int
			Notes              []note
		}
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		want := marks["refers to "+d.Symbol]
		if want == "" {
			continue
		}
		seen++
		at := fmt.Sprintf("%s:%d", filepath.Base(d.File), d.Line)
		switch {
		case d.Code != "undefined-symbol":
			t.Errorf("%s", line)
		case d.File == "" && slices.Contains([]string{"variable", "second", "from_data"}, d.Symbol):
			// Optimisation leaves some loads without a line, and -g1 knows no variables.
		case at != want:
			t.Errorf("%s is at %s, want %s", d.Symbol, at, want)
		case d.Symbol == "from_header":
			i := slices.IndexFunc(d.Notes, func(n note) bool { return strings.HasSuffix(n.Message, "is inlined here") })
			if i < 0 || fmt.Sprintf("%s:%d", filepath.Base(d.Notes[i].File), d.Notes[i].Line) != marks["inlines inlined"] {
				t.Errorf("%s", line)
			}
		}
	}
	references := 0
	for mark := range marks {
		if strings.HasPrefix(mark, "refers to ") {
			references++
		}
	}
	if seen != references {
		t.Errorf("%d of %d references:\n%s", seen, references, out)
	}
}
