package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/internal/build"
	"mpyld/internal/manifest"
	"mpyld/pack"
	"mpyld/target"
)

// packOptions is what the options of pack set.
type packOptions struct {
	pack.Options
	output string
	beside []string
	deps   []string
	device target.Options // to choose for, instead of packing

	manifest string
	usual    bool   // what is in dist, since there are no operands
	module   string // that the manifest then describes
}

func packVerb(rep *reporter) *cli.Command {
	o := &packOptions{output: "pkg"}
	return newVerb("pack", "make of modules for several targets what mip, mpremote and others install", "[--name NAME] [--version VERSION] [-o DIR] [FILE.mpy | DIR]...", o.rows, func(operands []string, c *cli.Context) error {
		collectAsUsual()
		if err := o.read(operands); err != nil {
			return err
		}
		p, err := pack.Build(o.Options)
		if err != nil {
			return err
		}
		if o.device.Given() {
			return o.choose(p, c.App.Writer)
		}
		rep.warn(append(p.Warnings, o.strangers()...))
		if err := writePackage(o.output, p); err != nil {
			return err
		}
		return o.tell(p, c.App.Writer)
	})
}

func (o *packOptions) rows() []cli.Flag {
	return slices.Concat([]cli.Flag{
		&option{"name", "", "NAME", "the package's name (default: the module's)", setText(&o.Name)},
		&option{"version", "", "VERSION", "its version: 1.2.0", setText(&o.Version)},
		&option{"manifest", "", "FILE", "take what is not said here from FILE (default: mpyld.toml, if there are no operands)", setText(&o.manifest)},
		&option{"output", "o", "DIR", "write into DIR (default: pkg); files there that pack did not write stay", setText(&o.output)},
		&option{"fat", "", "", "one package for every board too: it picks its part when it is imported", setTrue(&o.Fat)},
		&option{"index", "", "", "a static index for each target too, which mip finds packages in by name", setTrue(&o.Index)},
		&option{"release", "", "", "files for a release page too, with SHA256SUMS and a .tar.xz", setTrue(&o.Release)},
		&option{"viper", "", "", "ViperIDE's package.json and index.json too", setTrue(&o.Viper)},
		&option{"circuitpython", "", "", "archives for CircuitPython too", setTrue(&o.CircuitPython)},
		&option{"url", "", "BASE", "where DIR will be, for clients that take no relative URLs (mip and mpremote before 1.25); {version} stands for the version", setText(&o.URL)},
		&option{"release-url", "", "BASE", "where the files of --release will be (default: BASE/release of --url)", setText(&o.ReleaseURL)},
		&option{"file", "", "FILE", "install FILE beside the module on every target; can be repeated", appendTo(&o.beside)},
		&option{"dep", "", "NAME[@VERSION]", "a package that this one needs: a name, or github:ORG/REPO and the like; can be repeated", appendTo(&o.deps)},
		&option{"description", "", "TEXT", "for indexes", setText(&o.Description)},
		&option{"author", "", "TEXT", "for indexes", setText(&o.Author)},
		&option{"license", "", "TEXT", "for indexes", setText(&o.License)},
	}, forChoice(targetRows(&o.device)))
}

// forChoice makes of options that say whom a module is for such as ask which of
// several a device should get.
func forChoice(rows []cli.Flag) []cli.Flag {
	for _, f := range rows {
		row := f.(*option) // all of ours are
		if strings.HasPrefix(row.usage, "for ") {
			row.usage = "write nothing, print which directory is the best " + row.usage
		}
	}
	return rows
}

// read reads the files that go in.
func (o *packOptions) read(operands []string) error {
	if o.output == "" {
		return usage(diag.New("", "the directory of --output has no name").Note(unsetVariable))
	}
	o.usual = len(operands) == 0
	if err := o.readManifest(o.usual); err != nil {
		return err
	}
	if len(operands) == 0 {
		operands = []string{"dist"}
		if o.device.Given() && isPackage(o.output) {
			operands[0] = o.output
		}
		if !exists(operands[0]) {
			return usage(diag.New("", "no files to pack").Note("name the .mpy files of all targets, or a directory that has them (dist, if there is one)"))
		}
	}
	if isPackage(operands[0]) && o.device.Given() {
		o.output = operands[0]
	}
	for _, d := range o.deps {
		name, version, _ := strings.Cut(d, "@")
		o.Deps = append(o.Deps, pack.Dep{Name: name, Version: version})
	}
	var errs diag.List
	names, err := modulesIn(operands)
	errs.Join(err)
	for _, list := range []struct {
		names []string
		to    *[]pack.Input
	}{{names, &o.Modules}, {o.beside, &o.Beside}} {
		for _, name := range list.names {
			data, err := disk.Read(name)
			errs.Join(err)
			*list.to = append(*list.to, pack.Input{Name: filepath.ToSlash(name), Data: data})
		}
	}
	return errs.Err()
}

// strangers are warnings about modules in dist that the last build has not made: what the
// manifest does not describe (a module that has been given another name leaves the old one
// there), and what is older than its sources.
func (o *packOptions) strangers() (warnings diag.List) {
	if !o.usual {
		return nil
	}
	outdated := build.Outdated(thisHost{}, "")
	for _, in := range o.Modules {
		if changed := outdated[in.Name]; changed != "" {
			warnings.Add(in.Name, "is out of date: %s is another since it was built", diag.Plain(changed)).Note("mpyld build makes it again; or name the files to pack")
		}
		if o.module != "" && path.Base(in.Name) != o.module+".mpy" {
			warnings.Add(in.Name, "is packed too, and %s is about %s", o.manifest, o.module).Note("remove it if it is out of date; or name the files to pack")
		}
	}
	return warnings
}

// readManifest takes from the manifest what the options leave open. Without an option
// that names one, it is the usual one, if that is wanted.
func (o *packOptions) readManifest(usual bool) error {
	if o.manifest == "" {
		if o.manifest = manifest.File; !usual || !exists(o.manifest) {
			return nil
		}
	}
	m, err := loadManifest(o.manifest)
	if err != nil {
		return err
	}
	if usual {
		o.module = m.Name
	}
	for _, text := range []struct {
		to   *string
		from string
	}{
		{&o.Name, m.Name},
		{&o.Version, m.Version},
		{&o.URL, m.Pack.URL},
		{&o.Description, m.Pack.Description},
		{&o.Author, m.Pack.Author},
		{&o.License, m.Pack.License},
	} {
		if *text.to == "" {
			*text.to = text.from
		}
	}
	o.beside = append(m.Pack.Files, o.beside...)
	for _, d := range m.Pack.Deps {
		o.Deps = append(o.Deps, pack.Dep{Name: d[0], Version: d[1]})
	}
	return nil
}

// loadManifest reads a manifest.
func loadManifest(name string) (*manifest.Manifest, error) {
	data, err := disk.ReadText(name)
	if err != nil {
		return nil, err
	}
	return manifest.Parse(name, data, manifest.Known{Arch: build.KnownArch, Targets: build.KnownTargets})
}

// modulesIn returns the operands, and the modules in those that are directories.
func modulesIn(operands []string) ([]string, error) {
	var names []string
	var errs diag.List
	for _, operand := range operands {
		info, err := os.Stat(operand)
		if err != nil || !info.IsDir() {
			names = append(names, operand)
			continue
		}
		before := len(names)
		packed := isPackage(operand)
		err = filepath.WalkDir(operand, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return diag.New(name, "cannot read: %s", reason(err))
			case d.IsDir() && name != operand && (strings.HasPrefix(d.Name(), ".") || packed && !pack.IsTarget(d.Name())):
				return fs.SkipDir
			case !d.IsDir() && filepath.Ext(name) == ".mpy":
				names = append(names, name)
			}
			return nil
		})
		if err == nil && len(names) == before {
			err = diag.New(operand, "there is no .mpy file in it")
		}
		errs.Join(err)
	}
	return names, errs.Err()
}

// isPackage says whether a directory is what pack wrote: its targets are all that
// is in it.
func isPackage(dir string) bool { return exists(filepath.Join(dir, pack.OwnedName)) }

// choose prints which target a device should get, and how.
func (o *packOptions) choose(p *pack.Package, w io.Writer) error {
	to, err := o.device.Find()
	if err != nil {
		return usage(err)
	}
	t, err := p.Best(to)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n%s\n", filepath.Join(o.output, t.Name), p.Command(t))
	return err
}

// tell prints what was made, and who cannot install it.
func (o *packOptions) tell(p *pack.Package, w io.Writer) error {
	var b diag.Lines
	var names []string
	for _, t := range p.Targets {
		names = append(names, t.Name)
	}
	b.Add("%s: %d files, for %s", o.output, len(p.Files), strings.Join(names, ", "))
	if o.URL == "" && !o.Index {
		b.Add("note: mip and mpremote before 1.25 cannot install from it: for them, say with --url where it will be, or make an --index")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
