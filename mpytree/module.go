package mpytree

import (
	"fmt"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// A linked module is a tree with one code in it, which may be written in more ways than
// linkers use. Who verifies a link wants just theirs: what the firmware would load, though
// no linker wrote it, is refused, so that no field stays unchecked.
//
//	scope flags announce rodata, and it has no bytes    refused, though firmware would load it

// Module reads a native module as linkers make them. It is strict: it accepts
// what a linker writes, and refuses what the firmware would load although no
// linker wrote it. The error is a *diag.Error with the byte offset and the path of
// the field.
//
// The File's Text and Rodata are parts of data, not copies.
//
// Own is the ABI of firmware that has more in its mp_fun_table, or nil; others
// are machines that MicroPython does not have.
func Module(data []byte, own *mpyfile.ABI, others ...*relocs.Machine) (*mpyfile.File, error) {
	tree, err := Parse(data)
	if err != nil {
		return nil, err
	}
	return (&module{tree: tree, in: tree.Code, at: "code", own: own, others: others}).read(data)
}

// Modules reads the linked modules in a file, in the order in which it has them:
// the one that the file is, as Module does, or those that were merged into it.
// What merged modules share they all have whole: the tables of qstrs and of
// constant objects, which bytecode in the file uses too.
func Modules(data []byte, own *mpyfile.ABI) ([]*mpyfile.File, error) {
	tree, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if tree.Code.Kind != Bytecode || !slices.ContainsFunc(tree.Codes(), tree.Linked) {
		f, err := (&module{tree: tree, in: tree.Code, at: "code", own: own}).read(data)
		if err != nil {
			return nil, err
		}
		return []*mpyfile.File{f}, nil
	}
	var list []*mpyfile.File
	var walk func(c *Code, at string) error
	walk = func(c *Code, at string) error {
		if tree.Linked(c) {
			f, err := (&module{tree: tree, in: c, at: at, own: own, merged: true}).read(data)
			list = append(list, f)
			return err
		}
		for i, child := range c.Children {
			if err := walk(child, fmt.Sprintf("%s.children[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(tree.Code, "code"); err != nil {
		return nil, err
	}
	return list, nil
}

// module takes a code of a tree for the one shape that a linker makes. The first
// thing that does not fit sticks.
type module struct {
	tree   *File
	in     *Code  // the module
	at     string // its path
	merged bool   // it shares the file with others
	own    *mpyfile.ABI
	others []*relocs.Machine // beside MicroPython's

	file *mpyfile.File
	path string // of what does not fit
	err  *diag.Error
}

func (m *module) read(data []byte) (*mpyfile.File, error) {
	m.file = &mpyfile.File{}
	if m.header() && m.code() {
		m.names()
		m.constants()
		m.words()
	}
	if m.err != nil {
		return nil, m.located(data)
	}
	return m.file, nil
}

func (m *module) fail(path, format string, args ...any) {
	if m.err == nil {
		m.path, m.err = path, diag.New("", format, args...)
	}
}

// note adds to what does not fit.
func (m *module) note(text string) {
	if len(m.err.Notes) == 0 {
		m.err.Note("%s", text)
	}
}

func (m *module) notNative(path, format string, args ...any) {
	m.fail(path, "not a native module: "+format, args...)
}

// located adds the offset of the field that is wrong. Only now is it needed, so
// only now the file is read with all its fields.
func (m *module) located(data []byte) *diag.Error {
	off := len(data)
	_, _ = ParseFields(data, func(f Field) {
		if strings.HasPrefix(f.Path, m.path) {
			off = min(off, f.Off)
		}
	})
	m.err.Where = fmt.Sprintf("0x%x %s", off, m.path)
	return m.err
}

func (m *module) header() bool {
	t, f := m.tree, m.file
	if t.ArchCode() == 0 {
		m.notNative("header.feature", "it names no architecture, so it is bytecode")
		return false
	}
	system := ""
	if t.Maker == CircuitPython {
		system = "CircuitPython's "
	}
	if f.ABI = t.ABI(); f.ABI == nil {
		m.notNative("header.feature", "%smpy version %d.%d, which mpyld does not know", system, t.Version, t.Feature&3)
		return false
	}
	if m.own != nil && m.own.Base == f.ABI {
		f.ABI = m.own
	}
	if f.Arch = m.machine(t.ArchCode()); f.Arch == nil {
		m.fail("header.feature", "architecture code %d is none that modules are linked for", t.ArchCode())
	}
	if t.SmallIntBits != f.ABI.SmallIntBits && !m.merged {
		m.fail("header.small_int_bits", "small integers of %d bits, want %d", t.SmallIntBits, f.ABI.SmallIntBits)
	}
	switch {
	case t.Version == 5:
		if t.Window != mpyfile.QStrWindow && !m.merged {
			m.fail("header.window", "a window of %d recent qstrs, want %d", t.Window, mpyfile.QStrWindow)
		}
	case t.Feature&mpyfile.ArchFlagsBit != 0:
		if f.ArchFlags = t.ArchFlags; f.ArchFlags == 0 {
			m.fail("header.arch_flags", "architecture flags are announced, but there are none")
		}
	}
	return m.err == nil
}

// machine returns the machine with a code.
func (m *module) machine(code byte) *relocs.Machine {
	if mach := machines.ByCode(code); mach != nil {
		return mach
	}
	for _, mach := range m.others {
		if mach.Code == code {
			return mach
		}
	}
	return nil
}

func (m *module) code() bool {
	c, f := m.in, m.file
	s := m.tree.Scope()
	rodata, bss := c.ScopeFlags&s.Rodata != 0, c.ScopeFlags&s.BSS != 0
	switch {
	case c.Kind == Bytecode && slices.ContainsFunc(m.tree.Codes(), m.tree.Linked):
		m.notNative(m.at+".kind_len", "it is several modules merged")
	case c.Kind == Bytecode:
		m.notNative(m.at+".kind_len", "it is bytecode with compiled functions in it")
	case c.Kind != Viper || len(c.Children) > 0:
		m.notNative(m.at+".kind_len", "it is %s code with %d functions inside; a linker makes viper code with none", c.Kind, len(c.Children))
	case len(c.Objects) > 0:
		m.notNative(m.at+".n_obj", "it has %d constant objects; a linker makes none", len(c.Objects))
	case len(c.Body) == 0:
		m.fail(m.at+".kind_len", "there is no code")
	case c.ScopeFlags&s.Relocs == 0 || c.ScopeFlags&^(s.Relocs|s.Rodata|s.BSS) != 0:
		m.fail(m.at+".scope_flags", "scope flags 0x%x are not those of a linked module", c.ScopeFlags)
	case rodata && len(c.Rodata) == 0:
		m.fail(m.at+".rodata_size", "rodata is announced, but has no bytes")
	case bss && c.BSS == 0:
		m.fail(m.at+".bss_size", "bss is announced, but has no bytes")
	}
	f.Text, f.Rodata, f.BSSSize = c.Body, c.Rodata, c.BSS
	return m.err == nil
}

// names takes the qstr table, or the places in text that are to get qstrs.
func (m *module) names() {
	t, f := m.tree, m.file
	if f.ABI.Names == mpyfile.NameTable && len(t.QStrs) == 0 {
		m.fail("n_qstr", "no qstrs: the first is the name of the source file")
	}
	for i, q := range t.QStrs {
		if !plain(q.Text) && !m.merged {
			m.fail(fmt.Sprintf("qstrs[%d]", i), "qstr %q is not plain ASCII", q.Text)
			return
		}
		f.QStrs = append(f.QStrs, q.Text)
	}
	for i, l := range m.in.Links {
		link := mpyfile.QStrLink{Off: l.Off, QStr: l.QStr.Text, Object: l.Kind == LinkObj}
		size := link.Size(f.Arch)
		place, qstr := fmt.Sprintf("%s.links[%d].place", m.at, i), fmt.Sprintf("%s.links[%d].qstr", m.at, i)
		switch {
		case l.Kind != Link16 && l.Kind != LinkObj:
			m.notNative(place, "a qstr link of kind %d; a linker makes %d and %d", l.Kind, Link16, LinkObj)
		case uint64(len(f.Text)) < size || l.Off > uint64(len(f.Text))-size:
			m.fail(place, "a qstr link at text+0x%x, outside its %d bytes", l.Off, len(f.Text))
		case l.Off%size != 0:
			m.fail(place, "a qstr link at text+0x%x, which is not a multiple of %d", l.Off, size)
		case l.QStr.Form == Recent && !m.merged:
			m.notNative(qstr, "it refers to an earlier qstr; a linker writes each out")
		case !plain(l.QStr.Text):
			m.fail(qstr, "qstr %q is not plain ASCII", l.QStr.Text)
		}
		if m.err != nil {
			return
		}
		f.Links = append(f.Links, link)
	}
}

// constants takes the table of constant strings.
func (m *module) constants() {
	t, f := m.tree, m.file
	if len(t.Objects) > 0 && !f.ABI.Objects && !m.merged {
		m.notNative("n_obj", "it has %d constant objects, so it is bytecode", len(t.Objects))
	}
	for i, o := range t.Objects {
		path := fmt.Sprintf("objects[%d]", i)
		switch {
		case m.merged:
		case o.Type != ObjStr:
			m.notNative(path, "it has a constant object of type %s; a linker makes %s", o.Type, ObjStr)
		case !plain(o.Text):
			m.fail(path, "constant object %q is not plain ASCII", o.Text)
		}
		if m.err != nil {
			return
		}
		f.Objects = append(f.Objects, o.Text)
	}
}

// plain reports whether a linker can write s as a qstr.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] == 0 || s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// words takes the relocation records apart into words.
func (m *module) words() {
	f, c := m.file, m.in
	if m.err != nil {
		return
	}
	total := uint64(0)
	for _, r := range c.Relocs {
		total += r.Count
	}
	f.Words = make([]mpyfile.Word, 0, total) // no more than there are words: none is relocated twice
	size := uint64(f.Arch.Word)
	for i, r := range c.Relocs {
		f.Terse = f.Terse || !r.Placed
		switch {
		case r.Dest.Kind == mpyfile.ToFunEntry && int(r.Dest.Entry) >= len(f.ABI.Fun):
			m.fail(fmt.Sprintf("%s.relocations[%d]", m.at, i), "mp_fun_table has no entry %d in ABI %s", r.Dest.Entry, f.ABI.Name)
			m.note("if the firmware adds it at the end: --fun-table FILE names what it adds")
		case f.ABI.Wire.Packed && r.Dest.Kind == mpyfile.ToBSS && f.BSSSize == 0:
			m.fail(fmt.Sprintf("%s.relocations[%d]", m.at, i), "a relocation to bss, but the module has none")
		}
		for k := range r.Count {
			f.Words = append(f.Words, mpyfile.Word{Region: r.Region, Off: (r.Index + k) * size, Dest: r.Dest})
		}
	}
	if total == 0 {
		f.Words = nil
	}
}
