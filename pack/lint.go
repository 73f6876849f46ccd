package pack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ulikunitz/xz"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// What was written is read again, by what clients do with it and not by how it
// was made: every file that a JSON file names is there, in entries of two, within
// its directory, with the hash that it says; every module is what its directory is
// called.

// linter reads a directory.
type linter struct {
	fs   fs.FS
	pkg  *Package
	errs diag.List
}

// Lint checks the directory that a package was written to.
func (p *Package) Lint(fsys fs.FS) error {
	l := &linter{fs: fsys, pkg: p}
	found := 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		want, ours := p.Files[name]
		if !ours {
			return nil
		}
		found++
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if !bytes.Equal(data, want) {
			l.errs.Add(name, "is not what was written")
		}
		l.file(name, data)
		return nil
	})
	l.errs.Join(err)
	if found < len(p.Files) {
		l.errs.Add("", "%d files of %d are there", found, len(p.Files))
	}
	return l.errs.Err()
}

// file checks one by what it is.
func (l *linter) file(name string, data []byte) {
	switch {
	case path.Ext(name) == ".mpy":
		l.module(name, data)
	case path.Base(name) == "index.json":
	case path.Ext(name) == ".json":
		l.json(name, data)
	case path.Base(name) == "SHA256SUMS":
		l.sums(name, string(data))
	case path.Ext(name) == ".zip":
		l.zip(name, data)
	case strings.HasSuffix(name, ".tar.xz"):
		l.tar(name, data)
	}
}

// module checks a module against the directory that it is in.
func (l *linter) module(name string, data []byte) {
	f, err := mpytree.Parse(data)
	if err != nil {
		l.errs.Join(diag.Within(name, err))
		return
	}
	h := f.Header()
	if _, fat := l.pkg.Files[path.Dir(name)+"/__init__.py"]; fat && !strings.HasPrefix(path.Base(name), "_"+inPython(archName(h.Arch(), h.ArchFlags))) {
		l.errs.Add(name, "is for %s", h.ArchName())
	}
	arch, abi, ok := targetOf(path.Base(path.Dir(name)))
	if !ok {
		return
	}
	if code := h.Arch(); h.ArchCode() != 0 && (code == nil || archName(code, h.ArchFlags) != arch) {
		l.errs.Add(name, "is for %s", h.ArchName())
		return
	}
	loaded := false
	for _, r := range mpyfile.Releases {
		m := archOfName(arch)
		if r.For(m).Name == abi && r.Loads(m) {
			loaded = loaded || r.On(m, ^uint64(0), arch).Loader().Refuses(h) == nil
		}
	}
	if !loaded {
		l.errs.Add(name, "no firmware with .mpy %s for %s imports it", abi, arch)
	}
}

// json checks what a client would install.
func (l *linter) json(name string, data []byte) {
	var j struct {
		URLs, Hashes, Deps [][]string
		Arch, MPY          []string
	}
	if err := json.Unmarshal(data, &j); err != nil {
		l.errs.Add(name, "is no JSON that mip reads: %v", err)
		return
	}
	for _, entry := range slices.Concat(j.URLs, j.Hashes, j.Deps) {
		if len(entry) != 2 {
			l.errs.Add(name, "%q has %d elements, and mip takes two", entry, len(entry))
			return
		}
	}
	for _, entry := range slices.Concat(j.URLs, j.Hashes) {
		if !fs.ValidPath(entry[0]) || entry[0] == "." {
			l.errs.Add(name, "%q is no place below lib", entry[0])
		}
	}
	for _, u := range j.URLs {
		for _, url := range l.variants(u[1], j.Arch, j.MPY) {
			l.url(name, u[0], url)
		}
	}
	root := path.Join(path.Dir(name), "../../..") // of package/6/wave/latest.json
	for _, h := range j.Hashes {
		at := fmt.Sprintf("%s/file/%s/%s", root, h[1][:2], h[1])
		if data, ok := l.pkg.Files[at]; !ok || !strings.HasPrefix(hash(data), h[1]) {
			l.errs.Add(name, "%s is not there, or not that file", at)
		}
	}
}

// variants are a URL with ViperIDE's variables for each target that there is.
func (l *linter) variants(url string, archs, abis []string) []string {
	if !strings.Contains(url, "{") {
		return []string{url}
	}
	var list []string
	for _, t := range l.pkg.Targets {
		if slices.Contains(archs, t.Arch.Name) && slices.Contains(abis, t.ABI.Name) && t.Flags == 0 {
			list = append(list, strings.NewReplacer("{ARCH}", t.Arch.Name, "{MPY}", t.ABI.Name).Replace(url))
		}
	}
	return list
}

// url checks that the file at a URL is one of the directory.
func (l *linter) url(name, as, url string) {
	dir := path.Dir(name)
	for _, base := range []struct{ url, dir string }{{l.pkg.opts.ReleaseURL, "release"}, {l.pkg.opts.URL, "."}} {
		if rest, ok := strings.CutPrefix(url, l.pkg.expand(base.url)+"/"); ok && base.url != "" {
			url, dir = rest, base.dir
			break
		}
	}
	at := path.Join(dir, url)
	if _, ok := l.pkg.Files[at]; !ok {
		l.errs.Add(name, "%s is not there", url)
	}
	if _, _, ok := targetOf(path.Base(path.Dir(name))); ok && path.Dir(at) != path.Dir(name) {
		l.errs.Add(name, "%s is in another directory", at)
	}
	if path.Ext(as) != path.Ext(at) {
		l.errs.Add(name, "%s would be saved as %s", at, as)
	}
}

// sums checks SHA256SUMS, which has every other file of the directory.
func (l *linter) sums(name, text string) {
	dir := path.Dir(name)
	listed := 1
	for line := range strings.Lines(text) {
		sum, file, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if data, there := l.pkg.Files[dir+"/"+file]; !ok || !there || hash(data) != sum {
			l.errs.Add(name, "%s is not there, or not that file", file)
		}
		listed++
	}
	for file := range l.pkg.Files {
		if path.Dir(file) == dir {
			listed--
		}
	}
	if listed != 0 {
		l.errs.Add(name, "not every file is listed")
	}
}

// zip checks an archive for CircuitPython.
func (l *linter) zip(name string, data []byte) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		l.errs.Add(name, "%v", err)
		return
	}
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "lib/") || !fs.ValidPath(f.Name) {
			l.errs.Add(name, "%q is not in lib", f.Name)
		}
	}
}

// tar checks the archive of a release: it has the directories of all targets.
func (l *linter) tar(name string, data []byte) {
	z, err := xz.NewReader(bytes.NewReader(data))
	if err != nil {
		l.errs.Add(name, "%v", err)
		return
	}
	r := tar.NewReader(z)
	top := strings.TrimSuffix(path.Base(name), ".tar.xz") + "/"
	modules := 0
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			l.errs.Add(name, "%v", err)
			return
		}
		inside, ok := strings.CutPrefix(h.Name, top)
		content, err := io.ReadAll(r)
		if err != nil || !ok || !fs.ValidPath(inside) {
			l.errs.Add(name, "%q: cannot be unpacked (%v)", h.Name, err)
			return
		}
		if path.Ext(inside) == ".mpy" {
			modules++
			if !bytes.Equal(content, l.pkg.Files[inside]) {
				l.errs.Add(name, "%s is another file", inside)
			}
		}
	}
	if modules == 0 {
		l.errs.Add(name, "there is no module in it")
	}
}
