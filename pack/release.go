package pack

import (
	"archive/zip"
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"mpyld/diag"
	"mpyld/internal/pattern"
	"mpyld/internal/tarxz"
)

// A release page has one flat list of files, whose names say what they are for:
// wave-1.2.0-mpy6.3-armv6m.mpy. mip saves such a file under that very name, which
// nothing can import, so each target has a JSON file that says what it is
// called on the board.

// release makes the files for a release page.
func release(p *Package) error {
	var names []string
	add := func(name string, data []byte) {
		p.add("release/"+name, data)
		names = append(names, name)
	}
	base := p.opts.ReleaseURL
	switch {
	case base != "":
		base = p.expand(base) + "/"
	case p.opts.URL != "":
		base = p.expand(p.opts.URL) + "/release/"
	}
	for _, f := range p.opts.Beside {
		add(path.Base(f.Name), f.Data)
	}
	for _, t := range p.Targets {
		var urls [][2]string
		for _, f := range p.filesOf(t) {
			asset := f.Name
			if name, ok := strings.CutSuffix(f.Name, ".mpy"); ok {
				asset = name + "-" + p.Version + "-" + t.suffix() + ".mpy"
			}
			add(asset, f.Data)
			urls = append(urls, [2]string{f.Name, base + asset})
		}
		if !t.circuit() {
			add(p.Name+"-"+t.suffix()+".json", encode(p.packageOf(urls)))
		}
	}
	archive, err := p.tarXZ()
	if err != nil {
		return err
	}
	add(p.Name+"-"+p.Version+".tar.xz", archive)
	slices.Sort(names)
	var sums strings.Builder
	for _, name := range slices.Compact(names) {
		fmt.Fprintf(&sums, "%s  %s\n", hash(p.Files["release/"+name]), name)
	}
	p.add("release/SHA256SUMS", []byte(sums.String()))
	return nil
}

// suffix is what names of a target's files end in: "mpy6.3-armv6m".
func (t *Target) suffix() string {
	if t.circuit() {
		return t.cp() + "-" + archName(t.Arch, t.Flags)
	}
	return "mpy" + t.ABI.Name + "-" + archName(t.Arch, t.Flags)
}

// tarXZ has the directories of all targets in one file, whose bytes depend on
// nothing else.
func (p *Package) tarXZ() ([]byte, error) {
	relative := *p.opts
	relative.URL = "" // who has unpacked it has the files
	local := &Package{Name: p.Name, Version: p.Version, Targets: p.Targets, Files: map[string][]byte{}, opts: &relative}
	local.directories()
	local.add("INSTALL.md", []byte(local.install()))
	var files []tarxz.File
	for name, data := range local.Files {
		files = append(files, tarxz.File{Name: p.Name + "-" + p.Version + "/" + name, Data: data})
	}
	return tarxz.Pack(files)
}

// cp is CircuitPython's newest major release with the target's ABI: "cp10".
func (t *Target) cp() string {
	return "cp" + lastMajor.Get().FindStringSubmatch(t.ABI.Releases)[1]
}

var lastMajor = pattern.Of(`([0-9]+)\.[0-9]+$`)

// circuitPython makes an archive for each of CircuitPython's targets, whose
// directory lib goes onto the board.
func circuitPython(p *Package) error {
	made := false
	for _, t := range p.Targets {
		if !t.circuit() {
			continue
		}
		made = true
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, f := range p.filesOf(t) {
			// Stored, and with the first time there is: the same files make the same archive.
			out, err := w.CreateHeader(&zip.FileHeader{Name: "lib/" + f.Name, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
			if err != nil {
				return err
			}
			if _, err := out.Write(f.Data); err != nil {
				return err
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
		name := p.Name
		if p.Version != "" {
			name += "-" + p.Version
		}
		p.add("circuitpython/"+name+"-"+t.suffix()+".zip", b.Bytes())
		p.warnOfVersions(t)
	}
	if !made {
		return diag.New("", "--circuitpython: no file is for CircuitPython").Note("link for it with --target circuitpython")
	}
	return nil
}

// circupVersion is what circup takes for the version of a file.
var circupVersion = pattern.Of(`[0-9]+\.[0-9]+\.[0-9]+\x00`)

// warnOfVersions warns of modules that circup shows no version of, or another.
func (p *Package) warnOfVersions(t *Target) {
	for _, m := range t.Modules {
		switch found := string(bytes.TrimSuffix(circupVersion.Get().Find(m.input.Data), []byte{0})); {
		case found == "":
			p.Warnings.Add(m.input.Name, "circup will show no version of it").Note("it looks for a text like \"1.2.3\" in the file: a constant string in the source will do")
		case p.Version != "" && found != p.Version:
			p.Warnings.Add(m.input.Name, "circup will show version %s of it, not %s", found, p.Version)
		}
	}
}
