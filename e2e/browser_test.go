//go:build e2e

package e2e

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A browser is a headless Chromium that is told what to do through a pair of pipes, in the
// messages of its DevTools protocol (chromedevtools.github.io/devtools-protocol): JSON, with a zero byte behind each.
type browser struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader

	mutex    sync.Mutex
	next     int
	waiting  map[int]chan reply
	gone     error
	requests []string             // addresses that any page or worker asked for
	wrong    []string             // what was written to the console, or thrown
	page     string               // session of the page
	loaded   map[string]chan bool // closed when a document is there, by its loader
	saved    chan string          // states of downloads
}

// reply is a message of the browser's.
type reply struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct{ Message string }
	// The page's or a worker's.
	SessionID string
}

// newBrowser starts Chromium with one empty page. It ends with the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: beds/setup.sh installs it", err)
	}
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	b := &browser{t: t, in: in, out: bufio.NewReaderSize(out, 1<<20), waiting: map[int]chan reply{}, loaded: map[string]chan bool{}, saved: make(chan string, 100)}
	go b.listen()
	t.Cleanup(func() {
		_, _ = b.ask("", "Browser.close", nil)
		in.Close()
		_ = cmd.Wait()
		out.Close()
	})
	var target struct{ TargetID string }
	b.call(&target, "", "Target.createTarget", values{"url": "about:blank"})
	var session struct{ SessionID string }
	b.call(&session, "", "Target.attachToTarget", values{"targetId": target.TargetID, "flatten": true})
	b.page = session.SessionID
	b.watch(b.page)
	for _, domain := range []string{"Page", "DOM"} {
		b.do(domain+".enable", nil)
	}
	b.do("Page.setLifecycleEventsEnabled", values{"enabled": true})
	return b
}

type values map[string]any

// watch has a page or a worker, and workers that it starts, say what they ask for and what goes wrong.
func (b *browser) watch(session string) {
	for _, method := range []string{"Network.enable", "Runtime.enable", "Log.enable"} {
		_, _ = b.ask(session, method, nil) // workers have no Log
	}
	_, _ = b.ask(session, "Target.setAutoAttach", values{"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true})
	_, _ = b.ask(session, "Runtime.runIfWaitingForDebugger", nil)
}

// listen reads what the browser says, to its end.
func (b *browser) listen() {
	for {
		text, err := b.out.ReadBytes(0)
		var r reply
		if err == nil {
			err = json.Unmarshal(text[:len(text)-1], &r)
		}
		b.mutex.Lock()
		if err != nil {
			b.gone = err
			for _, c := range b.waiting {
				close(c)
			}
			b.waiting = nil
			b.mutex.Unlock()
			return
		}
		if c, ok := b.waiting[r.ID]; ok && r.ID > 0 {
			delete(b.waiting, r.ID)
			c <- r
		} else {
			b.event(r)
		}
		b.mutex.Unlock()
	}
}

// event notes what the browser tells of its own accord.
func (b *browser) event(r reply) {
	switch r.Method {
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		if json.Unmarshal(r.Params, &p) == nil {
			b.requests = append(b.requests, p.Request.URL)
		}
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
		b.wrong = append(b.wrong, r.Method+" "+string(r.Params))
	case "Page.lifecycleEvent":
		var p struct{ LoaderID, Name string }
		if json.Unmarshal(r.Params, &p) == nil && p.Name == "load" {
			close(b.load(p.LoaderID))
		}
	case "Browser.downloadProgress":
		var p struct{ State string }
		if json.Unmarshal(r.Params, &p) == nil && p.State != "inProgress" {
			b.saved <- p.State
		}
	case "Target.attachedToTarget":
		var p struct{ SessionID string }
		if json.Unmarshal(r.Params, &p) == nil {
			go b.watch(p.SessionID)
		}
	}
}

// load is closed when the document of a loader is there.
func (b *browser) load(loader string) chan bool {
	if b.loaded[loader] == nil {
		b.loaded[loader] = make(chan bool)
	}
	return b.loaded[loader]
}

// ask sends a message to a page or a worker, or to the browser (""), and waits for the reply.
func (b *browser) ask(session, method string, params values) (json.RawMessage, error) {
	b.mutex.Lock()
	if b.gone != nil {
		b.mutex.Unlock()
		return nil, fmt.Errorf("%s: the browser is gone: %w", method, b.gone)
	}
	b.next++
	message := values{"id": b.next, "method": method}
	if params != nil {
		message["params"] = params
	}
	if session != "" {
		message["sessionId"] = session
	}
	text, err := json.Marshal(message)
	if err != nil {
		b.mutex.Unlock()
		return nil, err
	}
	c := make(chan reply, 1)
	b.waiting[b.next] = c
	_, err = b.in.Write(append(text, 0))
	b.mutex.Unlock()
	if err != nil {
		return nil, err
	}
	r, ok := <-c
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: the browser is gone", method)
	case r.Error != nil:
		return nil, fmt.Errorf("%s: %s", method, r.Error.Message)
	}
	return r.Result, nil
}

// call is ask for what has to work, with the reply as a value.
func (b *browser) call(into any, session, method string, params values) {
	b.t.Helper()
	result, err := b.ask(session, method, params)
	if err == nil && into != nil {
		err = json.Unmarshal(result, into)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// do tells the page something.
func (b *browser) do(method string, params values) {
	b.t.Helper()
	b.call(nil, b.page, method, params)
}

// eval is the value of an expression in the page. Promises are waited for.
func (b *browser) eval(into any, expression string) {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call(&r, b.page, "Runtime.evaluate", values{"expression": expression, "awaitPromise": true, "returnByValue": true})
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	if into != nil {
		if err := json.Unmarshal(r.Result.Value, into); err != nil {
			b.t.Fatalf("%s: %v", expression, err)
		}
	}
}

// await waits until an expression is true in the page: for 3,000 looks, between which the page has
// time for something else.
func (b *browser) await(expression string) {
	b.t.Helper()
	b.eval(nil, `new Promise((done, failed) => {
		let looks = 0;
		const look = () => (`+expression+`) ? done(true) : ++looks < 3000 ? setTimeout(look, 10) : failed(new Error("it never became true; the page: " + document.body.innerText));
		look();
	})`)
}

// open opens a file in the page.
func (b *browser) open(file string) {
	b.t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		b.t.Fatal(err)
	}
	var to struct{ LoaderID string }
	b.call(&to, b.page, "Page.navigate", values{"url": "file://" + path})
	b.mutex.Lock()
	there := b.load(to.LoaderID)
	b.mutex.Unlock()
	<-there
}

// click clicks in the middle of what a selector means, with the mouse.
func (b *browser) click(selector string) {
	b.t.Helper()
	name, err := json.Marshal(selector)
	if err != nil {
		b.t.Fatal(err)
	}
	var at struct{ X, Y float64 }
	b.eval(&at, `(() => {
		const e = document.querySelector(`+string(name)+`);
		e.scrollIntoView({ block: "center" });
		const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
		const there = document.elementFromPoint(x, y);
		if (!e.contains(there)) throw new Error(`+string(name)+` + " is behind " + there?.outerHTML);
		return { x, y };
	})()`)
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		b.do("Input.dispatchMouseEvent", values{"type": kind, "x": at.X, "y": at.Y, "button": "left", "clickCount": 1})
	}
}

// press presses a key.
func (b *browser) press(key string) {
	b.t.Helper()
	codes := map[string]int{"Tab": 9, "Enter": 13, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39}
	down := values{"type": "keyDown", "key": key, "windowsVirtualKeyCode": codes[key]}
	switch key {
	case "Enter":
		down["text"] = "\r"
	case " ":
		down["text"] = " "
	}
	b.do("Input.dispatchKeyEvent", down)
	b.do("Input.dispatchKeyEvent", values{"type": "keyUp", "key": key, "windowsVirtualKeyCode": codes[key]})
}

// give gives files of the system to the page's file chooser.
func (b *browser) give(files ...string) {
	b.t.Helper()
	var document struct{ Root struct{ NodeID int } }
	b.call(&document, b.page, "DOM.getDocument", nil)
	var input struct{ NodeID int }
	b.call(&input, b.page, "DOM.querySelector", values{"nodeId": document.Root.NodeID, "selector": "#chooser"})
	b.do("DOM.setFileInputFiles", values{"nodeId": input.NodeID, "files": files})
}

// drop drops files of the system onto the page.
func (b *browser) drop(files ...string) {
	b.t.Helper()
	for _, kind := range []string{"dragEnter", "dragOver", "drop"} {
		b.do("Input.dispatchDragEvent", values{"type": kind, "x": 100, "y": 100, "data": values{"items": []values{}, "files": files, "dragOperationsMask": 1}})
	}
}

// look makes the page so many pixels wide, in one of the two colour schemes.
func (b *browser) look(width, height int, scheme string) {
	b.t.Helper()
	b.do("Emulation.setDeviceMetricsOverride", values{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
	b.do("Emulation.setEmulatedMedia", values{"features": []values{{"name": "prefers-color-scheme", "value": scheme}}})
}

// screenshot is a picture of the page.
func (b *browser) screenshot(file string) {
	b.t.Helper()
	var shot struct{ Data string }
	b.call(&shot, b.page, "Page.captureScreenshot", values{"format": "png", "captureBeyondViewport": true})
	data, err := base64.StdEncoding.DecodeString(shot.Data)
	if err == nil {
		err = os.WriteFile(file, data, 0o666)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// calm fails the test for all that the page asked others for, or complained of.
func (b *browser) calm(file string) {
	b.t.Helper()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, address := range b.requests {
		if !strings.HasPrefix(address, "blob:") && !strings.HasSuffix(address, "/"+filepath.Base(file)) && !strings.HasPrefix(address, "data:") {
			b.t.Errorf("the page asked for %s", address)
		}
	}
	if len(b.requests) == 0 {
		b.t.Error("not even the page itself was noticed as a request")
	}
	for _, text := range b.wrong {
		b.t.Errorf("the page complained: %s", text)
	}
}
