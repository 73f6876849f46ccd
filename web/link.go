package web

import (
	"context"
	"path"
	"strings"

	"mpyld"
	"mpyld/diag"
)

// linkOptions are those of a link, each with the name of the command's in the spelling of
// JavaScript.
type linkOptions struct {
	targetOptions
	ArchFlags        string   `json:"archFlags"`
	Output           string   `json:"output"`
	Libs             []string `json:"libs"`
	QStrs            string   `json:"qstrs"`
	SourceName       string   `json:"sourceName"`
	Externs          []string `json:"externs"`
	JustSymbols      []string `json:"justSymbols"`
	Defsym           []string `json:"defsym"`
	Wrap             []string `json:"wrap"`
	Undefined        []string `json:"undefined"`
	AllowMultiple    bool     `json:"allowMultipleDefinition"`
	FunTable         string   `json:"funTable"`
	NoWritableText   bool     `json:"noWritableText"`
	AllowABIMismatch bool     `json:"allowAbiMismatch"`
	GCSections       bool     `json:"gcSections"`
	Optimize         bool     `json:"optimize"`
	NoRelax          []string `json:"noRelax"`
	KeepUnwind       bool     `json:"keepUnwind"`
	NoVerify         bool     `json:"noVerify"`
	Verbose          int      `json:"verbose"`

	// Names of what is written beside the module.
	Map      string `json:"map"`
	MapJSON  string `json:"mapJson"`
	DebugELF string `json:"debugElf"`
}

// link answers with the module, and with what else is asked for.
func (j *job) link() error {
	o, err := optionsOf[linkOptions](j)
	if err != nil {
		return err
	}
	if len(j.operands) == 0 && len(o.Libs) == 0 {
		return misused{diag.New("", "no input files")}
	}
	if o.Output == "" {
		base, ok := "", false
		if len(j.operands) > 0 {
			base, ok = strings.CutSuffix(j.operands[0], ".o")
		}
		if !ok {
			return misused{diag.New("", "no name for the output").Note("give it with -o FILE.mpy")}
		}
		o.Output = base + ".mpy"
	}
	options := o.options(j)
	if err := options.Check(); err != nil {
		return misused{err}
	}
	m, err := mpyld.Link(context.Background(), options)
	if m != nil && m.Result != nil {
		j.warnings = append(j.warnings, m.Warnings...)
	}
	if err != nil {
		return err
	}
	j.outputs = append(j.outputs, output{o.Output, m.Bytes})
	if err := j.reports(&o, m); err != nil {
		return err
	}
	list := m.Listing(o.Verbose)
	if o.Verbose < 2 {
		list.Symbols = nil
	}
	j.text.Write(list.Bytes(o.Verbose))
	for _, note := range m.Notes {
		j.text.WriteString("note: " + diag.Plain(note) + "\n")
	}
	return nil
}

// options are the same for the library.
func (o *linkOptions) options(j *job) mpyld.Options {
	to := o.target()
	to.ArchFlags = o.ArchFlags
	options := mpyld.Options{
		FS: j.files, Files: j.operands, Libs: o.Libs, QStrs: o.QStrs, SourceName: o.SourceName, Target: to,
		Externs: o.Externs, JustSymbols: o.JustSymbols, Defsyms: o.Defsym, Wrap: o.Wrap, Undefined: o.Undefined, AllowMultiple: o.AllowMultiple,
		FunTable: o.FunTable, NoWritableText: o.NoWritableText, AllowABIMismatch: o.AllowABIMismatch, GCSections: o.GCSections,
		Optimise: o.Optimize, NoRelax: o.NoRelax, KeepUnwind: o.KeepUnwind,
		Symbols: o.Map != "" || o.MapJSON != "" || o.Verbose >= 2, Reasons: o.MapJSON != "", Debug: o.DebugELF != "", NoVerify: o.NoVerify,
	}
	if options.SourceName == "" {
		options.SourceName = path.Base(o.Output)
	}
	return options
}

// reports adds what is written beside the module.
func (j *job) reports(o *linkOptions, m *mpyld.Module) error {
	if o.Map != "" {
		verbose := max(o.Verbose, 1)
		j.outputs = append(j.outputs, output{o.Map, m.Listing(verbose).Bytes(verbose)})
	}
	if o.MapJSON != "" {
		text, err := m.MapJSON()
		if err != nil {
			return err
		}
		j.outputs = append(j.outputs, output{o.MapJSON, []byte(text)})
	}
	if o.DebugELF != "" {
		data, warnings, err := m.DebugELF()
		j.warnings = append(j.warnings, warnings...)
		if err != nil {
			return err
		}
		j.outputs = append(j.outputs, output{o.DebugELF, data})
	}
	return nil
}
