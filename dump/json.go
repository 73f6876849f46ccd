package dump

import (
	"encoding/hex"
	"io"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// SchemaVersion is raised when a field of the JSON changes its meaning or goes
// away. New fields do not raise it.
const SchemaVersion = 1

// The types below are the schema, which docs/JSON.md describes. Byte strings
// are hexadecimal, sizes and offsets are in bytes.

type fileJSON struct {
	Schema       int          `json:"schema"`
	File         string       `json:"file"`
	Size         int          `json:"size"`
	Maker        string       `json:"maker"`
	Version      int          `json:"version"`
	SubVersion   *int         `json:"sub_version,omitempty"`
	Feature      int          `json:"feature"`
	Arch         string       `json:"arch"`
	ArchFlags    uint64       `json:"arch_flags,omitempty"`
	SmallIntBits int          `json:"small_int_bits"`
	Window       uint64       `json:"window,omitempty"`
	QStrs        []qstrJSON   `json:"qstrs,omitempty"`
	Objects      []objectJSON `json:"objects,omitempty"`
	Code         codeJSON     `json:"code"`
}

type qstrJSON struct {
	Text string `json:"text"`
	Form string `json:"form"`
}

type objectJSON struct {
	Type  string       `json:"type"`
	Text  string       `json:"text,omitempty"`
	Bytes string       `json:"bytes,omitempty"`
	Items []objectJSON `json:"items,omitempty"`
}

type codeJSON struct {
	Kind        string       `json:"kind"`
	Linked      bool         `json:"linked,omitempty"`
	Name        string       `json:"name,omitempty"`
	Source      string       `json:"source,omitempty"`
	Body        string       `json:"body"`
	Prelude     *preludeJSON `json:"prelude,omitempty"`
	Code        []insnJSON   `json:"instructions,omitempty"`
	Links       []linkJSON   `json:"links,omitempty"`
	ScopeFlags  *uint64      `json:"scope_flags,omitempty"`
	Args        *uint64      `json:"asm_args,omitempty"`
	TypeSig     *uint64      `json:"asm_signature,omitempty"`
	Rodata      string       `json:"rodata,omitempty"`
	BSS         uint64       `json:"bss,omitempty"`
	Relocations []relocJSON  `json:"relocations,omitempty"`
	Objects     []objectJSON `json:"objects,omitempty"`
	Children    []codeJSON   `json:"children,omitempty"`
}

type preludeJSON struct {
	Off        int        `json:"off"`
	State      uint64     `json:"state"`
	ExcStack   uint64     `json:"exception_handlers"`
	ScopeFlags uint64     `json:"scope_flags"`
	PosArgs    uint64     `json:"args"`
	KwOnly     uint64     `json:"keyword_only"`
	DefPos     uint64     `json:"defaults"`
	Args       []string   `json:"arg_names,omitempty"`
	Lines      []lineJSON `json:"lines,omitempty"`
	Cells      []int      `json:"cells,omitempty"`
}

type lineJSON struct {
	Off  int `json:"off"`
	Line int `json:"line"`
}

type insnJSON struct {
	Off    int    `json:"off"`
	Size   int    `json:"size"`
	Op     int    `json:"op"`
	Name   string `json:"name"`
	Text   string `json:"text"`
	Target *int   `json:"target,omitempty"`
}

type linkJSON struct {
	Off  uint64 `json:"off"`
	Kind string `json:"kind"`
	QStr string `json:"qstr"`
}

type relocJSON struct {
	Region string `json:"region"`
	Off    uint64 `json:"off"`
	To     string `json:"to"`
	Entry  *int32 `json:"entry,omitempty"`
	Name   string `json:"name,omitempty"`
	Addend uint64 `json:"addend"`
}

// JSON shows a file for programs. The error is that of writing.
func JSON(w io.Writer, name string, size int, f *mpytree.File) error {
	maker := "micropython"
	if f.Maker == mpytree.CircuitPython {
		maker = "circuitpython"
	}
	j := fileJSON{
		Schema: SchemaVersion, File: name, Size: size, Maker: maker, Version: int(f.Version), Feature: int(f.Feature),
		Arch: f.ArchName(), ArchFlags: f.ArchFlags, SmallIntBits: int(f.SmallIntBits), Window: f.Window,
		Objects: objectsJSON(f.Objects), Code: codeOf(f, f.Code),
	}
	if f.Version == 6 && f.ArchCode() != 0 {
		sub := int(f.Header().Sub())
		j.SubVersion = &sub
	}
	for _, q := range f.QStrs {
		j.QStrs = append(j.QStrs, qstrJSON{q.Text, [...]string{"text", "static", "recent"}[q.Form]})
	}
	text, err := diag.JSON(j)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

func objectsJSON(list []mpytree.Object) []objectJSON {
	var out []objectJSON
	for _, o := range list {
		j := objectJSON{Type: o.Type.String(), Text: o.Text, Items: objectsJSON(o.Items)}
		if o.Type == mpytree.ObjBytes {
			j.Text, j.Bytes = "", hex.EncodeToString([]byte(o.Text))
		}
		out = append(out, j)
	}
	return out
}

func codeOf(f *mpytree.File, c *mpytree.Code) codeJSON {
	j := codeJSON{
		Kind: c.Kind.String(), Name: f.Name(c), Source: c.Source.Text, Body: hex.EncodeToString(c.Body),
		Rodata: hex.EncodeToString(c.Rodata), BSS: c.BSS, Objects: objectsJSON(c.Objects),
	}
	if p, err := c.Prelude(f.Version); err == nil && p != nil {
		j.Prelude = preludeOf(f, c, p)
	}
	if c.Kind == mpytree.Bytecode {
		j.Code = insnsOf(f, c)
	} else {
		for _, l := range c.Links {
			j.Links = append(j.Links, linkJSON{l.Off, l.Kind.String(), l.QStr.Text})
		}
	}
	switch c.Kind {
	case mpytree.Asm:
		j.Args, j.TypeSig = &c.PosArgs, &c.TypeSig
		fallthrough
	case mpytree.Viper:
		j.ScopeFlags = &c.ScopeFlags
		j.Linked = f.Linked(c)
	}
	for _, w := range f.Loaded(c) {
		r := relocJSON{Region: w.Region.String(), Off: w.Off, To: w.Dest.Kind.String(), Addend: w.Addend}
		if w.Dest.Kind == mpyfile.ToFunEntry {
			r.Entry = &w.Dest.Entry
			if abi := f.ABI(); abi != nil {
				r.Name = abi.FunName(int(w.Dest.Entry))
			}
		}
		j.Relocations = append(j.Relocations, r)
	}
	for _, child := range c.Children {
		j.Children = append(j.Children, codeOf(f, child))
	}
	return j
}

func preludeOf(f *mpytree.File, c *mpytree.Code, p *mpytree.Prelude) *preludeJSON {
	j := &preludeJSON{
		Off: p.Off, State: p.State, ExcStack: p.ExcStack, ScopeFlags: p.ScopeFlags,
		PosArgs: p.PosArgs, KwOnly: p.KwOnly, DefPos: p.DefPos, Args: Args(f, c),
	}
	for _, l := range mpytree.LineMap(f.Version, c.Body[p.Lines:p.Cells]) {
		j.Lines = append(j.Lines, lineJSON(l))
	}
	for _, local := range c.Body[p.Cells:p.Code] {
		j.Cells = append(j.Cells, int(local))
	}
	return j
}

func insnsOf(f *mpytree.File, c *mpytree.Code) []insnJSON {
	insns, _ := f.Insns(c)
	var list []insnJSON
	for i := range insns {
		in := &insns[i]
		j := insnJSON{Off: in.Off, Size: in.Size, Op: int(in.Op), Name: mpytree.OpName(in.Op), Text: f.Describe(c, in)}
		if mpytree.FormatOf(in.Op) == mpytree.FormatOffset {
			j.Target = &in.Target
		}
		list = append(list, j)
	}
	return list
}
