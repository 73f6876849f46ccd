package main

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
)

func diffVerb() *cli.Command {
	var maps []string
	rows := func() []cli.Flag {
		return []cli.Flag{
			&option{"map", "", "FILE", "the map of the first file; given again, of the second: compare sections too", appendTo(&maps)},
		}
	}
	return fileVerb("diff", "say what differs between two .mpy files by its meaning", "A.mpy B.mpy", 2, rows, func(files []string, app *cli.App) error {
		switch {
		case len(files) > 2:
			return usage(diag.New("", "diff compares two files"))
		case len(maps) != 0 && len(maps) != 2:
			return usage(diag.New("", "--map: one for each of the two files"))
		}
		return diffFiles(files, maps, app.Writer)
	})
}

func diffFiles(files, maps []string, w io.Writer) error {
	var errs diag.List
	var sides [2]*mpyld.File
	for i, name := range files {
		f, err := mpyld.ReadFile(system{}, name)
		if err == nil && maps != nil {
			f.Map, err = mpyld.ReadMap(system{}, maps[i])
		}
		errs.Join(err)
		sides[i] = f
	}
	if err := errs.Err(); err != nil {
		return err
	}
	list := mpyld.Diff(sides[0], sides[1])
	if len(list) == 0 {
		return nil
	}
	if _, err := io.WriteString(w, strings.Join(list, "\n")+"\n"); err != nil {
		return err
	}
	return errNo
}
