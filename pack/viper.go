package pack

import (
	"slices"
	"strings"

	"mpyld/diag"
)

// ViperIDE puts the device's architecture and ABI in place of {ARCH} and {MPY} in
// the URLs of a package.json, which no other client does: so it is a file of its own.

type viperPackage struct {
	Name        string      `json:"name"`
	Version     string      `json:"version"`
	Description string      `json:"description,omitempty"`
	Author      string      `json:"author,omitempty"`
	License     string      `json:"license,omitempty"`
	Arch        []string    `json:"arch"`
	MPY         []string    `json:"mpy"`
	URLs        [][2]string `json:"urls"`
	Deps        [][2]string `json:"deps,omitempty"`
}

type viperIndex struct {
	V        string         `json:"v"`
	Packages []viperInIndex `json:"packages"`
}

type viperInIndex struct {
	Name        string         `json:"name"`
	Version     string         `json:"version"`
	Description string         `json:"description,omitempty"`
	Author      string         `json:"author,omitempty"`
	License     string         `json:"license,omitempty"`
	Versions    []viperVersion `json:"versions"`
}

type viperVersion struct {
	Version string   `json:"version"`
	URL     string   `json:"url"`
	MPY     []string `json:"mpy"`
}

// viper makes ViperIDE's files. It knows neither extensions nor CircuitPython.
func viper(p *Package) error {
	var archs, abis []string
	var first *Target
	for _, t := range p.Targets {
		if t.circuit() || t.Flags != 0 {
			continue
		}
		if first == nil {
			first = t
		}
		if !slices.Equal(names(p.filesOf(t)), names(p.filesOf(first))) {
			return diag.New("", "--viper: %s and %s have different files, and ViperIDE takes the same from each", first.Name, t.Name).
				Note("give each target the same modules")
		}
		archs, abis = addOnce(archs, t.Arch.Name), addOnce(abis, t.ABI.Name)
	}
	if first == nil {
		return diag.New("", "--viper: no file is for MicroPython without extensions of an architecture")
	}
	p.warnOfGaps(archs, abis)
	version := p.Version
	if version == "" {
		version = "latest"
	}
	o := p.opts
	j := viperPackage{Name: p.Name, Version: version, Description: o.Description, Author: o.Author, License: o.License, Arch: archs, MPY: abis, Deps: p.packageOf(nil).Deps}
	for _, f := range p.filesOf(first) {
		j.URLs = append(j.URLs, [2]string{f.Name, p.at("viper", "{ARCH}_{MPY}/"+f.Name)})
	}
	p.add("viper/package.json", encode(j))
	p.add("viper/index.json", encode(viperIndex{V: "3.viper-ide", Packages: []viperInIndex{{
		Name: p.Name, Version: version, Description: o.Description, Author: o.Author, License: o.License,
		Versions: []viperVersion{{version, p.at("viper", "viper/package.json"), abis}},
	}}}))
	return nil
}

// warnOfGaps warns of targets that ViperIDE believes there are: its package.json has
// a list of architectures and one of ABIs.
func (p *Package) warnOfGaps(archs, abis []string) {
	var missing []string
	for _, arch := range archs {
		for _, abi := range abis {
			if !slices.ContainsFunc(p.Targets, func(t *Target) bool { return t.Name == arch+"_"+abi }) {
				missing = append(missing, arch+"_"+abi)
			}
		}
	}
	if len(missing) > 0 {
		p.Warnings.Add("", "ViperIDE will look for %s, which are not there", strings.Join(missing, ", ")).
			Note("give it the same architectures for each ABI, or pack one ABI at a time")
	}
}

func names(files []Input) []string {
	var list []string
	for _, f := range files {
		list = append(list, f.Name)
	}
	return list
}

func addOnce(list []string, word string) []string {
	if slices.Contains(list, word) {
		return list
	}
	return append(list, word)
}
