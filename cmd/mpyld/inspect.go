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
	return fileVerb("inspect", "say what a .mpy file is, who imports it and what it needs", "FILE.mpy...", 1, nil, func(files []string, app *cli.App) error {
		var errs diag.List
		var b strings.Builder
		for i, name := range files {
			f, data, err := readTree(name)
			if err != nil {
				errs.Join(err)
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
	var b strings.Builder
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", what, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "%s: %s, %d bytes\n", name, r.What, size)
	line("header:", "%s", dump.Header(f))
	line("imported by:", "%s", releases(r.Importing))
	if r.Boards == "" {
		r.Boards = "any"
	}
	line("boards:", "%s", r.Boards)
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

// releases names those that import a file: runs of neighbours as spans.
func releases(list []*mpyfile.Release) string {
	var spans []string
	for start := 0; start < len(list); {
		end := start + 1
		for end < len(list) && list[end].System() == list[start].System() && neighbours(list[end-1], list[end]) {
			end++
		}
		spans = append(spans, mpyfile.Span(list[start:end]))
		start = end
	}
	if spans == nil {
		return "no release that mpyld knows"
	}
	return strings.Join(spans, ", ")
}

func neighbours(a, b *mpyfile.Release) bool {
	for i, r := range mpyfile.Releases {
		if r == a {
			return i+1 < len(mpyfile.Releases) && mpyfile.Releases[i+1] == b
		}
	}
	return false
}

// entries lists what linked code takes from mp_fun_table.
func entries(n inspect.Native) string {
	var words []string
	for _, e := range n.Entries {
		word := fmt.Sprintf("%d", e.Index)
		if e.Name != "" {
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

func checkVerb() *cli.Command {
	var device, target string
	var circuit bool
	options := []cli.Flag{
		&option{"device", "", "N", "sys.implementation._mpy of a device (mpy until MicroPython 1.18)", setText(&device)},
		&option{"circuitpython", "", "", "the device runs CircuitPython", setTrue(&circuit)},
		&option{"target", "", "RELEASE", "a release: 1.24, circuitpython-10.2, ...", setText(&target)},
	}
	return fileVerb("check", "say whether a device or a release imports .mpy files", "(--device N | --target RELEASE) FILE.mpy...", 1, options, func(files []string, app *cli.App) error {
		loader, err := loaderFor(device, target, circuit)
		if err != nil {
			return usage(err)
		}
		return check(files, loader, app.Writer)
	})
}

func loaderFor(device, target string, circuit bool) (*inspect.Loader, error) {
	switch {
	case (device == "") == (target == ""):
		return nil, diag.New("", "check needs --device or --target").
			Note("import sys; print(sys.implementation._mpy) on the device prints its number")
	case device != "":
		d, err := mpyfile.ParseDevice(device, circuit)
		if err != nil {
			return nil, diag.New("", "--device: %s", err)
		}
		return inspect.DeviceLoader(d), nil
	}
	r, err := mpyfile.ParseTarget(target)
	if err != nil {
		return nil, diag.New("", "--target: %s", err)
	}
	return inspect.ReleaseLoader(r), nil
}

// check answers for each file. A no is an answer, printed like a yes, but
// scripts have to see it: it is the failure without a message.
func check(files []string, loader *inspect.Loader, w io.Writer) error {
	var errs diag.List
	refused := false
	var b strings.Builder
	for _, name := range files {
		f, _, err := readTree(name)
		if err != nil {
			errs.Join(err)
			continue
		}
		if no := inspect.Refuses(f, loader); no != nil {
			refused = true
			fmt.Fprintf(&b, "%s: no: %s: %s\n", name, no.Says, no.Why)
		} else {
			fmt.Fprintf(&b, "%s: yes: %s imports it\n", name, loader.Name)
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if err := errs.Err(); err != nil || !refused {
		return err
	}
	return errNo
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
