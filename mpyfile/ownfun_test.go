package mpyfile

import (
	"fmt"
	"strings"
	"testing"
)

// header is a struct as firmware of an ABI declares it, with more at its end.
func header(a *ABI, more string) string {
	var b strings.Builder
	b.WriteString("// entries; of all kinds\ntypedef struct _mp_fun_table_t {\n")
	for i, name := range a.Fun {
		switch {
		case strings.HasPrefix(name, "const_"):
			fmt.Fprintf(&b, "    mp_const_obj_t %s;\n", name)
		case strings.HasPrefix(name, "mp_type_"):
			fmt.Fprintf(&b, "    const mp_obj_type_t *%s;\n", strings.TrimPrefix(name, "mp_"))
		case i%7 == 0:
			fmt.Fprintf(&b, "    #if defined(__GNUC__)\n    MP_NORETURN // ; or not\n    #endif\n    void *(*%s_)(int a,\n        void (*f)(int)); /* (*g)(int); */\n", name)
		default:
			fmt.Fprintf(&b, "    mp_obj_t (*%s)(mp_obj_t *args, size_t n);\n", name)
		}
	}
	return b.String() + more + "} mp_fun_table_t;\n"
}

// TestWithFunTable: entries behind those of every ABI, from a header and from a
// list.
func TestWithFunTable(t *testing.T) {
	for _, abi := range ABIs {
		n := int32(len(abi.Fun))
		for _, text := range []string{
			header(abi, "    const mp_obj_type_t *type_extra;\n    int (*board_led)(int on);\n    uintptr_t flags; char *name;\n    mp_obj_t (*mp_more)(void);\n"),
			"# mine\ntype_extra\n\n board_led # on or off\nflags\r\nname\nmp_more\n",
		} {
			own, err := abi.WithFunTable(text)
			if err != nil {
				t.Errorf("%s: %v", abi.Name, err)
				continue
			}
			if own.Base != abi || len(abi.Fun) != int(n) || len(own.Fun) != int(n)+5 || own.Name != abi.Name {
				t.Errorf("%s: %d entries of %s", abi.Name, len(own.Fun), own.Name)
			}
			for symbol, want := range map[string]Provided{
				"type_extra":    {Dest{ToFunEntry, n}, false},
				"mp_type_extra": {Dest{ToFunEntry, n}, false},
				"board_led":     {Dest{ToFunEntry, n + 1}, true},
				"mp_board_led":  {Dest{ToFunEntry, n + 1}, true},
				"mp_more":       {Dest{ToFunEntry, n + 4}, true},
				"memset":        {Dest{ToFunEntry, 50}, true},
				"mp_type_type":  abi.Provided.Get()["mp_type_type"],
			} {
				if got := own.Provided.Get()[symbol]; got != want {
					t.Errorf("%s: %s is %+v, want %+v", abi.Name, symbol, got, want)
				}
			}
			if _, ok := abi.Provided.Get()["board_led"]; ok {
				t.Fatalf("%s: the ABI itself has changed", abi.Name)
			}
		}
	}
}

// TestOwnNames: an entry takes nothing from what has its name already, and objects
// of a list are not called.
func TestOwnNames(t *testing.T) {
	n := int32(len(Latest.Fun))
	own, err := Latest.WithFunTable("fun_table\nmemcpy\nled_obj\nmp_type_led\n")
	if err != nil {
		t.Fatal(err)
	}
	for symbol, want := range map[string]Provided{
		"mp_fun_table": Latest.Provided.Get()["mp_fun_table"],
		"memcpy":       Latest.Provided.Get()["memcpy"],
		"fun_table":    {Dest{ToFunEntry, n}, true},
		"mp_memcpy":    {Dest{ToFunEntry, n + 1}, true},
		"led_obj":      {Dest{ToFunEntry, n + 2}, false},
		"mp_led_obj":   {Dest{ToFunEntry, n + 2}, false},
		"mp_type_led":  {Dest{ToFunEntry, n + 3}, false},
	} {
		if got := own.Provided.Get()[symbol]; got != want {
			t.Errorf("%s is %+v, want %+v", symbol, got, want)
		}
	}
}

// TestFunTableErrors: each is about a line.
func TestFunTableErrors(t *testing.T) {
	var many strings.Builder
	for i := range 40 {
		fmt.Fprintf(&many, "e%d\n", i)
	}
	lines := strings.Count(header(Latest, ""), "\n")
	for _, tt := range []struct{ text, want string }{
		{header(Latest, ""), "2: mp_fun_table_t has the 87 entries of MicroPython 1.23"},
		{header(&abi62, ""), ": entry 64 of mp_fun_table_t is get_buffer, and firmware of MicroPython 1.23"},
		{"typedef struct _mp_fun_table_t { void *const_none; } mp_fun_table_t;", "1: mp_fun_table_t has 1 entries, and firmware of"},
		{header(Latest, "    int a;\n"), fmt.Sprintf(`%d: "int a": an entry of mp_fun_table_t is a pointer or another type of one word`, lines)},
		{header(Latest, "    void *a, *b;\n"), `"void *a, *b": an entry`},
		{header(Latest, "    void *a[4];\n"), `"void *a[4]": an entry`},
		{header(Latest, "    #if MINE\n    void *a;\n    #endif\n"), fmt.Sprintf("%d: whether a is in the table is a condition (#if)", lines+1)},
		{header(Latest, "    void *a; void *a;\n"), fmt.Sprintf("%d: a is in mp_fun_table already", lines)},
		{"int main(void) { return 0; }", "0: declares no struct mp_fun_table_t"},
		{"# nothing\n", "0: names no entry"},
		{"a\nb c\n", `2: "b c" is not a name`},
		{"a\nmemset\n", "2: memset is in mp_fun_table already"},
		{many.String(), "32: entry 118: relocations can name 118 entries and no more"},
	} {
		_, err := Latest.WithFunTable(tt.text)
		e, ok := err.(*TableError)
		if !ok {
			t.Errorf("%.60q...: %v, want %s", tt.text, err, tt.want)
			continue
		}
		if got := fmt.Sprintf("%d: %s", e.Line, e.Text); !strings.Contains(got, tt.want) || e.Note == "" {
			t.Errorf("%.60q...: %s, want %s", tt.text, got, tt.want)
		}
	}
}
