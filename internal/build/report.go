package build

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mpyld/diag"
	"mpyld/internal/table"
)

// A Group is one thing that is wrong, and for which targets.
type Group struct {
	Targets []string
	Failure
}

// Errors are those of all targets, equal ones once.
func (r *Result) Errors() []Group {
	return r.groups(func(o *Outcome) []Failure { return o.Errors })
}

// Warnings are those of all targets, equal ones once.
func (r *Result) Warnings() []Group {
	return r.groups(func(o *Outcome) []Failure { return o.Warnings })
}

func (r *Result) groups(of func(*Outcome) []Failure) []Group {
	var groups []Group
	at := map[string]int{}
	for i := range r.Targets {
		out := &r.Targets[i]
		for _, f := range of(out) {
			key := f.key(out.Target)
			g, ok := at[key]
			if !ok {
				g = len(groups)
				at[key] = g
				groups = append(groups, Group{Failure: f})
			}
			if list := &groups[g].Targets; !slices.Contains(*list, out.Target) {
				*list = append(*list, out.Target)
			}
		}
	}
	return groups
}

// key is what is equal where only the target differs: files that are made for it have
// its name in theirs, a line of a source is at another place in each object, and not every GCC has the language's quotes.
func (f Failure) key(target string) string {
	text := f.Output
	if f.Err != nil {
		if at := f.Err.Place.Source; at.Known() {
			text += at.Brief() + "\n" + f.Err.Text
		} else {
			text += f.Err.Error()
		}
		for _, n := range f.Err.Notes {
			if at := n.Place.Source; at.Known() {
				n.Text = at.Brief()
			}
			text += "\n" + n.Text
		}
	}
	return strings.NewReplacer(target, "*", "‘", "'", "’", "'").Replace(text)
}

// For says which targets a group is about: "on armv6m_6.3, armv7m_6.3 and 4 more".
func (g Group) For() string {
	const shown = 2
	names := g.Targets
	if len(names) <= shown+1 {
		return "on " + strings.Join(names, ", ")
	}
	return fmt.Sprintf("on %s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

// Text is the table at the end of a build.
func (r *Result) Text(took time.Duration) string {
	var lines diag.Lines
	for _, out := range r.Targets {
		for _, over := range out.Over {
			lines.Add("%s is over the limit: %s", out.Target, over)
		}
	}
	lines.Add("%s", r.Summary(took))
	return r.table().Text() + lines.String()
}

// table is the rows of the table, the names of its columns first. There is one for
// tests if there were any.
func (r *Result) table() table.Table {
	head := []string{"target", "file", "RAM", "text", "rodata", "bss", "time"}
	tested := slices.ContainsFunc(r.Targets, func(out Outcome) bool { return len(out.Trials) > 0 })
	if tested {
		head = append(head, "test")
	}
	rows := table.Table{head}
	for _, out := range r.Targets {
		s := out.Sizes
		row := []string{out.Target, "failed", "", "", "", "", milliseconds(out.Took)}
		if out.Output != "" {
			row = []string{out.Target, strconv.Itoa(s.File), strconv.Itoa(s.RAM), strconv.Itoa(s.Text), strconv.Itoa(s.Rodata), strconv.Itoa(s.BSS), out.when()}
		}
		if tested {
			row = append(row, out.tested())
		}
		rows = append(rows, row)
	}
	return rows
}

// tested says what became of the test: nothing, where nothing here runs the module.
func (out *Outcome) tested() string {
	switch {
	case len(out.Trials) == 0:
		return "-"
	case slices.ContainsFunc(out.Trials, func(t Trial) bool { return !t.Passed }):
		return "failed"
	}
	return "passed"
}

// Failed reports whether anything is not as it should be.
func (r *Result) Failed() bool {
	return slices.ContainsFunc(r.Targets, func(out Outcome) bool { return len(out.Errors) > 0 || len(out.Over) > 0 })
}

func (out *Outcome) when() string {
	if out.UpToDate {
		return "up to date"
	}
	return milliseconds(out.Took)
}

// Summary is one line: "built 9 of 10, 0.3 s".
func (r *Result) Summary(took time.Duration) string {
	good := 0
	for _, out := range r.Targets {
		if out.Output != "" {
			good++
		}
	}
	text := fmt.Sprintf("built %s of %d in %s", strconv.Itoa(good), len(r.Targets), milliseconds(took))
	if len(r.Skipped) > 0 {
		text += "; not built: " + strings.Join(r.Skipped, "; ")
	}
	return text
}

func milliseconds(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
