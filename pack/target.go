package pack

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/internal/pattern"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// A Target is what modules are for: an architecture, extensions of it, an ABI.
// "armv6m_6.3" names it, and the directory that has them.
type Target struct {
	Name    string
	Arch    *relocs.Machine
	Flags   uint64
	ABI     *mpyfile.ABI
	Modules []*module // by name; bytecode is in every target
}

// circuit says whether it is CircuitPython's.
func (t *Target) circuit() bool { return t.ABI.Magic == mpyfile.MagicCircuit }

// targets sorts modules into targets, MicroPython's and the newest first.
func targets(list []*module, errs *diag.List) []*Target {
	by := map[string]*Target{}
	for _, m := range list {
		if m.arch == nil {
			continue
		}
		t := by[m.target()]
		if t == nil {
			t = &Target{Name: m.target(), Arch: m.arch, Flags: m.flags, ABI: m.abi}
			by[t.Name] = t
		}
		t.add(m, errs)
	}
	var all []*Target
	all = slices.AppendSeq(all, maps.Values(by))
	slices.SortFunc(all, func(a, b *Target) int {
		return cmp.Or(order(a.circuit())-order(b.circuit()), slices.Index(mpyfile.ABIs, a.ABI)-slices.Index(mpyfile.ABIs, b.ABI), int(a.Arch.Code)-int(b.Arch.Code), cmp.Compare(a.Flags, b.Flags))
	})
	for _, m := range list {
		if m.arch != nil {
			continue
		}
		taken := false
		for _, t := range all {
			if h := m.tree.Header(); h.Magic == t.ABI.Magic && h.Version == t.ABI.Version {
				t.add(m, errs)
				taken = true
			}
		}
		if !taken {
			errs.Add(m.input.Name, "is bytecode of mpy version %d, which no target of the other files loads", m.tree.Header().Version).Note("compile it with the mpy-cross of their release")
		}
	}
	return all
}

// order puts MicroPython's before CircuitPython's.
func order(circuit bool) int {
	if circuit {
		return 1
	}
	return 0
}

func (t *Target) add(m *module, errs *diag.List) {
	at, found := slices.BinarySearchFunc(t.Modules, m.name, func(other *module, name string) int { return strings.Compare(other.name, name) })
	if found {
		e := errs.Add(m.input.Name, "is %s for %s, and so is %s", m.name, t.Name, t.Modules[at].input.Name)
		if t.Modules[at].abi != m.abi {
			e.Note("they are for firmware with other settings (%s, %s): pack them apart", t.Modules[at].abi.Releases, m.abi.Releases)
		} else {
			e.Note("leave one out, or rename it if it is another module")
		}
		return
	}
	t.Modules = slices.Insert(t.Modules, at, m)
}

// packageJSON is what mip reads: each file by the name it gets and the place it
// is at. Released clients take exactly two elements for an entry.
type packageJSON struct {
	V       int         `json:"v,omitempty"`
	Hashes  [][2]string `json:"hashes,omitempty"`
	URLs    [][2]string `json:"urls,omitempty"`
	Deps    [][2]string `json:"deps,omitempty"`
	Version string      `json:"version,omitempty"`
}

// packageOf is a package with these files and the dependencies of all.
func (p *Package) packageOf(urls [][2]string) packageJSON {
	j := packageJSON{URLs: urls, Version: p.Version}
	for _, d := range p.opts.Deps {
		j.Deps = append(j.Deps, [2]string{d.Name, d.Version})
	}
	return j
}

// directories makes the directory of each target.
func (p *Package) directories() {
	for _, t := range p.Targets {
		var urls [][2]string
		for _, f := range p.filesOf(t) {
			name := t.Name + "/" + f.Name
			p.add(name, f.Data)
			urls = append(urls, [2]string{f.Name, p.at(t.Name, name)})
		}
		p.add(t.Name+"/package.json", encode(p.packageOf(urls)))
	}
}

// filesOf are the files that a target gets, by their names on the board.
func (p *Package) filesOf(t *Target) []Input {
	var list []Input
	for _, m := range t.Modules {
		list = append(list, Input{m.as(), m.input.Data})
	}
	for _, f := range p.opts.Beside {
		list = append(list, Input{path.Base(f.Name), f.Data})
	}
	return list
}

// encode is a value as JSON for people too.
func encode(v any) []byte {
	text, err := diag.JSON(v)
	if err != nil {
		panic(err) // all that is encoded are texts and numbers
	}
	return pair.Get().ReplaceAll([]byte(text), []byte("[$1, $2]"))
}

// pair is a list of two texts, which fits on a line.
var pair = pattern.Of(`\[\s+("(?:[^"\\]|\\.)*"),\s+("(?:[^"\\]|\\.)*")\s+\]`)

// archOfName is the machine of a target's name.
func archOfName(arch string) *relocs.Machine {
	name, _, _ := strings.Cut(arch, "-")
	return machines.For(name)
}
