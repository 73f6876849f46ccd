package mapjson_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"mpyld/mapjson"
)

// small is a map with a bit of everything.
const small = `{"schema":1,"module":"m.mpy","arch":"x64","abi":"6.3","made_with":"test",
"file":{"bytes":61,"header":4,"counts":2,"qstrs":7,"text":32,"rodata":8,"relocs":3,"code":5},
"ram":{"bytes":56,"text":32,"rodata":8,"bss":16,"gc_blocks":2,"gc_block_size":32},
"inputs":[{"id":0,"path":"a.o"},{"id":1,"path":"lib.a(m.o)","archive":"lib.a","why":{"symbol":"f","for":"a.o"}}],
"sections":[
{"id":0,"input":0,"name":".text","class":"code","segment":"text","offset":4,"size":10,"align":1,"refs":[{"to":1,"symbol":"f","in":"mpy_init","at":3,"type":"R_X86_64_PLT32"},{"to":5,"at":7,"type":"R_X86_64_PC32"}],
"symbols":[{"name":"mpy_init","offset":0,"size":10,"type":"func","bind":"global"}]},
{"id":1,"input":1,"name":".text.f","class":"code","segment":"text","offset":16,"size":16,"align":16,"symbols":[{"name":"_Z1fv","demangled":"f()","offset":0,"size":12,"type":"func","bind":"global"}]},
{"id":2,"input":0,"name":".data","class":"data","segment":"rodata","offset":0,"size":8,"align":8},
{"id":5,"input":0,"name":".bss","class":"zeros","segment":"bss","offset":0,"size":16,"align":8,"refs":[{"to":2,"type":"group","at":0}]},
{"id":6,"input":0,"name":".literal","class":"literal","offset":0,"size":0,"align":4}],
"made":[{"id":3,"kind":"entry","segment":"text","offset":0,"size":4},{"id":-1,"kind":"padding","segment":"text","offset":14,"size":2}],
"roots":[{"section":0,"why":"entry","symbol":"mpy_init"}],
"removed":[{"input":0,"name":".text.g","size":8,"reason":"gc","symbols":["g"]}],
"saved":[{"by":"slots","section":3,"bytes":8,"why":"nothing loads it"},{"by":"calls","bytes":-2,"why":"padding grew"}]}`

// parsed reads a good map.
func parsed(t *testing.T, text string) *mapjson.Map {
	t.Helper()
	m, err := mapjson.Parse("m.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestParseBad: what does not fit together is told.
func TestParseBad(t *testing.T) {
	parsed(t, small)
	for _, test := range []struct{ old, new, want string }{
		{small, "", "it is no map of a link: unexpected end of JSON input"},
		{small, "[]", "it is no map of a link: json: cannot unmarshal array"},
		{small, `{}`, "its schema is 0, not 1"},
		{`"schema":1`, `"schema":2`, "its schema is 2, not 1"},
		{`"bytes":61`, `"bytes":62`, "the parts of the file are 61 bytes, not 62"},
		{`"bytes":56`, `"bytes":57`, "the parts of RAM are 56 bytes, not 57"},
		{`"header":4,"counts":2`, `"header":-4,"counts":10`, "a size is -4"},
		{`"text":32,"rodata":8,"relocs"`, `"text":31,"rodata":9,"relocs"`, "what is in the file is not what is in memory"},
		{`{"id":1,"path"`, `{"id":2,"path"`, "input 1 is called 2"},
		{`"id":2,"input":0`, `"id":0,"input":0`, "two parts are called 0"},
		{`"id":2,"input":0`, `"id":2,"input":2`, "there is no input 2"},
		{`"id":2,"input":0`, `"id":2,"input":-1`, "there is no input -1"},
		{`{"to":5,`, `{"to":7,`, "part 0 refers to 7, which is none"},
		{`{"to":5,`, `{"to":-1,`, "part 0 refers to -1, which is none"},
		{`{"section":0,`, `{"section":3,`, "there is no section 3, which is to be a root"},
		{`"offset":14,"size":2`, `"offset":15,"size":1`, "nothing, or two parts, at text+0xe"},
		{`"offset":14,"size":2`, `"offset":13,"size":3`, "nothing, or two parts, at text+0xd"},
		{`"segment":"bss","offset":0,"size":16`, `"segment":"bss","offset":0,"size":15`, "bss has 16 bytes, its parts 15"},
		{`"segment":"bss"`, `"segment":"flash"`, `there is no segment "flash"`},
		{`"offset":16,"size":16`, `"offset":-16,"size":16`, "a part has no place in text"},
		{`"offset":16,"size":16`, `"offset":16,"size":1000`, "text has 32 bytes, its parts 1016"},
		{`"offset":0,"size":12`, `"offset":0,"size":-12`, "symbol _Z1fv has no place"},
		{`{"input":0,"name":".text.g"`, `{"input":3,"name":".text.g"`, "section .text.g was removed from no input"},
		{`"section":3,"bytes":8`, `"section":7,"bytes":8`, "slots saved nothing anywhere"},
		{`"bytes":-2`, `"bytes":-2147483648`, "calls saved nothing anywhere"},
		{`"bytes":-2`, `"bytes":2147483648`, "calls saved nothing anywhere"},
	} {
		text := strings.Replace(small, test.old, test.new, 1)
		if text == small {
			t.Errorf("%s is not in it", test.old)
		}
		_, err := mapjson.Parse("m.json", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), "m.json: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.new, err, test.want)
		}
	}
}

// TestPaths: the shortest way, from the entry if there is one.
func TestPaths(t *testing.T) {
	m := parsed(t, small)
	m.Roots = append([]mapjson.Root{{Section: 5, Why: "object"}}, m.Roots...)
	for id, want := range map[int]string{
		0: "entry [0]", 1: "entry [0 1]", 5: "entry [0 5]", 2: "entry [0 5 2]", 6: "", 3: "",
	} {
		root, steps := m.Paths().To(id)
		got := ""
		if root != nil {
			ids := []int{}
			for _, s := range steps {
				ids = append(ids, s.ID)
			}
			got = fmt.Sprint(root.Why, " ", ids)
		}
		if got != want {
			t.Errorf("%d: %s, want %s", id, got, want)
		}
	}
}

// TestWhy: the way to what is there, and the reason for what is not.
func TestWhy(t *testing.T) {
	m := parsed(t, small)
	m.Roots = append(m.Roots, mapjson.Root{Section: 6, Why: "kept"})
	m.Sections[0].Symbols = append(m.Sections[0].Symbols, mapjson.Symbol{Name: "unused", Offset: 4, Size: 2})
	for _, test := range []struct {
		name, want string
		in         bool
	}{
		{"mpy_init", "mpy_init in a.o:(.text), 10 bytes\n     mpy_init  runs when the module is imported\n", true},
		{"unused", "unused in a.o:(.text), 2 bytes\n     mpy_init  runs when the module is imported\n" +
			"  unused comes with mpy_init: they are in one section, and -ffunction-sections -fdata-sections give each its own\n", true},
		{"f()", "f() in lib.a(m.o):(.text.f), 12 bytes\n     mpy_init  runs when the module is imported\n" +
			"  -> f         R_X86_64_PLT32 at a.o:(.text+0x3) in mpy_init\n  lib.a(m.o) is in the link because a.o refers to f\n", true},
		{".data", "a.o:(.data), 8 bytes\n     mpy_init     runs when the module is imported\n" +
			"  -> a.o:(.bss)   R_X86_64_PC32 at a.o:(.text+0x7)\n  -> a.o:(.data)  is of one group with a.o:(.bss)\n", true},
		{".literal", "a.o:(.literal), 0 bytes\n     a.o:(.literal)  is kept: constructors, or marked so (SHF_GNU_RETAIN)\n", true},
		{"g", "g is not in the module: a.o:(.text.g), 8 bytes, was removed: nothing refers to it\n", false},
		{".text.g", ".text.g is not in the module: a.o:(.text.g), 8 bytes, was removed: nothing refers to it\n", false},
	} {
		text, in, err := m.Why(test.name)
		if err != nil || in != test.in || text != test.want {
			t.Errorf("%s: %v %v\n%s\nwant\n%s", test.name, in, err, text, test.want)
		}
	}
	if byFile, _, err := m.Why("lib.a(m.o)"); err != nil || !strings.HasPrefix(byFile, "lib.a(m.o):(.text.f), 16 bytes\n") {
		t.Errorf("%v %s", err, byFile)
	}
	if _, _, err := m.Why("mpy_initt"); err == nil || !strings.Contains(fmt.Sprint(err), "no object of the link defines that") {
		t.Error(err)
	}
	m.Roots = nil
	if text, in, err := m.Why("mpy_init"); !in || err != nil || !strings.Contains(text, "nothing in the map refers to it") {
		t.Errorf("%v %v %s", in, err, text)
	}
}

// TestDocumented: docs/JSON.md has each field of the document, in a table of its own.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/JSON.md")
	if err != nil {
		t.Fatal(err)
	}
	_, doc, ok := strings.Cut(string(text), "\n## map\n")
	if doc, _, _ = strings.Cut(doc, "\n## "); !ok {
		t.Fatal("docs/JSON.md has nothing about maps")
	}
	var walk func(r reflect.Type)
	walk = func(r reflect.Type) {
		for r.Kind() == reflect.Slice || r.Kind() == reflect.Pointer {
			r = r.Elem()
		}
		if r.Kind() != reflect.Struct {
			return
		}
		for i := range r.NumField() {
			name, _, _ := strings.Cut(r.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(doc, "`"+name+"`") {
				t.Errorf("%s.%s is not there", r, name)
			}
			walk(r.Field(i).Type)
		}
	}
	walk(reflect.TypeFor[mapjson.Map]())
}

// FuzzParse: what can be read is written so that it is read as the same, and each part has a way
// or none.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := mapjson.Parse("m.json", data)
		if err != nil {
			return
		}
		text, err := m.JSON()
		if err != nil {
			t.Fatal(err)
		}
		again, err := mapjson.Parse("m.json", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		a, _ := json.Marshal(m)
		if b, _ := json.Marshal(again); string(a) != string(b) {
			t.Errorf("%s\n%s", a, b)
		}
		paths := m.Paths()
		for _, r := range m.Removed {
			if text, _, err := m.Why(r.Name); text == "" || err != nil {
				t.Errorf("%s: %v", r.Name, err)
			}
		}
		for _, s := range m.Sections {
			if text, in, err := m.Why(s.Name); text == "" || !in || err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
			if root, steps := paths.To(s.ID); root != nil && steps[len(steps)-1].ID != s.ID {
				t.Errorf("%v %v", root, steps)
			}
		}
	})
}
