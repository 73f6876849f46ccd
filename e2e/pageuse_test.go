//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// focused is the element that has the focus: its id, or its name.
func (p *pageTest) focused() string {
	p.t.Helper()
	var name string
	p.eval(&name, "((e) => e.id || e.getAttribute('aria-label') || e.textContent || e.tagName)(document.activeElement)")
	return name
}

// TestPageByKeys uses the page without a mouse, and saves what it makes.
func TestPageByKeys(t *testing.T) {
	p := openPage(t)
	for _, want := range []string{"choose", "example", "tab-inspect"} {
		p.press("Tab")
		if got := p.focused(); got != want {
			t.Errorf("the focus is on %s, not on %s", got, want)
		}
	}
	for _, test := range []struct{ key, want string }{{"ArrowRight", "dump"}, {"End", "merge"}, {"ArrowRight", "inspect"}, {"ArrowLeft", "merge"}, {"Home", "inspect"}} {
		p.press(test.key)
		var shown string
		p.eval(&shown, "[...document.querySelectorAll('[role=tabpanel]:not([hidden])')].map((e) => e.id).join()")
		if got := p.focused(); got != "tab-"+test.want || shown != "panel-"+test.want {
			t.Errorf("%s leads to %s with %s", test.key, got, shown)
		}
	}
	p.eval(nil, "document.querySelector('#example').focus()")
	p.press("Enter")
	p.await("!document.querySelector('#panel-link').hidden")
	p.eval(nil, "document.querySelector('#panel-link select').focus()")
	for range 3 {
		p.press("Tab")
	}
	p.press("Tab") // past the summary
	if got := p.focused(); got != "Link" {
		t.Fatalf("the focus is on %s, not on the button", got)
	}
	p.press(" ")
	p.await("document.querySelector('#said').textContent === 'Link: arch:         EM_ARM'")

	// The button behind it saves the module.
	dir := t.TempDir()
	p.call(nil, "", "Browser.setDownloadBehavior", values{"behavior": "allow", "downloadPath": dir, "eventsEnabled": true})
	p.press("Tab")
	p.press("Enter")
	if state := <-p.saved; state != "completed" {
		t.Fatalf("the download is %s", state)
	}
	saved, err := os.ReadFile(filepath.Join(dir, "hello.mpy"))
	want := filepath.Join(t.TempDir(), "hello.mpy")
	link(t, "--arch", "armv7m", "--qstrs", filepath.Join(root, "examples/hello/config.h"), "-o", want, filepath.Join(root, "examples/hello/hello.o"))
	linked, _ := os.ReadFile(want)
	if err != nil || !bytes.Equal(saved, linked) {
		t.Errorf("saved are %d bytes, not %d (%v)", len(saved), len(linked), err)
	}
	p.eval(nil, "document.querySelector('[aria-label=\"Remove hello.mpy\"]').focus()")
	p.press("Enter")
	if got := p.focused(); got != "choose" {
		t.Errorf("after removing a file the focus is on %s", got)
	}
	p.calm(p.file)
}

// TestPageOfTenMegabytes: what takes long can be stopped, and the page goes on.
func TestPageOfTenMegabytes(t *testing.T) {
	p := openPage(t)
	source := p.write("big.c", []byte("const char big[10 << 20] = {1, 2, 3};\nconst char *mpy_init(void) { return big; }\n"))
	object := filepath.Join(p.dir, "big.o")
	if out, err := exec.Command("gcc", "-Os", "-fpic", "-c", "-o", object, source).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	p.forget()
	p.give(object)
	p.await("!document.querySelector('#panel-link').hidden && document.querySelector('#panel-link select').options.length")
	p.submit("link")
	if a := p.answer("link"); a.Status != 0 {
		t.Fatalf("%+v", a)
	}
	p.verb("inspect")
	p.answer("inspect")
	p.verb("dump")
	p.await("document.querySelector('#panel-dump .wait button')")
	p.click("#panel-dump .wait button")
	p.await("document.querySelector('#panel-dump .messages')?.textContent.includes('stopped')")
	p.verb("inspect")
	p.answer("inspect")

	// So it does when mpyld itself does not: here it is asked for what it cannot be asked for.
	var failed string
	p.eval(&failed, "engine.ask('inspect', null).then(() => 'it answers', (error) => error.message)")
	if failed == "it answers" || failed == "" {
		t.Errorf("what makes no sense is answered: %q", failed)
	}
	p.verb("size")
	p.answer("size")
	p.calm(p.file)
}
