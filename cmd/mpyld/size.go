package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
	"mpyld/internal/table"
	"mpyld/size"
	"mpyld/sizetable"
)

// sizeOptions is what the options of the size verb set.
type sizeOptions struct {
	format string
	limits size.Limits
	errs   diag.List
}

func (o *sizeOptions) rows() []cli.Flag {
	return []cli.Flag{
		&option{"limit", "", "LIMITS", "exit status 1 if a module is larger: ram=8K,file=6000,text=...,rodata=...,bss=...", func(s string) { o.errs.Join(o.limits.ParseLimits(s)) }},
		&option{"format", "", "HOW", "table, csv, md, or json: docs/JSON.md describes it (default: table)", setText(&o.format)},
	}
}

func sizeVerb() *cli.Command {
	o := &sizeOptions{}
	return fileVerb("size", "say what takes how much room in .mpy files, and on a device", "[OPTIONS] FILE.mpy...", 1, o.rows, func(files []string, app *cli.App) error {
		if err := o.check(); err != nil {
			return usage(err)
		}
		return o.show(files, app.Writer)
	})
}

// formats are the ways to write a table.
var formats = map[string]func(table.Table) string{"": table.Table.Text, "table": table.Table.Text, "csv": table.Table.CSV, "md": table.Table.Markdown, "json": nil}

func (o *sizeOptions) check() error {
	if _, ok := formats[o.format]; !ok {
		o.errs.Add("", "--format %s: there is no such format", o.format).Note("table, csv, md or json")
	}
	return o.errs.Err()
}

// show prints what there is to say, and fails for each limit that is exceeded.
func (o *sizeOptions) show(files []string, w io.Writer) error {
	var errs, over diag.List
	var items []*sizetable.Item
	for _, name := range files {
		item, err := mpyld.Measure(system{}, name)
		if errs.Join(err); err != nil {
			continue
		}
		items = append(items, item)
		for _, limit := range o.limits.Over(item.Sum()) {
			over.Add(name, "is over the limit: %s", limit)
		}
	}
	text, err := "", error(nil)
	switch write := formats[o.format]; {
	case len(items) == 0:
	case write == nil:
		text, err = sizetable.JSON(items)
	default:
		text = write(sizetable.Files(items))
	}
	errs.Join(err)
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	return append(errs, over...).Err()
}
