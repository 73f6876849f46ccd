// Package pack makes of linked modules what people can install: directories,
// indexes and archives that mip, mpremote, ViperIDE and circup read.
//
// It stands apart because what a module is good for is known when it is linked,
// but how it gets onto a board is decided by programs of others, each with a form
// of its own. It must never take from a file's name what the file itself says,
// and never write anything: a Package is values.
package pack

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/internal/pattern"
)

// Options are what a package depends on.
type Options struct {
	Name    string // of the package; "": the module's
	Version string // "1.2.0"; "": none
	Modules []Input
	Beside  []Input // what is installed beside the module on every target

	Description, Author, License string
	Deps                         []Dep

	// URL is where the directory will be, for clients that take no relative URLs
	// (mip before 0.4, that is firmware before 1.25, and mpremote before 1.25); ""
	// for relative ones. ReleaseURL is where the files of Release will be; "": in
	// the directory. {version} stands for the version.
	URL, ReleaseURL string

	// Layouts beside the directory for each target.
	Fat           bool // one package for every board
	Index         bool // static indexes, one for each target
	Release       bool // files with names of their own, as a release page has them
	Viper         bool // ViperIDE's package.json
	CircuitPython bool // archives for CircuitPython
}

// Input is a file that goes in.
type Input struct {
	Name string // for messages; a module's path may say more
	Data []byte
}

// Dep is a package that this one needs.
type Dep struct{ Name, Version string }

// Package is a directory to be written.
type Package struct {
	Name, Version string
	Targets       []*Target
	Files         map[string][]byte // by path, with slashes
	Warnings      diag.List

	opts *Options
	errs diag.List // of layouts that want one name for two files
}

// add adds a file.
func (p *Package) add(name string, data []byte) {
	if other, taken := p.Files[name]; taken && !bytes.Equal(other, data) {
		p.errs.Add("", "two files of the package would be %s", name).Note("rename a file, or leave a layout out")
	}
	p.Files[name] = data
}

// Paths are the names of the files, sorted.
func (p *Package) Paths() []string {
	var names []string
	for name := range p.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Build makes a package. Its errors are about files and options that do not go
// together.
func Build(o Options) (*Package, error) {
	p := &Package{Name: o.Name, Version: o.Version, Files: map[string][]byte{}, opts: &o}
	modules, err := readModules(&o)
	if err != nil {
		return nil, err
	}
	if p.Name == "" {
		p.Name = modules[0].name
	}
	var errs diag.List
	errs.Join(o.check(p.Name))
	p.Targets = targets(modules, &errs)
	beside(p, &errs)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	p.directories()
	for _, layout := range []struct {
		wanted bool
		make   func(p *Package) error
	}{{o.Fat, fat}, {o.Index, indexes}, {o.Release, release}, {o.Viper, viper}, {o.CircuitPython, circuitPython}} {
		if layout.wanted {
			errs.Join(layout.make(p))
		}
	}
	p.add("INSTALL.md", []byte(p.install()))
	errs.Join(p.errs.Err())
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

var (
	goodName    = pattern.Of(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	goodVersion = pattern.Of(`^[0-9A-Za-z][0-9A-Za-z.+_-]*$`)
	goodURL     = pattern.Of(`^(https?://[^/\s]+|github:[^/\s]+/[^/\s]+|gitlab:[^/\s]+/[^/\s]+|codeberg:[^/\s]+/[^/\s]+)(/\S*)?$`)
	placeholder = pattern.Of(`\{[^}]*\}`)
)

// urlForms says what goodURL takes.
const urlForms = "it is https://HOST/..., http://HOST/..., github:ORG/REPO, gitlab:ORG/REPO or codeberg:ORG/REPO, without blanks"

// check returns what is wrong with the options themselves.
func (o *Options) check(name string) error {
	var errs diag.List
	if !goodName.Get().MatchString(name) {
		errs.Add("", "--name %s: no package can be called so", diag.Plain(name)).Note("a name has letters, digits, _, - and . only: files and URLs are made of it")
	}
	if o.Version != "" && !goodVersion.Get().MatchString(o.Version) || o.Version == "latest" {
		errs.Add("", "--version %s: no version can be called so", diag.Plain(o.Version)).Note("write one like 1.2.0: files and URLs are made of it, and latest is what mip calls the newest")
	}
	if o.Release && o.Version == "" {
		errs.Add("", "--release needs --version: the files of a release have it in their names")
	}
	for _, u := range []struct{ option, url string }{{"url", o.URL}, {"release-url", o.ReleaseURL}} {
		if u.url != "" && !goodURL.Get().MatchString(u.url) {
			errs.Add("", "--%s %s: mip takes no such URL", u.option, diag.Plain(u.url)).Note("%s", urlForms)
		}
		if strings.ContainsAny(u.url, "?#") {
			errs.Add("", "--%s %s: names of files cannot follow ? or #", u.option, diag.Plain(u.url)).Note("name the directory that they will be in")
		}
		if word := placeholder.Get().FindString(strings.ReplaceAll(u.url, "{version}", "")); word != "" {
			errs.Add("", "--%s %s: %s stands for nothing", u.option, u.url, word).Note("there is {version}")
		}
		if strings.Contains(u.url, "{version}") && o.Version == "" {
			errs.Add("", "--%s %s: {version} needs --version", u.option, u.url)
		}
	}
	if o.ReleaseURL != "" && !o.Release {
		errs.Add("", "--release-url goes with --release")
	}
	for _, d := range o.Deps {
		errs.Join(d.check())
	}
	return errs.Err()
}

// remote says that a name of a dependency is a place of its own, not one in an index.
func (d Dep) remote() bool { return strings.ContainsAny(d.Name, ":/") }

// check refuses what no client finds.
func (d Dep) check() error {
	switch {
	case d.Name == "":
		return diag.New("", "a dependency has no name")
	case d.remote() && !goodURL.Get().MatchString(d.Name):
		return diag.New("", "dependency %s: mip takes no such URL", diag.Plain(d.Name)).Note("%s", urlForms)
	case d.remote() && d.Version == "latest":
		return diag.New("", "dependency %s: version latest means a branch that is called latest there", d.Name).
			Note("leave the version out for the default branch, or name a tag")
	}
	return nil
}

// at is where a file of the directory will be, or where it is as seen from
// another directory of it.
func (p *Package) at(from, name string) string {
	if p.opts.URL != "" {
		return p.expand(p.opts.URL) + "/" + name
	}
	rel := strings.TrimPrefix(name, from+"/")
	if from != "." && rel == name {
		rel = strings.Repeat("../", strings.Count(from, "/")+1) + name
	}
	return rel
}

// expand gives a URL its version.
func (p *Package) expand(url string) string {
	return strings.ReplaceAll(strings.TrimRight(url, "/"), "{version}", p.Version)
}

// beside checks what is installed beside the modules.
func beside(p *Package, errs *diag.List) {
	seen := map[string]string{"package.json": "the package"}
	for _, t := range p.Targets {
		for _, m := range t.Modules {
			seen[m.as()] = m.input.Name
		}
	}
	for _, f := range p.opts.Beside {
		as := path.Base(f.Name)
		switch other, taken := seen[as]; {
		case !goodName.Get().MatchString(as):
			errs.Add(f.Name, "no file of a package can be called so").Note("rename it: letters, digits, _, - and . only")
		case taken:
			errs.Add(f.Name, "is installed as %s, and so is %s", as, other)
		}
		seen[as] = f.Name
	}
}
