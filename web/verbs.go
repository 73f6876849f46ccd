package web

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"mpyld"
	"mpyld/diag"
	"mpyld/sizetable"
	"mpyld/target"
)

// verbs are those of the command that make sense without a system around them.
var verbs map[string]verb

type verb struct {
	least int // operands
	run   func(*job) error
}

func init() {
	verbs = map[string]verb{
		"about":      {0, (*job).about},
		"inspect":    {1, (*job).inspect},
		"dump":       {1, (*job).dump},
		"size":       {1, (*job).size},
		"verify":     {1, (*job).verify},
		"check":      {1, (*job).check},
		"diff":       {2, (*job).diff},
		"merge":      {1, (*job).merge},
		"preprocess": {1, (*job).preprocess},
		"link":       {0, (*job).link},
	}
}

// about says what there is to choose from.
func (j *job) about() error {
	text, err := json.Marshal(map[string]any{
		"version": mpyld.Version(), "for": mpyld.Newest(),
		"groupings": slices.Sorted(maps.Keys(sizetable.Groupings.Get())), "relaxations": mpyld.Relaxations(),
		"archs": target.ArchNames(), "boards": target.BoardNames(), "targets": target.Names(), "floatAbis": target.FloatABIs(),
	})
	j.text.Write(text)
	return err
}

// eachFile does something with each operand. One that fails does not stop the others.
func (j *job) eachFile(do func(f *mpyld.File) error) error {
	var errs diag.List
	for _, name := range j.operands {
		f, err := mpyld.ReadFile(j.files, name)
		if err == nil {
			err = do(f)
		}
		errs.Join(err)
	}
	return errs.Err()
}

func (j *job) inspect() error {
	o, err := optionsOf[struct {
		JSON bool `json:"json"`
	}](j)
	if err != nil {
		return err
	}
	var texts []string
	between := "\n"
	err = j.eachFile(func(f *mpyld.File) error {
		if !o.JSON {
			texts = append(texts, f.Inspect())
			return nil
		}
		between = ""
		text, err := f.InspectJSON()
		texts = append(texts, text)
		return err
	})
	j.text.WriteString(strings.Join(texts, between))
	return err
}

// dumpOptions is how to show files.
type dumpOptions struct {
	Hexdump bool   `json:"hexdump"`
	JSON    bool   `json:"json"`
	Map     string `json:"map"`
	Debug   string `json:"debug"` // the companion of the module
}

func (j *job) dump() error {
	o, err := optionsOf[dumpOptions](j)
	switch {
	case err != nil:
		return err
	case o.Hexdump && o.JSON:
		return misused{diag.New("", "--hexdump and --json are two different outputs")}
	case o.Debug != "" && (o.Hexdump || o.JSON || len(j.operands) > 1):
		return misused{diag.New("", "--debug is for the text of one file").Note("leave out --hexdump, --json and other files")}
	}
	var errs diag.List
	for i, name := range j.operands {
		text, err := j.dumped(name, &o)
		errs.Join(err)
		if err == nil && len(j.operands) > 1 && !o.JSON {
			if i > 0 {
				j.text.WriteString("\n")
			}
			j.text.WriteString(diag.Plain(name) + ":\n")
		}
		j.text.WriteString(text)
	}
	return errs.Err()
}

// dumped is the dump of a file.
func (j *job) dumped(name string, o *dumpOptions) (string, error) {
	f, err := mpyld.ReadFile(j.files, name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	switch {
	case o.Hexdump:
		err = mpyld.Hexdump(&b, name, f.Data, false)
	case o.JSON:
		err = f.JSON(&b)
	default:
		if o.Map != "" {
			if f.Map, err = mpyld.ReadMap(j.files, o.Map); err != nil {
				return "", err
			}
		}
		if o.Debug != "" {
			f.Sources = j.files
			if f.Debug, err = mpyld.OpenDebugELF(j.files, o.Debug); err != nil {
				return "", err
			}
		}
		err = f.Text(&b, mpyld.Tools{})
	}
	return b.String(), err
}

func (j *job) size() error {
	o, err := optionsOf[struct {
		By      string `json:"by"`
		Tree    bool   `json:"tree"`
		Format  string `json:"format"`
		Diff    string `json:"diff"`
		Treemap string `json:"treemap"`
	}](j)
	if err != nil {
		return err
	}
	view := sizetable.View{By: o.By, Tree: o.Tree, Format: o.Format}
	if err := view.Check(len(j.operands), o.Diff != "", o.Treemap); err != nil {
		return misused{err}
	}
	var errs diag.List
	var items []*sizetable.Item
	for _, name := range j.operands {
		item, err := mpyld.Measure(j.files, name)
		errs.Join(err)
		if err == nil {
			items = append(items, item)
		}
	}
	if o.Diff != "" {
		view.Old, err = mpyld.Measure(j.files, o.Diff)
		errs.Join(err)
		if err != nil {
			return errs.Err()
		}
	}
	if len(items) == 0 {
		return errs.Err()
	}
	text, err := view.Text(items)
	errs.Join(err)
	j.text.WriteString(text)
	switch {
	case strings.HasSuffix(o.Treemap, ".html"):
		j.outputs = append(j.outputs, output{o.Treemap, []byte(sizetable.Page(items[0]))})
	case o.Treemap != "":
		j.outputs = append(j.outputs, output{o.Treemap, []byte(sizetable.Picture(items[0]).SVG())})
	}
	return errs.Err()
}

func (j *job) verify() error {
	o, err := optionsOf[struct {
		targetOptions
		FunTable string `json:"funTable"`
	}](j)
	if err != nil {
		return err
	}
	options := o.target()
	to, err := options.Find()
	if err != nil {
		return misused{err}
	}
	var with mpyld.VerifyOptions
	if options.Given() {
		with.Target = &to
	}
	if o.FunTable != "" {
		if with.FunTable, err = mpyld.ReadFunTable(j.files, o.FunTable); err != nil {
			return err
		}
	}
	return j.eachFile(func(f *mpyld.File) error {
		v, err := f.Verify(with)
		if err != nil {
			return err
		}
		j.warnings = append(j.warnings, v.Warnings...)
		j.text.WriteString(v.Text(f.Name))
		return nil
	})
}

func (j *job) check() error {
	o, err := optionsOf[targetOptions](j)
	if err != nil {
		return err
	}
	options := o.target()
	if !options.Given() && o.Arch == "" {
		return misused{diag.New("", "check needs --device, --board or --target").
			Note("import sys; print(sys.implementation._mpy) on the device prints its number")}
	}
	to, err := options.Find()
	if err == nil && o.Arch != "" {
		err = to.OnArch(o.Arch)
	}
	if err != nil {
		return misused{err}
	}
	var b diag.Lines
	err = j.eachFile(func(f *mpyld.File) error {
		answer := to.Answer(f.File)
		j.no = j.no || !answer.Yes
		b.Add("%s: %s", f.Name, answer.Text)
		for _, line := range answer.More {
			b.Add("  %s", line)
		}
		return nil
	})
	j.text.WriteString(b.String())
	return err
}

func (j *job) diff() error {
	o, err := optionsOf[struct {
		Maps []string `json:"maps"`
	}](j)
	switch {
	case err != nil:
		return err
	case len(j.operands) > 2:
		return misused{diag.New("", "diff compares two files")}
	case len(o.Maps) != 0 && len(o.Maps) != 2:
		return misused{diag.New("", "--map: one for each of the two files")}
	}
	var errs diag.List
	var sides [2]*mpyld.File
	for i, name := range j.operands {
		f, err := mpyld.ReadFile(j.files, name)
		if err == nil && len(o.Maps) > 0 {
			f.Map, err = mpyld.ReadMap(j.files, o.Maps[i])
		}
		errs.Join(err)
		sides[i] = f
	}
	if err := errs.Err(); err != nil {
		return err
	}
	list := mpyld.Diff(sides[0], sides[1])
	if len(list) > 0 {
		j.no = true
		j.text.WriteString(strings.Join(list, "\n") + "\n")
	}
	return nil
}

func (j *job) merge() error {
	o, err := optionsOf[struct {
		Output     string `json:"output"`
		ShareNames bool   `json:"shareNames"`
	}](j)
	if err != nil {
		return err
	}
	if o.Output == "" {
		return misused{diag.New("", "no name for the output").Note("give it with -o FILE.mpy")}
	}
	var inputs []*mpyld.File
	if err := j.eachFile(func(f *mpyld.File) error {
		inputs = append(inputs, f)
		return nil
	}); err != nil {
		return err
	}
	data, err := mpyld.Merge(inputs, mpyld.MergeOptions{ShareNames: o.ShareNames})
	if err == nil {
		j.outputs = append(j.outputs, output{o.Output, data})
	}
	return err
}

func (j *job) preprocess() error {
	o, err := optionsOf[struct {
		targetOptions
		Output string `json:"output"`
	}](j)
	if err != nil {
		return err
	}
	if o.Output == "" {
		return misused{diag.New("", "no name for the output").Note("give it with -o FILE.config.h")}
	}
	header, err := mpyld.Preprocess(mpyld.PreprocessOptions{FS: j.files, Files: j.operands, Target: o.target()})
	if err == nil {
		j.outputs = append(j.outputs, output{o.Output, header})
	}
	return err
}
