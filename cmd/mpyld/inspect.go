package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/diff"
	"mpyld/dump"
	"mpyld/inspect"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

func inspectVerb() *cli.Command {
	var asJSON bool
	options := []cli.Flag{&option{"json", "", "", "for programs: docs/JSON.md describes it", setTrue(&asJSON)}}
	return fileVerb("inspect", "say what a .mpy file is, who imports it and what it needs", "[--json] FILE.mpy...", 1, options, func(files []string, app *cli.App) error {
		var errs diag.List
		var b lines
		for i, name := range files {
			f, data, err := readTree(name)
			if err != nil {
				errs.Join(err)
				continue
			}
			if asJSON {
				text, err := inspect.Inspect(f).JSON(name, len(data), f)
				errs.Join(err)
				b.WriteString(dump.EscapeJSON(text))
				continue
			}
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(inspection(name, len(data), f))
		}
		if _, err := io.WriteString(app.Writer, b.String()); err != nil {
			return err
		}
		return errs.Err()
	})
}

// inspection is one screen about a file.
func inspection(name string, size int, f *mpytree.File) string {
	r := inspect.Inspect(f)
	var b lines
	line := func(what, format string, args ...any) {
		b.add("  %-12s %s", what, fmt.Sprintf(format, args...))
	}
	b.add("%s: %s, %d bytes", name, r.What, size)
	line("header:", "%s", dump.Header(f))
	line("_mpy:", "%d", f.Header().Number())
	importing := mpyfile.Spans(r.Importing)
	if importing == "" {
		importing = "no release that mpyld knows"
	}
	line("imported by:", "%s", importing)
	line("boards:", "%s", r.Boards)
	if floats := inspect.Passes(f, r); floats != "" {
		line("floats:", "%s", floats)
	}
	m := r.Memory
	line("memory:", "%d bytes: code %d, data %d, tables %d, names %d, constants %d", m.Total(), m.Code, m.Data, m.Tables, m.Names, m.Constant)
	for i := range r.Exports {
		r.Exports[i] = mpytree.Word(r.Exports[i])
	}
	exports := strings.Join(r.Exports, ", ")
	switch {
	case exports == "":
		exports = "none that is known"
	case !r.Certain && f.Code.Kind == mpytree.Bytecode:
		exports += ", and what its native code sets"
	case !r.Certain:
		exports += " (the names it has: those it sets are among them)"
	}
	line("names:", "%s", exports)
	for _, n := range r.Natives {
		line("firmware:", "%s", entries(n))
	}
	if oldest := inspect.Oldest(r.Natives); oldest != nil {
		line("", "%s was the first with all of these", oldest)
	}
	return b.String()
}

// entries lists what linked code takes from mp_fun_table.
func entries(n inspect.Native) string {
	var words []string
	for _, e := range n.Entries {
		word := fmt.Sprintf("%d", e.Index)
		switch {
		case e.Own:
			word = "the firmware's own " + word
		case e.Name != "":
			word = e.Name + " " + word
		}
		if !e.Reloc {
			word += "*"
		}
		words = append(words, word)
	}
	list := strings.Join(words, ", ")
	switch {
	case list == "" && !n.Table:
		return "nothing of mp_fun_table"
	case list == "":
		list = "mp_fun_table"
	}
	switch {
	case n.Table && n.Read:
		return list + "  (* seen in code; there may be more)"
	case n.Table:
		return list + ", and what its code reads from mp_fun_table"
	}
	return list + " of mp_fun_table, and no more"
}

func diffVerb() *cli.Command {
	var maps []string
	options := []cli.Flag{
		&option{"map", "", "FILE", "the map of the first file; given again, of the second: compare sections too", appendTo(&maps)},
	}
	return fileVerb("diff", "say what differs between two .mpy files by its meaning", "A.mpy B.mpy", 2, options, func(files []string, app *cli.App) error {
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
	var sides [2]diff.Side
	for i, name := range files {
		f, _, err := readTree(name)
		errs.Join(err)
		sides[i].File = f
		if maps != nil && f != nil {
			o, err := readMap(maps[i], len(f.Code.Rodata) > 0)
			errs.Join(err)
			sides[i].Pieces = o.Pieces
		}
	}
	if err := errs.Err(); err != nil {
		return err
	}
	list := diff.Compare(sides[0], sides[1])
	if len(list) == 0 {
		return nil
	}
	if _, err := io.WriteString(w, strings.Join(list, "\n")+"\n"); err != nil {
		return err
	}
	return errNo
}
