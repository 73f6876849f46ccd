package mapjson

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"mpyld/diag"
)

// Parse reads a map from a file of a name. What is in it fits together then: numbers
// of inputs and sections mean some, and the parts of each segment are all of it.
func Parse(name string, data []byte) (*Map, error) {
	m := &Map{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, notMap(name, "it is no map of a link: "+err.Error())
	}
	if m.Schema != Schema {
		return nil, notMap(name, fmt.Sprintf("it is no map that this mpyld can read: its schema is %d, not %d", m.Schema, Schema))
	}
	if err := m.check(); err != nil {
		return nil, notMap(name, "it is no map of a link: "+err.Error())
	}
	return m, nil
}

func notMap(name, text string) error {
	return diag.New(name, "%s", diag.Plain(text)).Note("link with --map-json to make one")
}

// LooksLike reports whether a file is a map rather than a module.
func LooksLike(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
}

// JSON is the map as a document.
func (m *Map) JSON() (string, error) { return diag.JSON(m) }

// check is the error about a map whose parts do not fit together.
func (m *Map) check() error {
	for _, f := range []func() error{m.checkSums, m.checkNumbers, m.checkTiles} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// most is more than any size there is: no sum of sizes can be wrong in silence.
const most = 1 << 31

func (m *Map) checkSums() error {
	f, r := &m.File, &m.RAM
	sum := 0
	for _, n := range []int{f.Header, f.Counts, f.QStrs, f.Objects, f.Text, f.Bytecode, f.Rodata, f.Relocs, f.Code, r.Text, r.Rodata, r.BSS, r.Bytecode, r.Padding, r.Blocks} {
		if n < 0 || n >= most {
			return fmt.Errorf("a size is %d", n)
		}
	}
	sum = f.Header + f.Counts + f.QStrs + f.Objects + f.Text + f.Bytecode + f.Rodata + f.Relocs + f.Code
	if sum != f.Bytes {
		return fmt.Errorf("the parts of the file are %d bytes, not %d", sum, f.Bytes)
	}
	if sum = r.Text + r.Bytecode + r.Rodata + r.BSS + r.Padding; sum != r.Bytes {
		return fmt.Errorf("the parts of RAM are %d bytes, not %d", sum, r.Bytes)
	}
	if f.Text != r.Text || f.Rodata != r.Rodata || f.Bytecode != 0 || r.Bytecode != 0 {
		return fmt.Errorf("what is in the file is not what is in memory")
	}
	return nil
}

// checkNumbers checks that all numbers of inputs and parts mean some.
func (m *Map) checkNumbers() error {
	for i := range m.Inputs {
		if m.Inputs[i].ID != i {
			return fmt.Errorf("input %d is called %d", i, m.Inputs[i].ID)
		}
	}
	known := map[int]bool{}
	for p := range m.parts {
		if p.id != noID && (p.id < 0 || known[p.id]) {
			return fmt.Errorf("two parts are called %d", p.id)
		}
		known[p.id] = true
	}
	input := func(i int) bool { return i >= 0 && i < len(m.Inputs) }
	for i := range m.Sections {
		s := &m.Sections[i]
		if !input(s.Input) {
			return fmt.Errorf("there is no input %d of %s, size %d", s.Input, s.Name, s.Size)
		}
		for k := range s.Symbols {
			if sym := &s.Symbols[k]; sym.Size < 0 || sym.Size >= most || sym.Offset < 0 || sym.Offset >= most {
				return fmt.Errorf("symbol %s has no place", sym.Name)
			}
		}
	}
	for i := range m.Removed {
		if r := &m.Removed[i]; !input(r.Input) || r.Size < 0 || r.Size >= most {
			return fmt.Errorf("section %s was removed from no input", r.Name)
		}
	}
	for i := range m.Saved {
		s := &m.Saved[i]
		if s.Section != nil && !known[*s.Section] || s.Bytes <= -most || s.Bytes >= most { // padding may grow
			return fmt.Errorf("%s saved nothing anywhere", s.By)
		}
	}
	for p := range m.parts {
		for _, r := range p.refs {
			if r.To == noID || !known[r.To] {
				return fmt.Errorf("part %d refers to %d, which is none", p.id, r.To)
			}
		}
	}
	isSection := map[int]bool{}
	for i := range m.Sections {
		isSection[m.Sections[i].ID] = true
	}
	for _, r := range m.Roots {
		if !isSection[r.Section] {
			return fmt.Errorf("there is no section %d, which is to be a root", r.Section)
		}
	}
	return nil
}

// checkTiles checks that parts lie side by side, without gaps, in all of each segment.
func (m *Map) checkTiles() error {
	sizes := m.segments()
	var list []part
	for p := range m.parts {
		switch _, ok := sizes[p.segment]; {
		case p.segment == "" && p.size == 0:
		case !ok:
			return fmt.Errorf("there is no segment %q", p.segment)
		case p.offset < 0 || p.size < 0 || p.offset >= most || p.size >= most || p.offset > sizes[p.segment]:
			return fmt.Errorf("a part has no place in %s", p.segment)
		case p.size > 0:
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(a.offset, b.offset))
	})
	at := map[string]int{}
	for _, p := range list {
		if p.offset != at[p.segment] {
			return fmt.Errorf("nothing, or two parts, at %s+0x%x", p.segment, min(p.offset, at[p.segment]))
		}
		at[p.segment] += p.size
	}
	for _, segment := range []string{Text, Rodata, BSS} {
		if at[segment] != sizes[segment] {
			return fmt.Errorf("%s has %d bytes, its parts %d", segment, sizes[segment], at[segment])
		}
	}
	return nil
}
