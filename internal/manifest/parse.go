package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"mpyld/diag"
	"mpyld/internal/cmdline"
	"mpyld/internal/lazy"
	"mpyld/internal/pattern"
	"mpyld/size"
)

// document is the file as its author writes it: the names of keys are those of its
// fields.
type document struct {
	Name    string
	Version string

	Arch   []string
	Target []string

	settings

	Flags    string
	Headers  []string
	Compiler map[string]string
	When     map[string]settings
	Step     []struct{ Run, Inputs, Outputs []string }
	Limits   struct{ File, RAM, Text, Rodata, BSS any }
	Test     string
	Pack     struct {
		Description, Author, License, URL string

		Files []string
		Deps  [][]string
	}
}

// settings are the keys that [when] has too.
type settings struct {
	Sources, Include, Define, Undefine []string
	CFlags, CXXFlags, ASFlags          []string
	Float                              string
	Libs                               any      // "auto", "none" or a list
	LibraryPath                        []string `toml:"library-path"`
	GC                                 *bool
	Optimize                           *bool
	Externs                            []string
	JustSymbols                        []string `toml:"just-symbols"`
	Defsym, Wrap, Undefined            []string
	ArchFlags                          string `toml:"arch-flags"`
	FloatABI                           string `toml:"float-abi"`
	FunTable                           string `toml:"fun-table"`
	SourceName                         string `toml:"source-name"`
}

// parser makes a manifest of a document.
type parser struct {
	name  string
	dir   string
	at    positions
	known Known
	errs  diag.List
	named map[string]diag.Source
}

// Known are what names in a manifest can be: what is wrong with one, or nil.
type Known struct {
	Arch    func(name string) error
	Targets func(pattern string) error
}

// Parse reads a manifest. Paths in it are relative to its directory. The error is a
// diag.List.
func Parse(name string, data []byte, known Known) (*Manifest, error) {
	p := &parser{name: name, dir: path.Dir(filepath.ToSlash(name)), known: known, named: map[string]diag.Source{}}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, diag.New(name, "is UTF-16").Note("save it as UTF-8, as TOML has to be")
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var doc document
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return nil, p.readable(err)
	}
	p.at = positionsIn(data)
	p.spellings()
	m := &Manifest{
		Name: doc.Name, Version: doc.Version, Archs: doc.Arch, Targets: doc.Target,
		Settings: p.settings("", doc.settings), Headers: p.paths(doc.Headers), Compilers: map[string][]string{},
		Test: p.path(doc.Test), Flags: doc.Flags, Named: p.named,
	}
	if doc.Flags != "" && !slices.Contains(FlagSets, doc.Flags) {
		p.add("flags", "%q: there is no such set of flags", doc.Flags).Note("%s is dynruntime.mk's, %s the default; flags of your own go into cflags = [...]", Upstream, FlagSets[0])
	}
	p.whens(m, doc.When)
	for arch, command := range doc.Compiler {
		p.knows("compiler."+arch, p.known.Arch(arch))
		m.Compilers[arch] = cmdline.Words(command)
	}
	for i, step := range doc.Step {
		if len(step.Run) == 0 {
			p.add("step", "step %d runs nothing", i+1).Note(`run = ["PROGRAM", "ARGUMENT"]`)
		}
		m.Steps = append(m.Steps, Step{step.Run, p.dir, p.paths(step.Inputs), p.paths(step.Outputs)})
	}
	m.Limits = size.Limits{
		File: p.size("limits.file", doc.Limits.File), RAM: p.size("limits.ram", doc.Limits.RAM), Text: p.size("limits.text", doc.Limits.Text),
		Rodata: p.size("limits.rodata", doc.Limits.Rodata), BSS: p.size("limits.bss", doc.Limits.BSS),
	}
	p.pack(m, &doc)
	for i, arch := range doc.Arch {
		if arch != "all" && arch != "auto" {
			p.knows(fmt.Sprintf("arch[%d]", i), p.known.Arch(arch))
		}
	}
	return m, p.errs.Err()
}

// add adds an error about a key.
func (p *parser) add(key, format string, args ...any) *diag.Error {
	return p.errs.Add(p.where(p.at[key]), format, args...)
}

func (p *parser) where(at Position) any {
	if at.Line == 0 {
		return p.name
	}
	return diag.Source{File: p.name, Line: at.Line, Column: at.Column}
}

// readable is what the library says about a file, in our words and with the place.
func (p *parser) readable(err error) error {
	var strict *toml.StrictMissingError
	var one *toml.DecodeError
	switch {
	case errors.As(err, &strict):
		for i := range strict.Errors {
			e := &strict.Errors[i]
			p.unknown(Position{}.of(e), e.Key())
		}
	case errors.As(err, &one):
		text, list := typeError(strings.TrimPrefix(one.Error(), "toml: "))
		e := p.errs.Add(p.where(Position{}.of(one)), "%s", text)
		if key := one.Key(); list && len(key) > 0 {
			e.Note(`in brackets, as in %s = ["..."]`, key[len(key)-1])
		}
	default:
		p.errs.Add(p.name, "%s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	return p.errs.Err()
}

var wrongType = pattern.Of(`^cannot decode TOML ([\w ]+) into .* of type (.+)$`)

// typeError says in the words of TOML what the library says in those of Go, and whether a
// text is where a list is to be.
func typeError(text string) (words string, list bool) {
	m := wrongType.Get().FindStringSubmatch(text)
	if m == nil {
		return text, false
	}
	want := "a table"
	for prefix, name := range map[string]string{"[]": "a list", "string": "a string", "bool": "true or false"} {
		if strings.HasPrefix(m[2], prefix) {
			want = name
		}
	}
	return fmt.Sprintf("this is to be %s, not of type %s", want, m[1]), want == "a list" && m[1] == "string"
}

// spellings refuses keys with capital letters, which the library takes for those without:
// there would be two ways to write one key in a file, and one of them would win.
func (p *parser) spellings() {
	for _, key := range slices.Sorted(maps.Keys(p.at)) {
		table := key[:max(0, strings.LastIndexByte(key, '.'))]
		last := strings.TrimPrefix(key[len(table):], ".")
		path := strings.SplitN(table, ".", 2)
		if table == "" {
			path = nil
		}
		if lower := strings.ToLower(last); last != lower && slices.Contains(keysOf(path), lower) {
			p.unknown(p.at[key], append(path, last))
		}
	}
}

func (Position) of(e *toml.DecodeError) Position {
	line, column := e.Position()
	return Position{line, column}
}

// unknown is the error about a key that nothing is known of.
func (p *parser) unknown(at Position, key []string) {
	known := keysOf(key[:len(key)-1])
	last := key[len(key)-1]
	e := p.errs.Add(p.where(at), "%s: there is no such key", strings.Join(key, "."))
	if like := diag.Closest(last, known); like != "" {
		e.Note("did you mean %s?", like)
		return
	}
	e.Note("the keys here are %s", strings.Join(known, ", "))
}

// settings makes settings of keys; prefix is in front of them in the document.
func (p *parser) settings(prefix string, s settings) Settings {
	out := Settings{
		Sources: p.paths(s.Sources), Include: p.paths(s.Include), Define: s.Define, Undefine: s.Undefine,
		CFlags: s.CFlags, CXXFlags: s.CXXFlags, AsFlags: s.ASFlags, Float: s.Float, LibDirs: p.paths(s.LibraryPath),
		NoGC: s.GC != nil && !*s.GC, Optimise: s.Optimize,
		Externs: p.paths(s.Externs), JustSymbols: p.paths(s.JustSymbols), Defsyms: s.Defsym, Wrap: s.Wrap, Undefined: s.Undefined,
		ArchFlags: s.ArchFlags, FloatABI: s.FloatABI, FunTable: p.path(s.FunTable), SourceName: s.SourceName,
	}
	if s.Float != "" && !slices.Contains(Floats, s.Float) {
		p.add(prefix+"float", "%q: there is no such kind of float", s.Float).Note("%s", strings.Join(Floats, ", "))
	}
	for _, list := range []struct {
		key   string
		texts []string
	}{
		{"sources", s.Sources},
		{"include", s.Include},
		{"define", s.Define},
		{"undefine", s.Undefine},
		{"cflags", s.CFlags},
		{"cxxflags", s.CXXFlags},
		{"asflags", s.ASFlags},
	} {
		if slices.Contains(list.texts, "") { // a compiler would take the next word for its value
			p.add(prefix+list.key, "one of the texts is empty").Note("leave it out")
		}
	}
	p.libs(prefix+"libs", s.Libs, &out)
	for i, pattern := range out.Sources {
		if at, ok := p.at[fmt.Sprintf("%ssources[%d]", prefix, i)]; ok {
			p.named[pattern] = diag.Source{File: p.name, Line: at.Line, Column: at.Column}
		}
	}
	return out
}

// libs reads libs = "auto", "none" or a list of files.
func (p *parser) libs(key string, value any, out *Settings) {
	const want = `libs is "auto", "none", or a list of files`
	switch v := value.(type) {
	case nil:
	case string:
		out.NoLibs = v == "none"
		if v != "none" && v != "auto" {
			p.add(key, "%q is not what libs can be", v).Note("%s", want)
		}
	case []any:
		out.NoLibs = true
		for _, element := range v {
			text, ok := element.(string)
			if !ok {
				p.add(key, "%v is no file name", element).Note("%s", want)
				continue
			}
			switch {
			case text == "auto":
				out.NoLibs = false
			case strings.Contains(text, "/") || strings.HasSuffix(text, ".a"):
				out.Libs = append(out.Libs, p.path(text))
			default:
				out.Libs = append(out.Libs, text) // of a directory in library-path
			}
		}
	default:
		p.add(key, "%v is not what libs can be", v).Note("%s", want)
	}
}

// whens reads the tables [when."GLOB"], which apply in the order of the file.
func (p *parser) whens(m *Manifest, tables map[string]settings) {
	for glob, s := range tables {
		key := "when." + glob
		p.knows(key, p.known.Targets(glob))
		m.When = append(m.When, When{glob, p.at[key], p.settings(key+".", s)})
	}
	slices.SortFunc(m.When, func(a, b When) int { return a.At.compare(b.At) })
}

func (a Position) compare(b Position) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

func (p *parser) pack(m *Manifest, doc *document) {
	m.Pack = Pack{
		Description: doc.Pack.Description, Author: doc.Pack.Author, License: doc.Pack.License, URL: doc.Pack.URL, Files: p.paths(doc.Pack.Files),
	}
	for i, dep := range doc.Pack.Deps {
		if len(dep) != 2 {
			p.add("pack.deps", "dependency %d has %d words", i+1, len(dep)).Note(`deps = [["NAME", "VERSION"]]; the version "" is any`)
			continue
		}
		m.Pack.Deps = append(m.Pack.Deps, [2]string{dep[0], dep[1]})
	}
}

// knows adds what is wrong with a name.
func (p *parser) knows(key string, err error) {
	var list diag.List
	list.Join(err)
	for _, e := range list {
		p.add(key, "%s", e.Text).Notes = e.Notes
	}
}

// size reads a number of bytes: 8192 or "8K".
func (p *parser) size(key string, value any) int {
	if value == nil {
		return 0
	}
	n, ok := 0, false
	switch v := value.(type) {
	case int64:
		n, ok = size.Parse(strconv.FormatInt(v, 10))
	case string:
		n, ok = size.Parse(v)
	}
	if !ok {
		p.add(key, "%v is not a size", value).Note(`a number of bytes, or "8K"`)
	}
	return n
}

// path is a path of the document from the working directory. What begins with a
// placeholder is elsewhere already.
func (p *parser) path(name string) string {
	if name == "" || p.dir == "." || path.IsAbs(filepath.ToSlash(name)) || filepath.IsAbs(name) || strings.HasPrefix(name, "{out}") {
		return name
	}
	name = filepath.ToSlash(name)
	if strings.ContainsAny(name, "*?[") {
		return path.Join(escaper.Get().Replace(p.dir), name)
	}
	return path.Join(p.dir, name)
}

// escaper makes a pattern that matches a directory whatever its name.
var escaper = lazy.Value[*strings.Replacer]{Make: func() *strings.Replacer {
	return strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`)
}}

func (p *parser) paths(names []string) []string { return mapped(names, p.path) }
