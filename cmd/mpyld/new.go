package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
)

// newVerbOf begins a module. (newVerb makes any verb.)
func newVerbOf() *cli.Command {
	language := "c"
	rows := func() []cli.Flag {
		return []cli.Flag{
			&option{"lang", "", "LANGUAGE", "write it in " + strings.Join(mpyld.NewLanguages(), ", ") + " (default: c)", setText(&language)},
		}
	}
	return newVerb("new", "begin a module: a directory with a source, a manifest and a test", "[--lang c|c++|rust] NAME", rows, func(names []string, c *cli.Context) error {
		if len(names) != 1 {
			return usage(diag.New("", "new takes the name of one module").Note("usage: %s", c.Command.UsageText))
		}
		files, err := mpyld.New(names[0], language)
		if err != nil {
			return usage(err)
		}
		if err := writeNew(names[0], files); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.App.Writer, "%s: begun; to build it for all that there is a compiler for: cd %[1]s && mpyld build\n", names[0])
		return err
	})
}

// writeNew makes a directory of files, which is there when it is whole.
func writeNew(dir string, files []mpyld.NewFile) error {
	if _, err := os.Lstat(dir); err == nil {
		return diag.New(dir, "there is something of that name already").Note("give the module another name, or go to another directory")
	}
	g := guardTemps()
	defer g.release()
	temp, err := g.createDir(".")
	if err != nil {
		return cannotWrite(dir, err)
	}
	for _, f := range files {
		if err := writeInto(temp, f.Name, f.Data); err != nil {
			return cannotWrite(dir, err)
		}
	}
	if err := g.rename(temp, dir); err != nil {
		return cannotWrite(dir, err)
	}
	return nil
}
