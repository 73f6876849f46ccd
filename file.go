package mpyld

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"mpyld/diag"
	"mpyld/diff"
	"mpyld/disasm"
	"mpyld/dump"
	"mpyld/inspect"
	"mpyld/internal/inputs"
	"mpyld/linkmap"
	"mpyld/merge"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/mpywriter"
	"mpyld/simload"
	"mpyld/target"
)

// File is a .mpy file of any kind.
type File struct {
	Name string // for messages
	Data []byte

	// Map is what the linker put where, as ReadMap reads it; nil: nobody knows.
	Map *linkmap.Listing

	// Debug is the companion of the module, for lines of sources, which Sources has; nil: there is none.
	Debug   *Companion
	Sources fs.FS

	*mpytree.File
}

// ReadMap reads the map of a linked file, which the command writes with -Map.
func ReadMap(fsys fs.FS, name string) (*linkmap.Listing, error) {
	data, err := inputs.Dir{FS: fsys}.ReadText(name)
	if err != nil {
		return nil, err
	}
	return linkmap.Parse(name, string(data))
}

// Parse reads a .mpy file. The error is a diag.List.
func Parse(name string, data []byte) (*File, error) {
	tree, err := mpytree.Parse(data)
	if err != nil {
		return nil, diag.Within(name, err)
	}
	return &File{Name: name, Data: data, File: tree}, nil
}

// ReadFile reads a .mpy file from a file system.
func ReadFile(fsys fs.FS, name string) (*File, error) {
	data, err := inputs.Dir{FS: fsys}.Read(name)
	if err != nil {
		return nil, err
	}
	return Parse(name, data)
}

// Hexdump shows each byte of a .mpy file with what it means, in colours or
// without. Of a file that is none it writes nothing.
func Hexdump(w io.Writer, name string, data []byte, colours bool) error {
	if _, err := mpytree.Parse(data); err != nil {
		return diag.Within(name, err)
	}
	return dump.Hex(w, data, colours)
}

// Tools is how to get at programs that disassemble what no library does.
type Tools = disasm.Tools

// Text shows all of the file for people. The error is that of writing, or a *diag.Error: Debug is of another file.
func (f *File) Text(w io.Writer, tools Tools) error {
	opts := dump.Options{Machine: disasm.Disassembler(f.Header().Arch(), tools), Map: f.Map}
	if f.Debug != nil {
		code := moduleOf(f.File, f.Data, f.Debug)
		if code == nil {
			return diag.New(f.Name, "has no module that the companion is of").Note("both are of one link: link again with --debug-elf")
		}
		opts.Debug = debugInfo(code, f.Debug, f.Sources)
	}
	return dump.Text(w, f.File, opts)
}

// JSON shows all of the file for programs; docs/JSON.md describes it.
func (f *File) JSON(w io.Writer) error { return dump.JSON(w, f.Name, len(f.Data), f.File) }

// Inspect says what the file is, who imports it and what it needs, for people.
func (f *File) Inspect() string { return inspect.Inspect(f.File).Text(f.Name, len(f.Data), f.File) }

// InspectJSON is Inspect for programs; docs/JSON.md describes it.
func (f *File) InspectJSON() (string, error) {
	return inspect.Inspect(f.File).JSON(f.Name, len(f.Data), f.File)
}

// VerifyOptions are what Verify cannot see in a file.
type VerifyOptions struct {
	Target   *target.Target // that has to import it; nil: any
	FunTable *FunTable      // the firmware's own; nil: that of the file's ABI
}

// Verified is what Verify found in a file that is in order.
type Verified struct {
	Modules  []*simload.Report // one, but of merged files
	Warnings diag.List
}

// Verify checks native modules by loading them as the firmware would.
func (f *File) Verify(o VerifyOptions) (*Verified, error) {
	var own *mpyfile.ABI
	var err error
	if abi := f.ABI(); o.FunTable != nil && abi != nil {
		if own, err = o.FunTable.For(abi); err != nil {
			return nil, err
		}
	}
	v := &Verified{}
	if v.Modules, err = simload.VerifyFile(f.Data, own); err != nil {
		return nil, diag.Within(f.Name, err)
	}
	first := v.Modules[0]
	if o.Target != nil {
		if err := o.Target.Refused(f.Name, f.Header()); err != nil {
			return nil, err
		}
		first.Warnings = append(first.Warnings, o.Target.LacksObjects(first.File)...)
		wrong, doubt := o.Target.WrongFloats("", f.File)
		if wrong != nil {
			return nil, diag.Within(f.Name, wrong)
		}
		if doubt != nil {
			first.Warnings = append(first.Warnings, doubt)
		}
	}
	for _, m := range v.Modules {
		v.Warnings = append(v.Warnings, diag.Within(f.Name, m.Warnings)...)
	}
	return v, nil
}

// Text is what is good about a file of a name, with the memory that a device has
// to offer for each module in it.
func (v *Verified) Text(name string) string {
	var b diag.Lines
	first := v.Modules[0].File
	releases := mpyfile.Spans(mpyfile.Accepting(first.Header()))
	if releases == "" {
		releases = first.ABI.Releases
	}
	text := fmt.Sprintf("%s: ok, %s, %s", name, first.Arch.Name, releases)
	if len(v.Modules) == 1 {
		b.Add("%s, %s", text, v.Modules[0])
		return b.String()
	}
	b.Add("%s", text)
	for i, m := range v.Modules {
		b.Add("  module %d: %s", i+1, m)
	}
	return b.String()
}

// Diff says what differs between two files by what they mean, a line each. With
// both their maps it compares sections too.
func Diff(a, b *File) []string {
	return diff.Compare(diff.Side{File: a.File, Map: a.Map}, diff.Side{File: b.File, Map: b.Map})
}

// MergeOptions are the choices that change what Merge makes.
type MergeOptions = merge.Options

// Merge makes one module that runs several. The error is a diag.List, or an
// *InternalError.
func Merge(files []*File, o MergeOptions) ([]byte, error) {
	switch len(files) {
	case 0:
		return nil, diag.New("", "there are no files to merge")
	case 1:
		return files[0].Data, nil
	}
	list := make([]merge.Input, len(files))
	for i, f := range files {
		list[i] = merge.Input{Name: f.Name, File: f.File}
	}
	tree, err := merge.Merge(list, o)
	if err != nil {
		return nil, err
	}
	data, err := mpywriter.WriteTree(tree)
	if err != nil {
		return nil, err
	}
	read, err := mpytree.Parse(data)
	if err != nil {
		return nil, &InternalError{"the merged module cannot be read", err}
	}
	names, trees := make([]string, len(files)), make([]*mpytree.File, len(files))
	for i, f := range files {
		names[i], trees[i] = f.Name, f.File
	}
	if differ := diff.Merged(names, trees, read); len(differ) > 0 {
		return nil, &InternalError{"the merged module does something else than its parts", errors.New(strings.Join(differ, "\n"))}
	}
	return data, nil
}
