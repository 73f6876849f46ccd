// Package inspect says what a .mpy file is good for: which firmware imports it,
// what it takes from it, and what it offers.
//
// It stands apart from dump, which shows what is in a file, since these are
// conclusions. It must say of each whether it is certain.
package inspect

import (
	"slices"

	"mpyld/disasm"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// Report is what can be said of a file.
type Report struct {
	What      string             // "a linked native module"
	Importing []*mpyfile.Release // in the order of mpyfile.Releases
	Boards    string             // what has the architecture and the extensions; "any"
	Memory    Memory
	Exports   []string // names that the module sets; see Certain
	Certain   bool     // Exports is exact, else it is the names that native code has
	Natives   []Native // linked modules in the file
}

// Memory is what a module takes on the device, in bytes, when it is loaded.
type Memory struct {
	Code     int // bytecode and machine code
	Data     int // rodata and bss of linked modules
	Tables   int // what refers to names and objects
	Names    int // texts of names, if the firmware has none of them yet
	Constant int // texts of constant objects
}

// Total is the sum.
func (m Memory) Total() int { return m.Code + m.Data + m.Tables + m.Names + m.Constant }

// Native is what a linked module takes from the firmware.
type Native struct {
	Entries []Entry  // of mp_fun_table, in order
	Read    bool     // code was read for them: else only relocations tell, and more can be used
	Table   bool     // it has the address of the table
	Maybe   []string // entries that code reads, if it reads from the table there
}

// Entry is an entry of mp_fun_table.
type Entry struct {
	Index int
	Name  string
	Since *mpyfile.Release // the first release of the same system that has it; nil if none
	Reloc bool             // relocated to: certain; else seen in code
	Own   bool             // behind what releases have: of firmware that adds entries
}

// Inspect looks at a file.
func Inspect(f *mpytree.File) *Report {
	r := &Report{What: what(f), Importing: mpyfile.Accepting(f.Header())}
	r.Memory = memory(f)
	r.Exports, r.Certain = exports(f)
	for _, c := range f.Codes() {
		if f.Linked(c) {
			r.Natives = append(r.Natives, native(f, c))
		}
	}
	floats, _ := r.Floats()
	r.Boards = boardsFor(f.Header(), floats == Yes)
	return r
}

// what calls a file by its contents.
func what(f *mpytree.File) string {
	kinds, modules := map[mpytree.Kind]int{}, 0
	for _, c := range f.Codes() {
		if f.Linked(c) {
			modules++
		} else {
			kinds[c.Kind]++
		}
	}
	native := kinds[mpytree.NativePy] + kinds[mpytree.Viper] + kinds[mpytree.Asm]
	switch {
	case f.Linked(f.Code):
		return "a linked native module"
	case modules == 0 && native == 0:
		return "bytecode"
	case modules == 0:
		return "bytecode with functions compiled to machine code"
	case native > 0:
		return "merged: linked native modules, bytecode and functions compiled to machine code"
	case kinds[mpytree.Bytecode] == 1:
		return "merged: linked native modules"
	}
	return "merged: linked native modules and bytecode"
}

func memory(f *mpytree.File) Memory {
	var m Memory
	word := f.Word()
	if word == 0 {
		word = 4 // most boards
	}
	seen := map[string]bool{}
	name := func(q mpytree.QStr) {
		if q.Form != mpytree.Numbered && !seen[q.Text] {
			seen[q.Text] = true
			m.Names += len(q.Text) + 1 // and a NUL; length and hash are in the pool's own tables
		}
	}
	for _, q := range f.QStrs {
		name(q)
	}
	m.Tables = (2*len(f.QStrs)+word-1)/word*word + word*len(f.Objects)
	m.Constant += objectBytes(f.Objects)
	for _, c := range f.Codes() {
		m.Code += len(c.Body)
		m.Data += len(c.Rodata) + int(c.BSS)
		m.Constant += objectBytes(c.Objects)
		m.Tables += word * (len(c.ArgNames) + len(c.Objects) + len(c.Children))
		name(c.Name)
		name(c.Source)
		for _, q := range c.ArgNames {
			name(q)
		}
		for _, l := range c.Links {
			name(l.QStr)
		}
	}
	return m
}

func objectBytes(list []mpytree.Object) int {
	n := 0
	for _, o := range list {
		n += len(o.Text) + objectBytes(o.Items)
	}
	return n
}

// exports returns the names that a module sets when it is imported. Of bytecode
// that is written in its outermost code; native code has only a list of names,
// of which it sets some.
func exports(f *mpytree.File) (names []string, certain bool) {
	certain = true
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	var top func(c *mpytree.Code)
	top = func(c *mpytree.Code) {
		if f.Linked(c) {
			certain = false
			if f.Version == 5 {
				for _, l := range c.Links {
					add(l.QStr.Text)
				}
			}
			return
		}
		insns, _ := f.Insns(c)
		stores := 0
		for i := range insns {
			if op := insns[i].Op; op == mpytree.OpStoreName {
				add(f.QStrArg(c, &insns[i]))
				stores++
			}
		}
		if stores == 0 && merged(f, c, insns) {
			for _, child := range c.Children {
				top(child)
			}
		}
	}
	top(f.Code)
	if !certain && f.Version == 6 {
		for _, q := range f.QStrs[min(1, len(f.QStrs)):] {
			if f.Code.Kind != mpytree.Bytecode {
				add(q.Text)
			}
		}
	}
	return names, certain
}

// merged says that a code only runs those within it.
func merged(f *mpytree.File, c *mpytree.Code, insns []mpytree.Insn) bool {
	for _, in := range insns {
		switch in.Op {
		case mpytree.OpMakeFunction, mpytree.OpCallFunction, mpytree.OpPopTop, mpytree.OpLoadConstNone, mpytree.OpReturnValue:
		default:
			return false
		}
	}
	return len(c.Children) > 0
}

// native finds the entries of mp_fun_table that a linked module uses.
func native(f *mpytree.File, c *mpytree.Code) Native {
	var n Native
	abi := f.ABI()
	var tables []int
	used := map[int]bool{} // by relocation
	seen := map[int]bool{} // by code
	word := uint64(max(f.Word(), 1))
	for _, r := range c.Relocs {
		for i := range r.Count {
			switch r.Dest.Kind {
			case mpyfile.ToFunEntry:
				used[int(r.Dest.Entry)] = true
			case mpyfile.ToFunTable:
				n.Table = true
				if r.Region == mpyfile.Text {
					tables = append(tables, int((r.Index+i)*word))
				}
			}
		}
	}
	if n.Table {
		var reads disasm.Reads
		if reads, n.Read = disasm.Loads(f.Header().Arch(), c.Body, tables); n.Read && abi != nil {
			for _, e := range reads.Entries {
				if e < len(abi.Fun) && !used[e] {
					seen[e] = true
				}
			}
			for _, e := range reads.Maybe {
				if name := abi.FunName(e); name != "" {
					n.Maybe = append(n.Maybe, name)
				}
			}
		}
	}
	for _, set := range []map[int]bool{used, seen} {
		for e := range set {
			entry := Entry{Index: e, Reloc: used[e]}
			if abi != nil {
				entry.Name = abi.FunName(e)
				entry.Since = since(f.Maker, entry.Name)
			}
			entry.Own = abi != nil && e >= len(abi.Fun)
			n.Entries = append(n.Entries, entry)
		}
	}
	slices.SortFunc(n.Entries, func(a, b Entry) int { return a.Index - b.Index })
	return n
}

// since is the first release of a system whose mp_fun_table has a name.
func since(maker byte, name string) *mpyfile.Release {
	for _, r := range mpyfile.Releases {
		if r.ABI.Magic == maker && slices.Contains(r.ABI.Fun, name) {
			return r
		}
	}
	return nil
}

// Oldest is the first release that has all entries; nil if that is not known.
func Oldest(natives []Native) *mpyfile.Release {
	var oldest *mpyfile.Release
	for _, n := range natives {
		for _, e := range n.Entries {
			if e.Since == nil {
				return nil
			}
			if oldest == nil || slices.Index(mpyfile.Releases, e.Since) > slices.Index(mpyfile.Releases, oldest) {
				oldest = e.Since
			}
		}
	}
	return oldest
}
