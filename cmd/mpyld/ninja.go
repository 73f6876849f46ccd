package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"mpyld/diag"
	"mpyld/internal/build"
	"mpyld/internal/manifest"
)

// writeNinja writes a file for ninja, of one module or of those whose manifests are
// operands.
func (o *buildOptions) writeNinja(ctx context.Context, stdout io.Writer) error {
	if err := o.ninjaAlone(); err != nil {
		return usage(err)
	}
	if err := o.findInterpreters(); err != nil {
		return err
	}
	modules, err := o.modules()
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	n := build.Ninja{File: o.ninja, Tool: program, Regenerate: append([]string{program}, os.Args[1:]...), Inputs: o.manifests}
	for _, m := range modules {
		for _, name := range m.Headers {
			if info, err := os.Stat(name); err == nil && !info.IsDir() {
				n.Inputs = append(n.Inputs, name)
			}
		}
	}
	opened.expect(o.Sources...)
	if err := checkOutputs([]string{o.ninja}); err != nil {
		return usage(err)
	}
	if err := notOurs(o.ninja); err != nil {
		return usage(err)
	}
	if err := build.WriteNinja(ctx, modules, n); err != nil {
		return mistaken(err)
	}
	what := "1 module; to build it"
	if len(modules) > 1 {
		what = fmt.Sprintf("%d modules; to build them", len(modules))
	}
	_, err = fmt.Fprintf(stdout, "%s: %s: ninja -f %s\n", o.ninja, what, build.ShellWords([]string{o.ninja}))
	return err
}

// ninjaAlone refuses options about what only a build has.
func (o *buildOptions) ninjaAlone() error {
	var errs diag.List
	for _, other := range []struct {
		given        bool
		name, advice string
	}{
		{o.json != "", "--json", "mpyld build --json writes a report of what it builds itself"},
		{o.database, "--compile-commands", "of what ninja builds: ninja -f " + o.ninja + " -t compdb compile > compile_commands.json"},
		{o.DryRun, "--dry-run", "without --ninja it prints the commands that would run; of a file for ninja: ninja -n -v -f " + o.ninja},
	} {
		if other.given {
			errs.Add("", "--ninja writes a file for ninja and does nothing else: %s says nothing beside it", other.name).Note("%s", other.advice)
		}
	}
	return errs.Err()
}

// notOurs refuses to replace a file that is no earlier one for ninja.
func notOurs(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return nil // there is nothing to lose, or to write to
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil
	}
	mark := make([]byte, len(build.NinjaMark))
	if _, err := io.ReadFull(f, mark); err == nil && string(mark) == build.NinjaMark {
		return nil
	}
	return diag.New("", "--ninja %s: there is a file of that name, which mpyld build --ninja has not written", name).Note("give another name, or remove that file")
}

// modules are the options of each module, for ninja.
func (o *buildOptions) modules() ([]build.Options, error) {
	if err := o.check(); err != nil {
		return nil, usage(err)
	}
	o.Host, o.Tool = thisHost{}, thisTool()
	var list []build.Options
	add := func(name string) error {
		m, err := o.load(name)
		if err != nil {
			return err
		}
		if name != "" {
			o.manifests = append(o.manifests, name)
		}
		one := o.Options
		one.Manifest = m
		list = append(list, one)
		return nil
	}
	var errs diag.List
	manifests := slices.DeleteFunc(slices.Clone(o.Sources), func(name string) bool { return filepath.Ext(name) != ".toml" })
	switch {
	case len(manifests) > 0 && (len(manifests) < len(o.Sources) || o.manifest != ""):
		return nil, usage(diag.New("", "%s is a manifest: other operands have to be such too", manifests[0]))
	case len(manifests) > 0:
		o.Sources = nil
		for _, name := range manifests {
			errs.Join(add(name))
		}
	case o.manifest == "" && len(o.Sources) == 0 && exists(manifest.File):
		errs.Join(add(manifest.File))
	default:
		errs.Join(add(o.manifest))
	}
	return list, errs.Err()
}
