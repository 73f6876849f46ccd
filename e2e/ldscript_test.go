//go:build e2e

package e2e

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mpyld/ldscript"
)

// TestScriptsLikeGNU compares the values that generated scripts give symbols
// with those of GNU ld. All names are referred to by an object.
func TestScriptsLikeGNU(t *testing.T) {
	const ld = "riscv64-unknown-elf-ld"
	dir := t.TempDir()
	source, object, script, out := filepath.Join(dir, "a.s"), filepath.Join(dir, "a.o"), filepath.Join(dir, "a.ld"), filepath.Join(dir, "a.elf")
	names := "abcdefgh"
	text := "_start:\n"
	for _, n := range names {
		text += fmt.Sprintf(".word sym_%c\n", n)
	}
	must(t, os.WriteFile(source, []byte(text), 0o666))
	if msg, err := exec.Command("riscv64-unknown-elf-as", "-march=rv32imac", "-mabi=ilp32", source, "-o", object).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, msg)
	}
	rnd := rand.New(rand.NewSource(1))
	values, errors, circles := 0, 0, 0
	for range 150 {
		src := randomScript(rnd, names)
		must(t, os.WriteFile(script, []byte(src), 0o666))
		msg, err := exec.Command(ld, "-m", "elf32lriscv", "-e", "0", "-T", script, object, "-o", out).CombinedOutput()
		ours := map[string]ldscript.Result{}
		failed := ""
		s, perr := ldscript.Parse("a.ld", []byte(src))
		if perr != nil {
			t.Fatalf("%s\n%v", src, perr)
		}
		nothing := func(string) (ldscript.Value, bool) { return ldscript.Value{}, false }
		needed := func(name string) bool { return strings.HasPrefix(name, "sym_") }
		joined := ldscript.Join([]*ldscript.Script{s}, func(n string) string { return n })
		for _, r := range joined.Evaluate(ldscript.World{Lookup: nothing, Defined: func(string) bool { return false }, Needed: needed}) {
			ours[r.Name] = r
			if r.Err != nil {
				failed = r.Err.Text
			}
		}
		for _, n := range names {
			if _, set := ours["sym_"+string(n)]; !set {
				failed = "undefined reference"
			}
		}
		switch {
		case strings.Contains(failed, "depends on"):
			circles++ // GNU ld takes what the symbols happen to be
			continue
		case (failed != "") != (err != nil):
			t.Errorf("%s\nGNU ld says %v %s, mpyld %q", src, err, msg, failed)
			continue
		case err != nil:
			errors++
			continue
		}
		listing, err := exec.Command("riscv64-unknown-elf-nm", out).Output()
		must(t, err)
		for line := range strings.Lines(string(listing)) {
			field := strings.Fields(line)
			if len(field) != 3 || !strings.HasPrefix(field[2], "sym_") {
				continue
			}
			want, err := strconv.ParseUint(field[0], 16, 64)
			must(t, err)
			values++
			if got := ours[field[2]].Value; got.Symbol != "" || uint32(got.Number) != uint32(want) {
				t.Errorf("%s\n%s is 0x%x in GNU ld, 0x%x in mpyld", src, field[2], want, got.Number)
			}
		}
	}
	if values < 300 || errors < 10 {
		t.Errorf("only %d values and %d errors were compared (%d circles)", values, errors, circles)
	}
}

// randomScript returns assignments, to most names at least once.
func randomScript(rnd *rand.Rand, names string) string {
	name := func() string { return "sym_" + string(names[rnd.Intn(len(names))]) }
	numbers := []string{"1", "0x10", "020", "4K", "$2f", "3h", "101b", "0X7Fk", "9", "0"}
	operators := strings.Fields("+ - * & | << >> == != < <= > >= && ||")
	var expression func(depth int) string
	expression = func(depth int) string {
		switch n := rnd.Intn(12); {
		case depth == 0 || n < 3:
			return numbers[rnd.Intn(len(numbers))]
		case n < 6:
			return name()
		case n == 6:
			return fmt.Sprintf("(DEFINED(%s) ? %s : %s)", name(), expression(depth-1), expression(depth-1))
		case n == 7:
			return []string{"ABSOLUTE", "-", "~", "!", ""}[rnd.Intn(5)] + "(" + expression(depth-1) + ")"
		case n == 8:
			return fmt.Sprintf("%s(%s, %s)", []string{"MAX", "MIN", "ALIGN"}[rnd.Intn(3)], expression(depth-1), numbers[rnd.Intn(4)])
		case n == 9:
			return fmt.Sprintf("%s / %s", expression(depth-1), numbers[rnd.Intn(4)])
		default:
			op := operators[rnd.Intn(len(operators))]
			right := expression(depth - 1)
			if op == "<<" || op == ">>" {
				right = strconv.Itoa(rnd.Intn(32)) // C does not say what more is
			}
			return expression(depth-1) + " " + op + " " + right
		}
	}
	var b strings.Builder
	for _, i := range rnd.Perm(len(names)) {
		n := "sym_" + string(names[i])
		switch {
		case rnd.Intn(60) == 0: // not at all
		case provided(names[i]) && rnd.Intn(3) == 0: // twice
			fmt.Fprintf(&b, "PROVIDE ( %s = %s );\nPROVIDE(%s = 0x77);", n, numbers[rnd.Intn(len(numbers))], n)
		case provided(names[i]):
			fmt.Fprintf(&b, "/* %s */ PROVIDE_HIDDEN(%s = %s );\n", n, n, expression(2))
		case rnd.Intn(6) == 0:
			fmt.Fprintf(&b, "SECTIONS { %s = %s; }\n", n, numbers[rnd.Intn(len(numbers))])
		default:
			fmt.Fprintf(&b, "%s = %s;\n", n, expression(3))
		}
	}
	for range rnd.Intn(4) {
		if i := rnd.Intn(len(names)); !provided(names[i]) {
			fmt.Fprintf(&b, "sym_%c = %s; PROVIDE(sym_%c = 3);\n", names[i], expression(3), names[i])
		}
	}
	return b.String()
}

// provided reports whether a name is only given values by PROVIDE. What GNU ld
// makes of mixtures depends on the phases it evaluates them in.
func provided(name byte) bool { return name < 'd' }
