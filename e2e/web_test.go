//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	lib "mpyld"
	"mpyld/diag"
	"mpyld/fixtures"
	"mpyld/target"
)

// made is where this run has made the page and the package.
var made = sync.OnceValues(func() (string, error) {
	to := filepath.Join(shared, "web")
	return to, makeWeb(to)
})

func makeWeb(to string, env ...string) error {
	cmd := exec.Command("go", "run", "./web/build", "-o", to)
	cmd.Dir, cmd.Env = root, append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

func web(t *testing.T) string {
	t.Helper()
	dir, err := made()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// npmTools is where beds/setup.sh has put packages of npm that tests use.
func npmTools(t *testing.T) string { return filepath.Join(bedsDir(t), "home/npm/node_modules") }

// runIn runs a program, which must succeed, and returns what it printed.
func runIn(t *testing.T, dir string, argv ...string) []byte {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(argv, " "), err, out, complaints.Bytes())
	}
	return out
}

// installed is a directory into which the package is installed as npm packs it.
func installed(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(shared, "web-installed")
	if err := os.Mkdir(dir, 0o777); os.IsExist(err) {
		return dir
	}
	runIn(t, filepath.Join(web(t), "npm"), "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", dir)
	packed, err := filepath.Glob(filepath.Join(dir, "mpyld-*.tgz"))
	if err != nil || len(packed) != 1 {
		t.Fatalf("npm pack made %v (%v)", packed, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	runIn(t, dir, "npm", "install", "--silent", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", packed[0])
	for _, name := range []string{"index.mjs", "index.d.ts", "mpyld.wasm", "package.json", "README.md", "LICENSE", "LICENSES"} {
		if info, err := os.Stat(filepath.Join(dir, "node_modules/mpyld", name)); err != nil || info.Size() == 0 {
			t.Errorf("%s in the package: %v", name, err)
		}
	}
	return dir
}

// TestWebTwice: what is made depends on the sources alone.
func TestWebTwice(t *testing.T) {
	again, tmp := filepath.Join(t.TempDir(), "again"), t.TempDir()
	if err := makeWeb(again, "TMPDIR="+tmp, "GOFLAGS=-p=1", "GOMAXPROCS=1", "LANG=C", "TZ=UTC"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mpyld.html", "npm/mpyld.wasm", "npm/LICENSES", "npm/package.json"} {
		a, err := os.ReadFile(filepath.Join(web(t), name))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(filepath.Join(again, name)); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is made otherwise the second time (%v)", name, err)
		}
	}
	licences, err := os.ReadFile(filepath.Join(again, "npm/LICENSES"))
	if err != nil || !bytes.Contains(licences, []byte("The Go Authors")) || !bytes.Contains(licences, []byte("golang.org/x/arch")) {
		t.Errorf("LICENSES has not all licences (%v)", err)
	}
}

// TestWebTypes: index.d.ts is what TypeScript takes, and refuses what it should.
func TestWebTypes(t *testing.T) {
	dir := installed(t)
	source, err := os.ReadFile("testdata/web/types.ts")
	if err != nil {
		t.Fatal(err)
	}
	const settings = `{"compilerOptions":{"noEmit":true,"strict":true,"module":"nodenext","target":"es2022","lib":["es2022","dom"],"types":[]},"files":["types.ts"]}`
	for name, data := range map[string][]byte{"types.ts": source, "tsconfig.json": []byte(settings)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	runIn(t, dir, "node", filepath.Join(npmTools(t), "typescript/lib/tsc.js"))
}

// TestWebDocuments runs what documents show of the package.
func TestWebDocuments(t *testing.T) {
	dir := installed(t)
	for doc, says := range map[string]string{"docs/WEB.md": "hello.mpy: a linked native module", "web/npm/README.md": "true hello.mpy: yes: "} {
		text, err := os.ReadFile(filepath.Join(root, doc))
		if err != nil {
			t.Fatal(err)
		}
		_, block, _ := strings.Cut(string(text), "```js\n")
		block, _, _ = strings.Cut(block, "```")
		here, err := filepath.Abs(filepath.Join(root, "examples/hello"))
		if err != nil {
			t.Fatal(err)
		}
		program := "import { readFileSync } from 'node:fs';\nconst [object, config] = ['hello.o', 'config.h'].map((name) => readFileSync(" + quotedJS(here+"/") + " + name));\n" + block
		if err := os.WriteFile(filepath.Join(dir, "shown.mjs"), []byte(program), 0o666); err != nil {
			t.Fatal(err)
		}
		if out := string(runIn(t, dir, "node", "shown.mjs")); !strings.HasPrefix(out, says) {
			t.Errorf("%s prints\n%s", doc, out)
		}
	}
}

// TestWebMisused: what is no content or no list is an error, and never an empty file or another one.
func TestWebMisused(t *testing.T) {
	dir := installed(t)
	const program = `import { load } from "mpyld";
const mpyld = await load();
const module = Uint8Array.of(77, 6, 0, 31, 1, 0, 14, 120, 46, 109, 112, 121, 0);
const said = (ask) => { try { return ask().messages } catch (e) { return e.name + ": " + e.message } };
for (const content of [3, null, undefined, [77, 6], {}]) console.log(said(() => mpyld.inspect({ files: { "a.mpy": content } })));
console.log(said(() => mpyld.inspect({ files: { "a.mpy": module }, operands: "a.mpy" })));
const [number, digits] = [5894, "5894"].map((device) => said(() => mpyld.check({ files: { "a.mpy": module }, device })));
console.log(number === digits, said(() => mpyld.inspect({ files: { "a.mpy": module.buffer } })) === said(() => mpyld.inspect({ files: { "a.mpy": new DataView(module.buffer) } })));
`
	if err := os.WriteFile(filepath.Join(dir, "misused.mjs"), []byte(program), 0o666); err != nil {
		t.Fatal(err)
	}
	const want = `TypeError: operands: "a.mpy" is no list of names
true true
`
	no := strings.Repeat("TypeError: files: the content of a.mpy is no Uint8Array, ArrayBuffer or string\n", 5)
	if got := string(runIn(t, dir, "node", "misused.mjs")); got != no+want {
		t.Errorf("it prints\n%s", got)
	}
}

// webLink is a link for the package, and what the library says to it.
type webLink struct {
	name             string
	module, messages string
}

// TestWebLinks: the package links all stored objects as mpyld does here, byte for byte, and says the same
// of those that do not link.
func TestWebLinks(t *testing.T) {
	var asked bytes.Buffer
	var want []webLink
	archs := map[string]int{}
	for _, set := range slices.Concat(fixtures.Sets(), fixtures.FamilySets()) {
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		release := "latest"
		if set.Family != nil {
			release = set.Family.Releases[len(set.Family.Releases)-1]
		}
		for _, c := range cases {
			archs[set.Arch]++
			type entry struct {
				Name string `json:"name"`
				Size int    `json:"size"`
			}
			head := values{"options": values{"target": release, "arch": set.Arch, "qstrs": "config.h", "output": c.Name + ".mpy", "keepUnwind": c.Has("--keep-unwind"), "gcSections": c.Has("--gc-sections")}}
			var list []entry
			var content []byte
			for _, f := range append(slices.Clone(c.Objects), fixtures.File{Name: "config.h", Data: c.Config}) {
				list = append(list, entry{f.Name, len(f.Data)})
				content = append(content, f.Data...)
			}
			head["files"] = list
			text, err := json.Marshal(head)
			if err != nil {
				t.Fatal(err)
			}
			asked.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(text))))
			asked.Write(text)
			asked.Write(content)
			w := webLink{name: set.Name + " " + c.Name}
			m, err := lib.Link(context.Background(), lib.Options{
				FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: c.Name + ".mpy", Target: target.Options{Release: release, Arch: set.Arch},
				KeepUnwind: c.Has("--keep-unwind"), GCSections: c.Has("--gc-sections"),
			})
			if err == nil {
				sum := sha256.Sum256(m.Bytes)
				w.module = hex.EncodeToString(sum[:])
			} else {
				var errs diag.List
				errs.Join(err)
				w.messages = strings.TrimSpace(diag.Render("mpyld: ", lib.Readable(errs)))
			}
			want = append(want, w)
		}
	}
	if len(archs) != len(target.ArchNames()) || len(want) < 1500 {
		t.Errorf("%d links for %d architectures", len(want), len(archs))
	}
	dir := installed(t)
	script, err := os.ReadFile("testdata/web/links.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"links.mjs": script, "asked": asked.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSpace(string(runIn(t, dir, "node", "links.mjs", "asked"))), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d answers to %d links", len(lines), len(want))
	}
	for i, line := range lines {
		var got struct{ Module, Messages string }
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		// A failed link's warnings come before its errors.
		if w := want[i]; got.Module != w.module || !strings.HasSuffix(got.Messages, w.messages) {
			t.Errorf("%s: %s\nbut here %s%s", w.name, line, w.module, w.messages)
		}
	}
	t.Logf("%d links", len(want))
}
