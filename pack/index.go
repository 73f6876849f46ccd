package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"mpyld/diag"
)

// An index is a tree of files that mip finds packages in by name. Its key is the
// .mpy version alone, so one index cannot serve two architectures: each target has
// a root of its own.
//
//	package/6/wave/1.2.0.json, latest.json    what to install
//	file/9a/9aabbe99                          a file, by the beginning of its SHA-256
//	index.json                                the list, for people and programs
//
// (micropython-lib, tools/build.py.)

// indexJSON is the list of an index.
type indexJSON struct {
	V        int            `json:"v"`
	Updated  int            `json:"updated"` // always 0: the same files make the same index
	Packages []indexPackage `json:"packages"`
}

type indexPackage struct {
	Name        string              `json:"name"`
	Version     string              `json:"version"`
	Author      string              `json:"author"`
	Description string              `json:"description"`
	License     string              `json:"license"`
	Versions    map[string][]string `json:"versions"`
}

// indexes makes an index for each target.
func indexes(p *Package) error {
	made := false
	for _, t := range p.Targets {
		if !t.circuit() {
			p.index(t)
			made = true
		}
	}
	if !made {
		return diag.New("", "--index: no file is for MicroPython")
	}
	for _, d := range p.opts.Deps {
		if !d.remote() {
			p.Warnings.Add("", "dependency %s: who installs from the index gets it from there too, and it has no such package", d.Name).
				Note("name it by a URL: github:ORG/REPO, https://...")
		}
	}
	return nil
}

func (p *Package) index(t *Target) {
	root := "index/" + t.Name
	files := p.filesOf(t)
	length := hashLength(files)
	j := p.packageOf(nil)
	j.V = 1
	for _, f := range files {
		h := hash(f.Data)[:length]
		p.add(fmt.Sprintf("%s/file/%s/%s", root, h[:2], h), f.Data)
		j.Hashes = append(j.Hashes, [2]string{f.Name, h})
	}
	major := fmt.Sprint(t.ABI.Version)
	versions := []string{"latest"}
	if p.Version != "" {
		versions = append(versions, p.Version)
	}
	for _, v := range versions {
		p.add(fmt.Sprintf("%s/package/%s/%s/%s.json", root, major, p.Name, v), encode(j))
	}
	p.add(root+"/index.json", encode(indexJSON{V: 2, Packages: []indexPackage{{
		Name: p.Name, Version: p.Version, Author: p.opts.Author, Description: p.opts.Description, License: p.opts.License,
		Versions: map[string][]string{major: versions[len(versions)-1:]},
	}}}))
}

// hash is the SHA-256 of a file, in digits.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// hashLength is how many digits tell the files of an index apart.
func hashLength(files []Input) int {
	const usual = 8
	for n := usual; ; n += 2 {
		seen := map[string]string{}
		clash := false
		for _, f := range files {
			h := hash(f.Data)
			other, taken := seen[h[:n]]
			clash = clash || taken && other != h
			seen[h[:n]] = h
		}
		if !clash {
			return n
		}
	}
}
