package manifest

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/size"
	"mpyld/target"
)

var known = Known{
	Arch: func(name string) error {
		_, err := (&target.Options{Arch: name}).FindArch()
		return err
	},
	Targets: func(pattern string) error {
		if pattern == "" || pattern == "[" {
			return diag.New("", "%q is not a pattern of targets", pattern)
		}
		if pattern == "none" {
			return diag.New("", "no target is called none")
		}
		return nil
	},
}

// TestDocumented: what docs/VERBS.md shows of a manifest is one.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/VERBS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(text), "```toml\n")
	block, _, closed := strings.Cut(block, "```")
	if !ok || !closed {
		t.Fatal("docs/VERBS.md has no manifest")
	}
	m, err := Parse("mpyld.toml", []byte(block), known)
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "wave" || len(m.Steps) != 1 || len(m.When) != 1 || m.Limits.RAM != 8<<10 {
		t.Errorf("it is read as %+v", m)
	}
}

func TestParse(t *testing.T) {
	const text = `
name = "cjson"
version = "0.3.0"
sources = ["src/*.c", "{out}/made.c"]
include = ["src"]
define = ["A=1"]
arch = ["armv6m", "rv32imc"]
target = ["6.3", "circuitpython"]
headers = ["../micropython"]
libs = ["auto", "lib/libx.a", "m"]
gc = false
optimize = false
flags = "upstream"
test = "test.py"

[when."rv*"]
define = ["B"]
float = "none"
[when."armv6m_*"]
cflags = ["-O2"]
libs = "none"

[compiler]
armv6m = "arm-none-eabi-gcc-13 -v"

[[step]]
run = ["cargo", "build"]
inputs = ["rust/*.rs"]
outputs = ["{out}/librusty.a"]

[limits]
ram = "8K"
file = 6000

[pack]
license = "MIT"
deps = [["github:org/other", "v1.0"]]
`
	m, err := Parse("proj/mpyld.toml", []byte(text), known)
	if err != nil {
		t.Fatal(err)
	}
	want := &Manifest{
		Name: "cjson", Version: "0.3.0", Archs: []string{"armv6m", "rv32imc"}, Targets: []string{"6.3", "circuitpython"},
		Settings: Settings{
			Sources: []string{"proj/src/*.c", "{out}/made.c"}, Include: []string{"proj/src"}, Define: []string{"A=1"},
			Libs: []string{"proj/lib/libx.a", "m"}, NoGC: true, Optimise: new(bool),
		},
		When: []When{
			{"rv*", Position{16, 2}, Settings{Define: []string{"B"}, Float: "none"}},
			{"armv6m_*", Position{19, 2}, Settings{CFlags: []string{"-O2"}, NoLibs: true}},
		},
		Flags: "upstream", Headers: []string{"micropython"}, Compilers: map[string][]string{"armv6m": {"arm-none-eabi-gcc-13", "-v"}},
		Steps:  []Step{{[]string{"cargo", "build"}, "proj", []string{"proj/rust/*.rs"}, []string{"{out}/librusty.a"}}},
		Limits: size.Limits{File: 6000, RAM: 8192}, Test: "proj/test.py",
		Pack:  Pack{License: "MIT", Deps: [][2]string{{"github:org/other", "v1.0"}}},
		Named: map[string]diag.Source{"proj/src/*.c": {File: "proj/mpyld.toml", Line: 4, Column: 12}, "{out}/made.c": {File: "proj/mpyld.toml", Line: 4, Column: 23}},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got\n%+v\nwant\n%+v", m, want)
	}
}

// TestMistakes: each has its place in the file, and most what to do.
func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"name = \"a\"\nsorces = [\"a.c\"]\n":    "mpyld.toml:2:1: sorces: there is no such key\ndid you mean sources?",
		"[when.\"x64*\"]\ndefines = []\n":       "mpyld.toml:2:1: when.x64*.defines: there is no such key\ndid you mean define?",
		"[limits]\nspeed = 3\n":                 "mpyld.toml:2:1: limits.speed: there is no such key\nthe keys here are bss, file, ram, rodata, text",
		"[[step]]\nrun = [\"a\"]\ninput = []\n": "mpyld.toml:3:1: step.input: there is no such key\ndid you mean inputs?",
		"sources = \"a.c\"\n":                   "mpyld.toml:1:11: this is to be a list, not of type string\nin brackets, as in sources = [\"...\"]",
		"sources = 3\n":                         "mpyld.toml:1:11: this is to be a list, not of type integer",
		"version = 1979-05-27\n":                "mpyld.toml:1:11: this is to be a string, not of type local date",
		"name = \"a\"\nName = \"b\"\n":          "mpyld.toml:2:1: Name: there is no such key\ndid you mean name?",
		"[limits]\nRAM = 1\n":                   "mpyld.toml:2:1: limits.RAM: there is no such key",
		"[when.\"x64*\"]\nDefine = []\n":        "mpyld.toml:2:1: when.x64*.Define: there is no such key\ndid you mean define?",
		"\xff\xfen\x00":                         "mpyld.toml: is UTF-16\nsave it as UTF-8",
		"\ufeffname = 3\n":                      "mpyld.toml:1:8: this is to be a string, not of type integer",
		"name = [\"a\"]\n":                      "mpyld.toml:1:8: this is to be a string, not of type array",
		"flags = \"-O2\"\n":                     "mpyld.toml:1:1: \"-O2\": there is no such set of flags\nupstream is dynruntime.mk's, small the default; flags of your own go into cflags = [...]",
		"optimize = 1\n":                        "mpyld.toml:1:12: this is to be true or false, not of type integer",
		"gc = 1\n":                              "mpyld.toml:1:6: this is to be true or false, not of type integer",
		"limits = 1\n":                          "mpyld.toml:1:10: this is to be a table, not of type integer",
		"name = \"a\nb\"\n":                     "mpyld.toml:1:10: ",
		"arch = [\"x64\",\n  \"armv7\"]\n":      "mpyld.toml:2:3: --arch armv7: there is no such architecture\nit may be one of armv7m, armv7emsp, armv7emdp",
		"libs = 3\n":                            "mpyld.toml:1:1: 3 is not what libs can be",
		"libs = \"some\"\n":                     "mpyld.toml:1:1: \"some\" is not what libs can be",
		"[limits]\nram = \"8 M\"\n":             "mpyld.toml:2:1: 8 M is not a size",
		"[limits]\nram = -1\n":                  "mpyld.toml:2:1: -1 is not a size",
		"[compiler]\nsparc = \"gcc\"\n":         "mpyld.toml:2:1: --arch sparc: there is no such architecture",
		"[pack]\ndeps = [[\"a\"]]\n":            "mpyld.toml:2:1: dependency 1 has 1 words",
		"[[step]]\noutputs = [\"a\"]\n":         "mpyld.toml:1:3: step 1 runs nothing",
		"float = \"half\"\n":                    "mpyld.toml:1:1: \"half\": there is no such kind of float",
		"define = [\"A\", \"\"]\n":              "mpyld.toml:1:1: one of the texts is empty\nleave it out",
		"[when.none]\n":                         "mpyld.toml:1:2: no target is called none",
		"[when.\"[\"]\n":                        "mpyld.toml:1:2: \"[\" is not a pattern of targets",
	} {
		_, err := Parse("mpyld.toml", []byte(text), known)
		var list diag.List
		list.Join(err)
		if len(list) == 0 {
			t.Errorf("%q: no error", text)
			continue
		}
		if got := list[0].Error() + "\n" + strings.Join(list[0].NoteTexts(), "\n"); !strings.HasPrefix(got, want) {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}
