package inputs

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestSplitArgs: the rules are those of libiberty, which all GNU tools use.
func TestSplitArgs(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{" \n\t\v\f\r ", nil},
		{"a b\nc\td", []string{"a", "b", "c", "d"}},
		{`'a b' "c d"`, []string{"a b", "c d"}},
		{`a'b c'd"e f"g`, []string{"ab cde fg"}},
		{`'' ""`, []string{"", ""}},
		{`a\ b \'c\" \\`, []string{"a b", `'c"`, `\`}},
		{`'a\'b' "c\"d" 'e\\f'`, []string{"a'b", `c"d`, `e\f`}},
		{`'"' "'"`, []string{`"`, "'"}},
		{"a\\\nb", []string{"a\nb"}},
		{"--defsym=a=b+1 # no comments", []string{"--defsym=a=b+1", "#", "no", "comments"}},
		{"caf\u00e9 \xff", []string{"caf\u00e9", "\xff"}},
	} {
		got, err := splitArgs("f", tt.in)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%q: %s", tt.in, d)
		}
	}
	for _, in := range []string{`a 'b`, `"`, `a"b\"`} {
		if got, err := splitArgs("f", in); err == nil {
			t.Errorf("%q: no error, but %q", in, got)
		}
	}
}

// TestExpandArgs: files name files, in place, but not without end.
func TestExpandArgs(t *testing.T) {
	const dir = "dir"
	files := fstest.MapFS{}
	write := func(name, text string) string {
		path := path.Join(dir, name)
		files[path] = &fstest.MapFile{Data: []byte(text)}
		return path
	}
	expandArgs := Dir{files}.ExpandArgs
	inner := write("inner", "\ufeffc 'd e'\r\n") // as editors of Windows write it
	outer := write("outer", "b @"+inner+" f")
	got, err := expandArgs([]string{"mpyld", "a", "@" + outer, "@", "g", "@" + write("empty", "")})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"mpyld", "a", "b", "c", "d e", "f", "@", "g"}, got); d != "" {
		t.Error(d)
	}

	// As deep as there can be files, and one more.
	write("deep0", "end")
	last := ""
	for i := 1; i <= maxResponses; i++ {
		last = write(fmt.Sprintf("deep%d", i), "@"+path.Join(dir, fmt.Sprintf("deep%d", i-1)))
	}
	if args, err := expandArgs([]string{"@" + path.Join(dir, fmt.Sprintf("deep%d", maxResponses-1))}); err != nil || !cmp.Equal(args, []string{"end"}) {
		t.Errorf("%d files deep: %q, %v", maxResponses, args, err)
	}
	write("none", "")
	write("many", strings.Repeat("a ", maxArgs/2))
	write("large", strings.Repeat(" ", maxResponseLen/2+1))
	write("wide", strings.Repeat("@"+path.Join(dir, "none")+" ", maxResponses-1))
	for _, bomb := range []struct{ text, want string }{
		{"@" + last, fmt.Sprintf("deep1: is one file with arguments too many: there can be %d", maxResponses)},
		{"@DIR/wide @DIR/none", fmt.Sprintf("none: is one file with arguments too many: there can be %d", maxResponses)},
		{"@DIR/many @DIR/many", "many: files with arguments have more than 65536 with this one"},
		{strings.Repeat("a ", maxArgs+1), "bomb: files with arguments have more than 65536 with this one"},
		{"@DIR/large @DIR/large", "large: files with arguments have more than 4 MiB with this one"},
		{"a @DIR/bomb", "bomb: files with arguments name each other in a circle"},
		{"@DIR", "is a directory"},
	} {
		path := write("bomb", strings.ReplaceAll(bomb.text, "DIR", dir))
		args, err := expandArgs([]string{"@" + path})
		if err == nil || len(args) != 0 || !strings.Contains(err.Error(), bomb.want) {
			t.Errorf("%q: %v, want …%s", bomb.text, err, bomb.want)
		}
	}
}

// FuzzSplitArgs: arguments that are written with a backslash in front of each
// character, or as an empty quotation, read as what they were.
func FuzzSplitArgs(f *testing.F) {
	for _, text := range []string{"", " a\t'b c' \"d\\\" e\" f\\ g\n", "''\"\"", "a'b'c", "\\", "'", "x\\\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		args, err := splitArgs("f", text)
		if err != nil {
			return
		}
		var b strings.Builder
		for _, arg := range args {
			if arg == "" {
				b.WriteString("''")
			}
			for i := range len(arg) {
				b.WriteByte('\\')
				b.WriteByte(arg[i])
			}
			b.WriteByte(' ')
		}
		again, err := splitArgs("f", b.String())
		if err != nil || !slices.Equal(again, args) {
			t.Errorf("%q became %q, %v", args, again, err)
		}
	})
}
