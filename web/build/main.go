// Command build makes build/web of web: mpyld.html, the page with all that it needs in one file,
// and npm, the directory of a package. Run it in the root of the repository (make web). What
// it makes depends on the sources and on Go's version alone.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"mpyld"
	"mpyld/release/licences"
)

// mostCompressed is what the compressed module may take, in bytes.
const mostCompressed = 4_000_000

func main() {
	to := flag.String("o", filepath.Join("build", "web"), "make it in `DIRECTORY`")
	flag.Parse()
	if err := build(*to); err != nil {
		fmt.Fprintln(os.Stderr, "web/build:", err)
		os.Exit(1)
	}
}

func build(to string) error {
	wasm, err := compile()
	if err != nil {
		return err
	}
	var compressed bytes.Buffer
	w, err := gzip.NewWriterLevel(&compressed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(wasm); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if compressed.Len() > mostCompressed {
		return fmt.Errorf("the module takes %d bytes compressed, more than %d", compressed.Len(), mostCompressed)
	}
	others, err := licences.Of("Its WebAssembly module", "./web/wasm", inWasm())
	if err != nil {
		return err
	}
	page, err := page(compressed.Bytes(), others)
	if err != nil {
		return err
	}
	files, err := npm()
	if err != nil {
		return err
	}
	files["mpyld.wasm"], files["LICENSES"] = wasm, others
	list := map[string][]byte{"mpyld.html": page}
	for name, data := range files {
		list[filepath.Join("npm", name)] = data
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(to, "npm"), 0o777); err != nil {
		return err
	}
	for name, data := range list {
		if err := os.WriteFile(filepath.Join(to, name), data, 0o666); err != nil {
			return err
		}
	}
	fmt.Printf("%s: page %d bytes; module %d bytes, compressed %d\n", to, len(page), len(wasm), compressed.Len())
	return nil
}

// inWasm is the environment of a Go command that is about the module.
func inWasm() []string { return append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm") }

// compile makes the WebAssembly module. It knows no commit, so that it is the same for the same
// sources.
func compile() ([]byte, error) {
	dir, err := os.MkdirTemp("", "mpyld-web-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "mpyld.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", file, "./web/wasm")
	cmd.Env, cmd.Stderr = inWasm(), os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// page is the page: a document with its style, its scripts, the module and an example in it.
func page(compressed, licences []byte) ([]byte, error) {
	parts := map[string]string{
		"version": mpyld.Version(), "licences": strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(string(licences)),
		"module": base64.StdEncoding.EncodeToString(compressed),
	}
	var err error
	read := func(names ...string) string {
		var b strings.Builder
		for _, name := range names {
			data, failed := os.ReadFile(filepath.FromSlash(name))
			if failed != nil {
				err = failed
			}
			b.Write(data)
		}
		return b.String()
	}
	parts["style"] = read("web/page/page.css")
	// The worker is a classic script: the module that the package has, without its exports.
	exports := regexp.MustCompile(`(?m)^export `)
	parts["worker"] = strings.ReplaceAll(exports.ReplaceAllString(read("web/npm/index.mjs"), ""), "import.meta.url", `"file:///"`) + read("web/page/worker.js")
	parts["script"] = "\"use strict\";\n" + read("web/page/engine.js", "web/page/files.js", "web/page/result.js", "web/page/verbs.js", "web/page/link.js", "web/page/main.js")
	example := map[string]string{}
	for _, name := range []string{"hello.o", "config.h"} {
		example[name] = base64.StdEncoding.EncodeToString([]byte(read("examples/hello/" + name)))
	}
	document := read("web/page/page.html")
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(example)
	if err != nil {
		return nil, err
	}
	parts["example"] = string(text)
	// The page may run its own script and the worker, and may ask nobody for anything.
	sum := sha256.Sum256([]byte(parts["script"]))
	parts["policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src blob: data:; worker-src blob:; base-uri 'none'; form-action 'none'; script-src 'wasm-unsafe-eval' blob: 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	for _, name := range []string{"script", "worker"} {
		if strings.Contains(parts[name], "</script") {
			return nil, fmt.Errorf("the %s ends its own element", name)
		}
	}
	place := regexp.MustCompile(`\{\{(\w+)\}\}`)
	used := map[string]bool{}
	out := place.ReplaceAllStringFunc(document, func(m string) string {
		used[m[2:len(m)-2]] = true
		return parts[m[2:len(m)-2]]
	})
	for name := range parts {
		if !used[name] {
			return nil, fmt.Errorf("web/page/page.html has no place for its %s", name)
		}
	}
	return []byte(out), nil
}

// npm is the files of the package, but for what is compiled.
func npm() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, name := range []string{"web/npm/index.mjs", "web/npm/index.d.ts", "web/npm/README.md", "web/npm/package.json", "LICENSE"} {
		data, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			return nil, err
		}
		files[filepath.Base(name)] = data
	}
	text := string(files["package.json"])
	if strings.Count(text, `"0.0.0"`) != 1 {
		return nil, fmt.Errorf("web/npm/package.json has no version 0.0.0 to replace")
	}
	files["package.json"] = []byte(strings.Replace(text, `"0.0.0"`, `"`+mpyld.Version()+`"`, 1))
	return files, nil
}
