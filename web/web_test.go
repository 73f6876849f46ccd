package web

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/target"
)

// message is a request as programs make it.
func message(verb string, operands []string, options any, list files) []byte {
	r := map[string]any{"verb": verb, "operands": operands, "options": options}
	var entries []entry
	var content []byte
	for _, name := range slices.Sorted(maps.Keys(list)) {
		data := list[name]
		entries = append(entries, entry{name, len(data)})
		content = append(content, data...)
	}
	r["files"] = entries
	head, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	return slices.Concat(binary.LittleEndian.AppendUint32(nil, uint32(len(head))), head, content)
}

// answered is an answer, taken apart.
type answered struct {
	answer
	text  string
	files files
}

func call(t *testing.T, message []byte) answered {
	t.Helper()
	got := Call(message)
	size := binary.LittleEndian.Uint32(got)
	var a answered
	if err := json.Unmarshal(got[4:4+size], &a.answer); err != nil {
		t.Fatal(err)
	}
	rest := got[4+size:]
	a.text, rest = string(rest[:a.Text]), rest[a.Text:]
	a.files = files{}
	for _, f := range a.answer.Files {
		a.files[f.Name], rest = rest[:f.Size], rest[f.Size:]
	}
	if len(rest) > 0 {
		t.Errorf("%d bytes more than the answer says", len(rest))
	}
	return a
}

type options map[string]any

func example(t *testing.T) files {
	t.Helper()
	list := files{}
	for _, name := range []string{"hello.o", "config.h", "hello.c"} {
		data, err := os.ReadFile("../examples/hello/" + name)
		if err != nil {
			t.Fatal(err)
		}
		list[name] = data
	}
	a := call(t, message("link", []string{"hello.o"}, options{"arch": "armv7m", "qstrs": "config.h", "mapJson": "map.json", "map": "hello.map", "debugElf": "hello.elf"}, list))
	if a.Status != 0 || len(a.files) != 4 {
		t.Fatalf("%+v", a)
	}
	for name, data := range a.files {
		list[name] = data
	}
	list["broken.mpy"] = a.files["hello.mpy"][:40]
	list["other.mpy"] = call(t, message("link", []string{"hello.o"}, options{"arch": "armv7m", "qstrs": "config.h", "output": "other.mpy"}, list)).files["other.mpy"]
	return list
}

// TestFixtures: a link is the library's, for every architecture.
func TestFixtures(t *testing.T) {
	archs := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if archs[set.Arch] || set.Family != nil {
			continue
		}
		archs[set.Arch] = true
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range cases {
			if i%3 != 0 { // those of all sets are linked in WebAssembly, by the end to end tests
				continue
			}
			list, fsys := files{"config.h": c.Config}, fstest.MapFS{"config.h": {Data: c.Config}}
			var names []string
			for _, o := range c.Objects {
				names = append(names, o.Name)
				list[o.Name], fsys[o.Name] = o.Data, &fstest.MapFile{Data: o.Data}
			}
			m, err := mpyld.Link(context.Background(), mpyld.Options{FS: fsys, Files: names, QStrs: "config.h", SourceName: c.Name + ".mpy", Target: target.Options{Arch: set.Arch}})
			a := call(t, message("link", names, options{"arch": set.Arch, "qstrs": "config.h", "output": c.Name + ".mpy"}, list))
			switch {
			case err != nil:
				if a.Status != no || a.Diagnostics[0].Severity == "" || len(a.files) != 0 || !strings.HasPrefix(a.Messages, "mpyld: ") {
					t.Errorf("%s %s: %+v, but the library says %v", set.Name, c.Name, a, err)
				}
			case !bytes.Equal(a.files[c.Name+".mpy"], m.Bytes):
				t.Errorf("%s %s: other bytes than the library's: %s", set.Name, c.Name, a.Messages)
			}
		}
	}
	if len(archs) != len(target.ArchNames()) {
		t.Errorf("fixtures of %d architectures", len(archs))
	}
}

// TestVerbs: what each verb answers, with its exit status.
func TestVerbs(t *testing.T) {
	list := example(t)
	for _, test := range []struct {
		verb     string
		operands []string
		options  options
		status   int
		says     string // begins the text, or is in the messages
		makes    string
	}{
		{"about", nil, nil, 0, `{"archs":["x86",`, ""},
		{"inspect", []string{"hello.mpy"}, nil, 0, "hello.mpy: a linked native module, 261 bytes\n", ""},
		{"inspect", []string{"hello.mpy", "hello.mpy"}, options{"json": true}, 0, "{\n", ""},
		{"inspect", []string{"broken.mpy"}, nil, 1, "mpyld: error: broken.mpy: ", ""},
		{"inspect", []string{"hello.o"}, nil, 1, "mpyld: error: hello.o: ", ""},
		{"inspect", []string{"gone.mpy"}, nil, 1, "mpyld: error: gone.mpy: cannot read: no such file or directory\n", ""},
		{"inspect", nil, nil, 2, "mpyld: error: inspect takes at least 1 files\n", ""},
		{"inspekt", []string{"hello.mpy"}, nil, 2, "mpyld: note: did you mean inspect?\n", ""},
		{"inspect", []string{"hello.mpy"}, options{"jsn": true}, 2, "mpyld: error: jsn: there is no such option\nmpyld: note: did you mean json?\n", ""},
		{"inspect", []string{"hello.mpy"}, options{"json": "yes"}, 2, "mpyld: error: the option json: a string is none of its values\n", ""},
		{"dump", []string{"hello.mpy"}, nil, 0, "header: MicroPython, mpy version 6.3", ""},
		{"dump", []string{"hello.mpy"}, options{"map": "hello.map"}, 0, "header: MicroPython, mpy version 6.3", ""},
		{"dump", []string{"hello.mpy", "broken.mpy", "other.mpy"}, options{"hexdump": true}, 1, "hello.mpy:\n", ""},
		{"dump", []string{"hello.mpy"}, options{"json": true}, 0, "{\n", ""},
		{"dump", []string{"hello.mpy"}, options{"debug": "hello.elf"}, 0, "header: MicroPython, mpy version 6.3", ""},
		{"dump", []string{"other.mpy"}, options{"debug": "hello.elf"}, 1, "link again with --debug-elf", ""},
		{"dump", []string{"hello.mpy"}, options{"debug": "hello.elf", "json": true}, 2, "--debug is for the text of one file", ""},
		{"dump", []string{"hello.mpy"}, options{"hexdump": true, "json": true}, 2, "--hexdump and --json are two different outputs", ""},
		{"size", []string{"hello.mpy"}, options{"treemap": "t.svg"}, 0, "module ", "t.svg"},
		{"size", []string{"map.json"}, options{"by": "symbol", "format": "json", "treemap": "t.html"}, 0, "{\n", "t.html"},
		{"size", []string{"map.json"}, options{"treemap": "t.png"}, 2, "--treemap t.png: is neither .svg nor .html", ""},
		{"size", []string{"map.json"}, options{"diff": "broken.mpy"}, 1, "mpyld: error: broken.mpy: ", ""},
		{"verify", []string{"hello.mpy"}, options{"target": "1.24"}, 0, "hello.mpy: ok, armv7m, ", ""},
		{"verify", []string{"hello.mpy"}, options{"target": "9.9"}, 2, "mpyld: error: --target 9.9", ""},
		{"check", []string{"hello.mpy"}, options{"device": "5894"}, 0, "hello.mpy: yes: ", ""},
		{"check", []string{"hello.mpy"}, options{"device": "0x0906"}, 1, "hello.mpy: no: ", ""},
		{"check", []string{"hello.mpy"}, options{"board": "pico2"}, 0, "hello.mpy: yes: pico2 ", ""},
		{"check", []string{"hello.mpy"}, nil, 2, "mpyld: error: check needs --device, --board or --target\n", ""},
		{"diff", []string{"hello.mpy", "hello.mpy"}, nil, 0, "", ""},
		{"diff", []string{"hello.mpy", "other.mpy"}, nil, 1, "source file: hello.mpy -> other.mpy\n", ""},
		{"diff", []string{"hello.mpy"}, nil, 2, "diff takes at least 2 files", ""},
		{"merge", []string{"hello.mpy", "other.mpy"}, options{"output": "both.mpy"}, 0, "", "both.mpy"},
		{"merge", []string{"hello.mpy", "broken.mpy"}, options{"output": "both.mpy"}, 1, "mpyld: error: broken.mpy: ", ""},
		{"preprocess", []string{"hello.c"}, options{"output": "new.h", "arch": "armv7m"}, 0, "", "new.h"},
		{"link", nil, nil, 2, "mpyld: error: no input files\n", ""},
		{"link", []string{"hello.mpy"}, nil, 2, "no name for the output", ""},
		{"link", []string{"hello.o"}, options{"qstrs": "config.h"}, 1, "mpyld: error: hello.o: ", ""},
		{"link", []string{"hello.o"}, options{"arch": "armv7m", "qstrs": "config.h", "verbose": 1}, 0, "qstr vals: greet, language\n", "hello.mpy"},
	} {
		a := call(t, message(test.verb, test.operands, test.options, list))
		_, made := a.files[test.makes]
		if a.Status != test.status || !strings.HasPrefix(a.text, test.says) && !strings.Contains(a.Messages, test.says) || made != (test.makes != "") || len(a.files) > 1 {
			t.Errorf("%s %v %v: status %d, files %v\n%s\n%s", test.verb, test.operands, test.options, a.Status, a.answer.Files, a.text, a.Messages)
		}
		if test.status == misuse && a.Diagnostics[0].Code == "" {
			t.Errorf("%s %v: an error without a code: %+v", test.verb, test.operands, a.Diagnostics)
		}
		if (len(a.Diagnostics) > 0) != (a.Messages != "") {
			t.Errorf("%s %v: %d diagnostics for %q", test.verb, test.operands, len(a.Diagnostics), a.Messages)
		}
	}
	merged := call(t, message("merge", []string{"hello.mpy", "other.mpy"}, options{"output": "both.mpy"}, list)).files
	if a := call(t, message("inspect", []string{"both.mpy"}, nil, merged)); a.Status != 0 {
		t.Errorf("the merged file: %+v", a)
	}
}

// TestBrokenMessages: whatever comes in, an answer goes out.
func TestBrokenMessages(t *testing.T) {
	list := example(t)
	good := message("link", []string{"hello.o"}, options{"arch": "armv7m", "qstrs": "config.h"}, files{"hello.o": list["hello.o"], "config.h": list["config.h"]})
	for n := range good {
		if n > 300 && n%97 != 0 {
			continue
		}
		if a := call(t, good[:n]); a.Status == done || a.Status == fault || len(a.Diagnostics) == 0 {
			t.Fatalf("the first %d bytes: %+v", n, a)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	head := 4 + int(binary.LittleEndian.Uint32(good)) // others damage files
	for range 1000 {
		bad := slices.Clone(good)
		for range 1 + r.IntN(4) {
			bad[r.IntN(head)] = byte(r.Uint32())
		}
		if a := call(t, bad); a.Status == fault {
			t.Fatalf("%q: %+v", bad, a)
		}
	}
	for _, size := range []int{-1, 1 << 40} {
		head, err := json.Marshal(map[string]any{"verb": "inspect", "operands": []string{"a"}, "files": []entry{{"a", size}}})
		if err != nil {
			t.Fatal(err)
		}
		if a := call(t, slices.Concat(binary.LittleEndian.AppendUint32(nil, uint32(len(head))), head)); a.Status != misuse {
			t.Errorf("a file of %d bytes: %+v", size, a)
		}
	}
}

// TestPanic: a mistake of ours is an answer with status 3.
func TestPanic(t *testing.T) {
	verbs["panic"] = verb{0, func(*job) error { panic("oops") }}
	defer delete(verbs, "panic")
	if a := call(t, message("panic", nil, nil, nil)); a.Status != fault || !strings.HasPrefix(a.Messages, "mpyld: error: internal error: oops\nmpyld: note: this is a mistake in mpyld") {
		t.Errorf("%+v", a)
	}
}
