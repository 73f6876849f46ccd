package main

import (
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
)

// dumpOptions is how to show files.
type dumpOptions struct {
	hex, json bool
	color     string
	mapFile   string
	debugFile string
}

func dumpVerb() *cli.Command {
	o := &dumpOptions{color: "auto"}
	rows := func() []cli.Flag {
		return []cli.Flag{
			&option{"hexdump", "x", "", "each byte with what it means", setTrue(&o.hex)},
			&option{"json", "", "", "for programs: docs/JSON.md describes it", setTrue(&o.json)},
			&option{"map", "", "FILE", "take names from FILE, which -Map wrote when the module was linked", setText(&o.mapFile)},
			&option{"debug", "", "NAME.elf", "show lines of the sources between instructions, by NAME.elf, which --debug-elf wrote", setText(&o.debugFile)},
			&option{"color", "", "WHEN", "of the hexdump: auto, always, never (default: auto; NO_COLOR is honoured)", setText(&o.color)},
		}
	}
	return fileVerb("dump", "show what is in any .mpy file", "[OPTIONS] FILE.mpy...", 1, rows, func(files []string, app *cli.App) error {
		if o.color != "auto" && o.color != "always" && o.color != "never" {
			return usage(diag.New("", "--color %s: it is auto, always or never", o.color))
		}
		if o.hex && o.json {
			return usage(diag.New("", "--hexdump and --json are two different outputs"))
		}
		if o.debugFile != "" && (o.hex || o.json || len(files) > 1) {
			return usage(diag.New("", "--debug is for the text of one file").Note("leave out --hexdump, --json and other files"))
		}
		return o.dump(files, app.Writer)
	})
}

func (o *dumpOptions) dump(files []string, w io.Writer) error {
	var errs diag.List
	for i, name := range files {
		data, err := disk.Read(name)
		if err == nil {
			head := ""
			if len(files) > 1 && !o.json {
				head = diag.Plain(name) + ":\n"
				if i > 0 {
					head = "\n" + head
				}
			}
			err = o.file(name, data, &headed{w, head})
		}
		if failed := w.(*console).failed; failed != nil {
			return failed
		}
		if err != nil {
			errs.Join(err)
		}
	}
	return errs.Err()
}

// headed writes a line of its own before all else: what is above a dump is above
// none of a file that cannot be dumped.
type headed struct {
	io.Writer
	head string
}

func (h *headed) Write(b []byte) (int, error) {
	if h.head != "" {
		if _, err := io.WriteString(h.Writer, h.head); err != nil {
			return 0, err
		}
		h.head = ""
	}
	return h.Writer.Write(b)
}

func (o *dumpOptions) file(name string, data []byte, w *headed) error {
	if o.hex {
		return mpyld.Hexdump(w, name, data, o.colored(w.Writer))
	}
	f, err := mpyld.Parse(name, data)
	if err != nil {
		return err
	}
	if o.json {
		return f.JSON(w)
	}
	if o.mapFile != "" {
		if f.Map, err = mpyld.ReadMap(system{}, o.mapFile); err != nil {
			return err
		}
	}
	if o.debugFile != "" {
		f.Sources = system{}
		if f.Debug, err = mpyld.OpenDebugELF(system{}, o.debugFile); err != nil {
			return err
		}
	}
	return f.Text(w, objdumps)
}

// colored says whether to write colours (no-color.org).
func (o *dumpOptions) colored(w io.Writer) bool {
	if o.color != "auto" {
		return o.color == "always"
	}
	f := w.(*console).file()
	if f == nil || os.Getenv("NO_COLOR") != "" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
