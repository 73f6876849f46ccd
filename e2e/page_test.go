//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A pageTest is the page in a browser, and the files that it has been given.
type pageTest struct {
	*browser
	t    *testing.T
	file string
	dir  string // where the same files are for the command
	axe  string
}

func openPage(t *testing.T) *pageTest {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join(npmTools(t), "axe-core/axe.min.js"))
	if err != nil {
		t.Fatalf("%v: beds/setup.sh web installs it", err)
	}
	p := &pageTest{browser: newBrowser(t), t: t, file: filepath.Join(web(t), "mpyld.html"), dir: t.TempDir(), axe: string(axe)}
	p.look(1280, 900, "light")
	p.open(p.file)
	p.await("document.documentElement.dataset.ready")
	return p
}

// write makes a file for the page and for the command.
func (p *pageTest) write(name string, data []byte) string {
	p.t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.WriteFile(file, data, 0o666); err != nil {
		p.t.Fatal(err)
	}
	return file
}

// forget marks the answers that are there, so that they are not taken for what comes next.
func (p *pageTest) forget() {
	p.t.Helper()
	p.eval(nil, "document.querySelectorAll('.answer').forEach((e) => (e.old = true))")
}

// verb goes to the panel of a verb, which may answer at once.
func (p *pageTest) verb(name string) {
	p.t.Helper()
	p.forget()
	p.click("#tab-" + name)
}

// submit clicks the button of a verb.
func (p *pageTest) submit(verb string) {
	p.t.Helper()
	p.forget()
	p.click("#panel-" + verb + " [type=submit]")
}

// fill writes into the field with a label in the panel that is in view, or chooses there.
func (p *pageTest) fill(label, value string) {
	p.t.Helper()
	p.forget()
	names, err := json.Marshal([]string{label, value})
	if err != nil {
		p.t.Fatal(err)
	}
	p.eval(nil, `((label, value) => {
		const of = [...document.querySelectorAll("[role=tabpanel]:not([hidden]) label")].find((l) => l.textContent.trim().startsWith(label));
		const control = of.control;
		if (control.type === "checkbox") control.checked = value === "on"; else control.value = value;
		if (control.value !== value && control.type !== "checkbox") throw new Error(label + " cannot be " + value);
		control.dispatchEvent(new Event("change", { bubbles: true }));
	})(...`+string(names)+`)`)
}

// pageAnswer is what a panel shows, and the command line that means the same.
type pageAnswer struct {
	Words  []string
	Status int
	Text   string
	Said   string            `json:"messages"`
	Files  map[string]string // in base64
}

// answer waits for the answer in view, runs the same command here, and compares.
func (p *pageTest) answer(verb string) pageAnswer {
	p.t.Helper()
	at := "#panel-" + verb + " .answer"
	p.await(`document.querySelector("` + at + `") && !document.querySelector("` + at + `").old`)
	var a pageAnswer
	p.eval(&a, `(() => {
		const { answer, words } = document.querySelector("`+at+`");
		const base64 = (b) => btoa(Array.from(b, (c) => String.fromCharCode(c)).join(""));
		return { ...answer, words, files: Object.fromEntries(Object.entries(answer.files).map(([n, d]) => [n, base64(d)])) };
	})()`)
	cmd := exec.Command(mpyld, a.Words[1:]...)
	cmd.Dir, cmd.Env = p.dir, append(os.Environ(), "MPYLD_OBJDUMP=/none") // a page runs no programs
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	if cmd.ProcessState.ExitCode() != a.Status || stdout.String() != a.Text || stderr.String() != a.Said {
		p.t.Errorf("%s\nthe page: status %d\n%s%s\nthe command: %v\n%s%s", strings.Join(a.Words, " "), a.Status, a.Text, a.Said, cmd.ProcessState, stdout.String(), stderr.String())
	}
	for name, text := range a.Files {
		want, err := os.ReadFile(filepath.Join(p.dir, name))
		var got []byte
		if err == nil {
			err = json.Unmarshal([]byte(`"`+text+`"`), &got)
		}
		if err != nil || !bytes.Equal(got, want) {
			p.t.Errorf("%s: %s is another than the command's (%v)", strings.Join(a.Words, " "), name, err)
		}
	}
	return a
}

// accessible fails the test for what axe-core finds (WCAG 2.2 A and AA, and its best practices).
func (p *pageTest) accessible(state string) {
	p.t.Helper()
	p.eval(nil, "window.axe ? 0 : ((0, eval)("+quotedJS(p.axe)+"), 0)")
	var found []string
	p.eval(&found, `axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.help + "\n" + v.nodes.map((n) => "  " + n.html + " " + n.any.map((a) => a.message).join()).join("\n")))`)
	for _, text := range found {
		p.t.Errorf("%s: %s", state, text)
	}
}

func quotedJS(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// seen looks at the page as it is: in both colours, on a wide and on a narrow display. Nothing may be
// wider than the display.
func (p *pageTest) seen(name string) {
	p.t.Helper()
	shots := os.Getenv("MPYLD_SCREENSHOTS")
	if shots == "" {
		shots = p.t.TempDir()
	}
	for _, width := range []int{1280, 390} {
		for _, scheme := range []string{"light", "dark"} {
			p.look(width, 844, scheme)
			var wide int
			p.eval(&wide, "document.documentElement.scrollWidth")
			if wide > width {
				p.t.Errorf("%s: %d pixels wide on a display of %d", name, wide, width)
			}
			file := filepath.Join(shots, fmt.Sprintf("%s-%d-%s.png", name, width, scheme))
			p.screenshot(file)
			if data, err := os.ReadFile(file); err != nil || len(data) < 10_000 {
				p.t.Errorf("%s: there is next to nothing to see (%v)", name, err)
			}
			if (width < 600) == (scheme == "dark") { // wide and light, narrow and dark
				p.accessible(fmt.Sprintf("%s %d %s", name, width, scheme))
			}
		}
	}
	p.look(1280, 900, "light")
}

// TestPage clicks every verb, and compares what each shows with the command.
func TestPage(t *testing.T) {
	p := openPage(t)
	p.seen("empty")

	// The example, linked; then its module in each verb.
	for _, name := range []string{"hello.o", "config.h"} {
		data, err := os.ReadFile(filepath.Join(root, "examples/hello", name))
		if err != nil {
			t.Fatal(err)
		}
		p.write(name, data)
	}
	p.click("#example")
	p.fill("A companion", "on")
	p.fill("Make it smaller", "on")
	p.submit("link")
	if a := p.answer("link"); len(a.Files) != 4 {
		t.Errorf("a link makes %d files", len(a.Files))
	}
	p.seen("link")
	p.verb("inspect")
	p.answer("inspect")
	p.seen("inspect")
	p.verb("dump")
	p.answer("dump")
	for how, like := range map[string]string{"hexdump": "00000000", "json": `"schema"`} {
		p.fill("Show", how)
		if a := p.answer("dump"); !strings.Contains(a.Text, like) {
			t.Errorf("dump as %s: %s", how, a.Text)
		}
	}
	p.fill("Show", "")
	p.answer("dump")
	p.fill("Names from", "hello.map")
	if a := p.answer("dump"); !strings.Contains(a.Text, "greet") {
		t.Errorf("dump with a map: %s", a.Text)
	}
	p.fill("Lines of sources", "hello.elf")
	p.answer("dump")
	p.seen("dump")
	p.verb("size")
	p.answer("size")
	for _, by := range []string{"object", "symbol"} {
		p.fill("A row", by)
		if a := p.answer("size"); len(a.Files) != 1 {
			t.Errorf("size by %s makes no picture", by)
		}
	}
	var drawn int
	p.eval(&drawn, "document.querySelector('#panel-size .picture').shadowRoot.querySelectorAll('rect').length")
	if drawn < 10 {
		t.Errorf("the picture has %d rectangles", drawn)
	}
	p.seen("size")
	for _, test := range []struct {
		field, value string
		status       int
	}{{"Device", "5894", 0}, {"Device", "0x0906", 1}, {"Device", "", 0}, {"Chip", "pico2", 0}, {"Chip", "pico", 1}, {"Chip", "nonesuch", 2}} {
		p.verb("check")
		p.fill(test.field, test.value)
		p.submit("check")
		if a := p.answer("check"); a.Status != test.status {
			t.Errorf("check of %s %q: %+v", test.field, test.value, a)
		}
	}
	p.seen("check")

	// Another module, dropped; a broken one, chosen.
	p.verb("link")
	p.fill("Name", "other.mpy")
	p.submit("link")
	p.answer("link")
	p.verb("diff")
	p.submit("diff")
	if a := p.answer("diff"); a.Status != 1 {
		t.Errorf("two that differ: %+v", a)
	}
	p.seen("diff")
	p.verb("merge")
	p.submit("merge")
	if a := p.answer("merge"); len(a.Files) != 1 {
		t.Errorf("merge: %+v", a)
	}
	p.seen("merge")
	p.verb("inspect")
	p.answer("inspect")
	p.forget()
	p.give(p.write("broken.mpy", []byte("M\x06\x17\x1f\x03\x00\x12")))
	p.await("document.querySelector('#panel-inspect .messages.failed')")
	if a := p.answer("inspect"); a.Status != 1 || !strings.Contains(a.Said, "error: broken.mpy") {
		t.Errorf("a broken module: %+v", a)
	}
	p.seen("broken")
	p.verb("link")
	p.fill("Architecture", "x64")
	p.submit("link")
	if a := p.answer("link"); a.Status != 1 || a.Said == "" {
		t.Errorf("a link that fails: %+v", a)
	}
	p.forget()
	p.drop(p.write("dropped.mpy", []byte("no module")))
	p.await("document.querySelector('#list').textContent.includes('dropped.mpy')")
	p.answer("inspect")
	p.calm(p.file)
}
