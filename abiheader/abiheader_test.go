package abiheader

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mpyld/mpyfile"
)

var update = flag.Bool("update", false, "rewrite the expected headers")

func release(t *testing.T, name string) *mpyfile.Release {
	t.Helper()
	r, err := mpyfile.ParseTarget(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestGolden: the headers as people get them.
func TestGolden(t *testing.T) {
	for file, text := range map[string][]byte{
		FileC:    C(mpyfile.Newest),
		FileRust: Rust(mpyfile.Newest),
	} {
		golden := filepath.Join("testdata", file)
		if *update {
			if err := os.WriteFile(golden, text, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || !bytes.Equal(text, want) {
			t.Errorf("%s is not what is written: go test ./abiheader -update (%v)", golden, err)
		}
	}
}

// TestNumbers: later releases have greater numbers, which the documents promise.
func TestNumbers(t *testing.T) {
	for name, want := range map[string]int{"1.12": 112, "1.20": 120, "1.30-preview": 130, "circuitpython-9.2": 10902, "circuitpython-10.2": 11002} {
		if got := Number(release(t, name)); got != want {
			t.Errorf("%s is %d, not %d", name, got, want)
		}
	}
	if got := Define(release(t, "1.24")); got != "MPYLD_TARGET=124" {
		t.Errorf("1.24 is defined by %s", got)
	}
	last := 0
	for _, r := range mpyfile.Releases {
		if n := Number(r); n <= last {
			t.Errorf("%s is %d, not behind %d", r, n, last)
		} else {
			last = n
		}
	}
}

// TestEntries: each entry of each table has one row, each row is of one, and says
// something.
func TestEntries(t *testing.T) {
	used := map[*entry]bool{}
	for _, r := range mpyfile.Releases {
		for i, e := range tableOf(r) {
			used[e] = true
			if e.name != r.ABI.FunName(i) {
				t.Errorf("%s: [%d] is %s, not %s", r, i, e.name, r.ABI.FunName(i))
			}
			same := func(o entry) bool { return o.name == e.name && o.in(Number(r)) }
			if slices.IndexFunc(entries, same) != len(entries)-1-slices.IndexFunc(reversed(entries), same) {
				t.Errorf("%s: %s has two rows", r, e.name)
			}
		}
	}
	for i := range entries {
		e := &entries[i]
		if !used[e] {
			t.Errorf("%s is in no table", e.name)
		}
		if !strings.HasSuffix(e.doc, ".") || strings.Count(e.decl, "@") != 1 {
			t.Errorf("%s: its description or declaration is not whole", e.name)
		}
	}
}

func reversed(list []entry) []entry {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// TestTable: what a C compiler sees of the struct, for each release, is the
// release's table.
func TestTable(t *testing.T) {
	text := string(C(mpyfile.Newest))
	_, body, ok := strings.Cut(text, "lends to modules.")
	if !ok {
		t.Fatal("there is no table")
	}
	body, rest, _ := strings.Cut(body, "} mpy_fun_table;")
	for _, r := range mpyfile.Releases {
		var fields, want []string
		for line := range strings.Lines(active(t, body, Number(r))) {
			if m := fieldName.FindStringSubmatch(line); m != nil {
				fields = append(fields, m[1])
			}
		}
		for _, e := range tableOf(r) {
			want = append(want, e.field())
		}
		if !slices.Equal(fields, want) {
			t.Errorf("%s has the fields\n%s\nwant\n%s", r, fields, want)
		}
		slots := regexp.MustCompile(`#define MPY_SLOTS (\d+)`).FindStringSubmatch(active(t, rest, Number(r)))
		if slots == nil || slots[1] != strconv.Itoa(len(r.ABI.Fun)) {
			t.Errorf("%s has %v slots, not %d", r, slots, len(r.ABI.Fun))
		}
	}
}

var (
	fieldName = regexp.MustCompile(`^    [^/].*?(?:\(\*|[ *])(\w+)(?:\)\(.*)?;\n$`)
	compared  = regexp.MustCompile(`^MPYLD_TARGET (>=|<) (\d+)$`)
)

// active returns the lines of C that conditions on MPYLD_TARGET leave for a target.
func active(t *testing.T, text string, target int) string {
	t.Helper()
	var b strings.Builder
	type level struct{ on, taken bool }
	levels := []level{{true, true}}
	for line := range strings.Lines(text) {
		top := &levels[len(levels)-1]
		word, cond, _ := strings.Cut(strings.TrimSpace(line), " ")
		cond, _, _ = strings.Cut(cond, " //")
		switch word {
		case "#if":
			on := top.on && holds(t, cond, target)
			levels = append(levels, level{on, on})
		case "#elif":
			top.on = !top.taken && levels[len(levels)-2].on && holds(t, cond, target)
			top.taken = top.taken || top.on
		case "#else":
			top.on = !top.taken && levels[len(levels)-2].on
		case "#ifdef", "#ifndef":
			levels = append(levels, level{})
		case "#endif":
			levels = levels[:len(levels)-1]
		default:
			if top.on {
				b.WriteString(line)
			}
		}
		if len(levels) == 0 {
			break // the end of what is around this text
		}
	}
	return b.String()
}

func holds(t *testing.T, cond string, target int) bool {
	t.Helper()
	for part := range strings.SplitSeq(cond, " && ") {
		m := compared.FindStringSubmatch(part)
		if m == nil {
			return false // not about the target
		}
		n, _ := strconv.Atoi(m[2])
		if (m[1] == ">=") != (target >= n) {
			return false
		}
	}
	return true
}

// TestRustTable: what a Rust compiler sees as the place of each entry, for each
// release, is where it is.
func TestRustTable(t *testing.T) {
	text := string(Rust(mpyfile.Newest))
	call := regexp.MustCompile(`pub (?:unsafe )?fn (\w+)\([^{]*\{\n\s+(?:unsafe \{ )?entry(?:::<.*>)?\((.*?)\)(?: \}\n|\n|\()`)
	places := map[string]string{}
	for _, m := range call.FindAllStringSubmatch(text, -1) {
		places[m[1]] = m[2]
	}
	for _, r := range mpyfile.Releases {
		want := map[string]int{}
		for i, e := range tableOf(r) {
			name := e.field()
			if e.until != 0 {
				name += "_old"
			}
			want[name] = i
		}
		delete(want, "vprintf_")
		for name, place := range places {
			i, ok := rustValue(t, place, Number(r))
			if at, there := want[name]; ok != there || ok && i != at {
				t.Errorf("%s: %s is at %d (%v), want %d (%v)", r, name, i, ok, at, there)
			}
			delete(want, name)
		}
		if len(want) > 0 {
			t.Errorf("%s: there is no %v", r, want)
		}
	}
}

var rustChoice = regexp.MustCompile(`^if TARGET >= (\d+) \{ (\w+) \} else \{ (.*) \}$`)

// rustValue computes a place.
func rustValue(t *testing.T, expr string, target int) (int, bool) {
	t.Helper()
	for {
		m := rustChoice.FindStringSubmatch(expr)
		if m == nil {
			break
		}
		if n, _ := strconv.Atoi(m[1]); target >= n {
			expr = m[2]
		} else {
			expr = m[3]
		}
	}
	if expr == "ABSENT" {
		return 0, false
	}
	i, err := strconv.Atoi(expr)
	if err != nil {
		t.Fatalf("%q is no place", expr)
	}
	return i, true
}

// TestOwnWords: what the headers define by themselves needs no config header, or
// only the editor that shows them would know which.
func TestOwnWords(t *testing.T) {
	text := string(C(mpyfile.Newest))
	comment := regexp.MustCompile(`(?m)//.*$`)
	if used := regexp.MustCompile(`MP_QSTR_\w+`).FindString(comment.ReplaceAllString(text, "")); used != "" {
		t.Errorf("%s is the config header's", used)
	}
	if strings.Contains(text, "@TABLE@") || strings.Contains(text, "@QSTRS@") || strings.Contains(text, "@ALIASES@") {
		t.Error("a part is not filled in")
	}
	if !strings.Contains(string(C(release(t, "circuitpython-10.2"))), "#define MPYLD_TARGET 11002 // CircuitPython 10.2\n") {
		t.Error("the default is not the release asked for")
	}
}
