package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
	"mpyld/size"
	"mpyld/sizetable"
)

// sizeOptions is what the options of the size verb set.
type sizeOptions struct {
	sizetable.View
	limits  size.Limits
	old     string
	treemap string
	errs    diag.List
}

func (o *sizeOptions) rows() []cli.Flag {
	return []cli.Flag{
		&option{"by", "", "WHAT", "with maps (--map-json): a row for each section, object, archive, symbol, segment or relaxation of -O", setText(&o.By)},
		&option{"tree", "", "", "show a file as a tree of segments, objects, sections and symbols", setTrue(&o.Tree)},
		&option{"diff", "", "OLD", "show what FILE takes more than OLD, by symbol or what --by says; nothing, if that is the same", setText(&o.old)},
		&option{"limit", "", "LIMITS", "exit status 1 if a module is larger: ram=8K,file=6000,text=...,rodata=...,bss=...", func(s string) { o.errs.Join(o.limits.ParseLimits(s)) }},
		&option{"format", "", "HOW", "table, csv, md, or json: docs/JSON.md describes it (default: table)", setText(&o.Format)},
		&option{"treemap", "", "FILE", "draw a picture of a file into FILE.svg, or FILE.html with a table", setText(&o.treemap)},
	}
}

func sizeVerb(rep *reporter) *cli.Command {
	o := &sizeOptions{}
	return fileVerb("size", "say what takes how much room in modules, and on a device", "[OPTIONS] FILE.mpy|FILE.json...", 1, o.rows, func(files []string, app *cli.App) error {
		o.errs.Join(o.Check(len(files), o.old != "", o.treemap))
		opened.expect(append(slices.Clip(files), o.old)...)
		o.errs.Join(checkOutputs([]string{o.treemap}))
		if err := o.errs.Err(); err != nil {
			return usage(err)
		}
		return o.show(files, app.Writer, rep)
	})
}

// show prints what there is to say, and fails for each limit that is exceeded.
func (o *sizeOptions) show(files []string, w io.Writer, rep *reporter) error {
	var errs, over diag.List
	var items []*sizetable.Item
	measure := func(name string) *sizetable.Item {
		item, err := mpyld.Measure(system{}, name)
		errs.Join(err)
		return item
	}
	for _, name := range files {
		if item := measure(name); item != nil {
			items = append(items, item)
			rep.warn(stale(item))
			for _, limit := range o.limits.Over(item.Sum()) {
				over.Add(name, "is over the limit: %s", limit)
			}
		}
	}
	if o.old != "" {
		o.Old = measure(o.old)
	}
	if len(items) > 0 && (o.old == "" || o.Old != nil) {
		text, err := o.Text(items)
		errs.Join(err)
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		errs.Join(o.draw(items[0]))
	}
	return append(errs, over...).Err()
}

// stale warns of a map beside which its module is from another link: by what that takes, since a map has no more of it. An
// older map that is compared with (--diff) is meant to be.
func stale(item *sizetable.Item) (warnings diag.List) {
	if item.Map == nil || filepath.Base(item.Map.Module) != item.Map.Module {
		return nil
	}
	beside := filepath.Join(filepath.Dir(item.Name), item.Map.Module)
	if info, err := os.Stat(beside); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	is, err := mpyld.Measure(system{}, beside)
	if err == nil && (is.Arch != item.Arch || is.File != item.File || is.RAM != item.RAM) {
		warnings.Add(item.Name, "is not the map of %s beside it, which has %d bytes and takes %d of memory", beside, is.File.Bytes, is.RAM.Bytes).
			Note("link again with --map-json, or measure the module: mpyld size %s", beside)
	}
	return warnings
}

// draw writes the picture, if it is asked for.
func (o *sizeOptions) draw(item *sizetable.Item) error {
	switch {
	case o.treemap == "":
		return nil
	case strings.HasSuffix(o.treemap, ".html"):
		return writeOutput(o.treemap, []byte(sizetable.Page(item)))
	}
	return writeOutput(o.treemap, []byte(sizetable.Picture(item).SVG()))
}
