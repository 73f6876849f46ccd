package diff

import (
	"fmt"
	"slices"

	"mpyld/linkmap"
	"mpyld/mpytree"
)

// instructions compares bytecode by what its instructions refer to, with the
// numbers of instructions for the targets of jumps.
func (d *differ) instructions(name string, a, b *mpytree.Code) {
	x, y := listing(d.a.File, a), listing(d.b.File, b)
	if slices.Equal(x.code, y.code) {
		if !slices.Equal(x.lines, y.lines) {
			d.add("%s: line numbers differ", name)
		}
		return
	}
	first := 0
	for first < len(x.code) && first < len(y.code) && x.code[first] == y.code[first] {
		first++
	}
	last := 0
	for last < len(x.code)-first && last < len(y.code)-first && x.code[len(x.code)-1-last] == y.code[len(y.code)-1-last] {
		last++
	}
	d.add("%s: %d -> %d instructions, %d -> %d bytes; from line %d: %s -> %s", name,
		len(x.code), len(y.code), len(a.Body), len(b.Body), y.line(first), x.at(first), y.at(first))
}

// text is bytecode as texts, with the line of each instruction.
type text struct {
	code  []string
	lines []int
}

func (t *text) at(i int) string {
	if i < len(t.code) {
		return t.code[i]
	}
	return "(end)"
}

func (t *text) line(i int) int {
	if len(t.lines) == 0 {
		return 1
	}
	return t.lines[min(i, len(t.lines)-1)]
}

func listing(f *mpytree.File, c *mpytree.Code) *text {
	p, err1 := c.Prelude(f.Version)
	insns, err2 := f.Insns(c)
	if err1 != nil || err2 != nil {
		return &text{}
	}
	number := map[int]int{len(c.Body): len(insns)}
	for i := range insns {
		number[insns[i].Off] = i
	}
	lines := mpytree.LineMap(f.Version, c.Body[p.Lines:p.Cells])
	t := &text{}
	line := 1
	for i := range insns {
		in := insns[i]
		for len(lines) > 0 && lines[0].Off <= in.Off-p.Code {
			line, lines = lines[0].Line, lines[1:]
		}
		t.lines = append(t.lines, line)
		if mpytree.FormatOf(in.Op) == mpytree.FormatOffset {
			if n, ok := number[in.Target]; ok {
				in.Target = n
			}
		}
		t.code = append(t.code, f.Describe(c, &in))
	}
	return t
}

// sections compares what the maps of both sides say.
func (d *differ) sections() {
	if d.a.Map == nil || d.b.Map == nil {
		return
	}
	sizes := func(list []linkmap.PlacedSection) (names []string, size map[string]uint64) {
		size = make(map[string]uint64, len(list))
		for i := range list {
			p := &list[i]
			name := fmt.Sprintf("%s in %s", p.Title(), p.Region)
			if _, ok := size[name]; !ok {
				names = append(names, name)
			}
			size[name] += p.Size
		}
		return names, size
	}
	a, sizeA := sizes(d.a.Map.Sections)
	b, sizeB := sizes(d.b.Map.Sections)
	for _, name := range a {
		if n, ok := sizeB[name]; !ok {
			d.add("section: - %s, %d bytes", name, sizeA[name])
		} else {
			d.value("section "+name+": bytes", sizeA[name], n)
		}
	}
	for _, name := range b {
		if _, ok := sizeA[name]; !ok {
			d.add("section: + %s, %d bytes", name, sizeB[name])
		}
	}
}
