package dump

import (
	"fmt"
	"strings"

	"mpyld/mpytree"
)

// Args are the names of the arguments of a function.
func Args(f *mpytree.File, c *mpytree.Code) []string {
	var names []string
	for _, q := range c.ArgNames {
		names = append(names, q.Text)
	}
	if f.Version == 6 {
		if p, err := c.Prelude(6); err == nil && p != nil {
			for _, index := range p.Names[1:] {
				names = append(names, f.Text(index))
			}
		}
	}
	return names
}

var scopeNames = []struct {
	flag uint64
	name string
}{{mpytree.ScopeGenerator, "generator"}, {mpytree.ScopeVarArgs, "*args"}, {mpytree.ScopeVarKw, "**kwargs"}, {mpytree.ScopeDefKwArgs, "default keywords"}}

// scopeText names the flags of a function.
func scopeText(f *mpytree.File, flags uint64) string {
	var list []string
	for _, n := range scopeNames {
		if flags&n.flag != 0 {
			list, flags = append(list, n.name), flags&^n.flag
		}
	}
	if f.Maker == mpytree.CircuitPython && flags&mpytree.ScopeAsync != 0 {
		list, flags = append(list, "async"), flags&^mpytree.ScopeAsync
	}
	if flags != 0 {
		list = append(list, fmt.Sprintf("0x%x", flags))
	}
	return strings.Join(list, ", ")
}

func (t *textWriter) prelude(c *mpytree.Code) *mpytree.Prelude {
	p, _ := c.Prelude(t.f.Version) // Parse has read it
	flags := ""
	if p.ScopeFlags != 0 {
		flags = ", " + scopeText(t.f, p.ScopeFlags)
	}
	t.line("  state %d, exception handlers %d, arguments %d + %d keyword-only, defaults %d%s",
		p.State, p.ExcStack, p.PosArgs, p.KwOnly, p.DefPos, flags)
	if t.f.Version == 5 {
		t.line("  source: %s", mpytree.Word(c.Source.Text))
	}
	if args := Args(t.f, c); len(args) > 0 {
		for i := range args {
			args[i] = mpytree.Word(args[i])
		}
		t.line("  arguments: %s", strings.Join(args, ", "))
	}
	if cells := c.Body[p.Cells:p.Code]; len(cells) > 0 {
		t.line("  cells: locals %s", strings.Trim(fmt.Sprint(cells), "[]"))
	}
	return p
}

func (t *textWriter) bytecode(c *mpytree.Code) {
	p := t.prelude(c)
	insns, _ := t.f.Insns(c)
	targets := map[int]bool{}
	for i := range insns {
		if mpytree.FormatOf(insns[i].Op) == mpytree.FormatOffset {
			targets[insns[i].Target] = true
		}
	}
	lines := mpytree.MergeLines(mpytree.LineMap(t.f.Version, c.Body[p.Lines:p.Cells]))
	if len(lines) == 0 || lines[0].Off > 0 {
		lines = append([]mpytree.Line{{Off: 0, Line: 1}}, lines...)
	}
	for i := range insns {
		in := &insns[i]
		for len(lines) > 0 && lines[0].Off <= in.Off-p.Code {
			t.line("  line %d", lines[0].Line)
			lines = lines[1:]
		}
		mark := " "
		if targets[in.Off] {
			mark = ">"
		}
		t.line("  %s %5d  %s", mark, in.Off, t.f.Describe(c, in))
	}
	if targets[len(c.Body)] {
		t.line("  > %5d", len(c.Body))
	}
}
