package pack

import (
	"fmt"
	"slices"
	"strings"

	"mpyld/inspect"
	"mpyld/mpyfile"
)

// install is INSTALL.md: which directory is for which board, and what to type.
func (p *Package) install() string {
	var b strings.Builder
	title := p.Name
	if p.Version != "" {
		title += " " + p.Version
	}
	fmt.Fprintf(&b, "# Installing %s\n\n", title)
	if p.opts.Description != "" {
		fmt.Fprintf(&b, "%s\n\n", p.opts.Description)
	}
	if p.opts.Fat && p.Files["package.json"] != nil {
		fmt.Fprintf(&b, "On any board of the table:\n\n%s\n", code(p.mip("")))
	}
	b.WriteString("| directory | firmware | boards |\n|---|---|---|\n")
	for _, t := range p.Targets {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", t.Name, t.firmware(), t.boards())
	}
	b.WriteString("\nWhich one a board takes, it says itself:\n\n```python\nimport sys; print(sys.implementation._mpy)\n```\n\nand `mpyld pack --device NUMBER .`, in this directory, tells which.\n")
	if list := p.micropython(); len(list) > 0 {
		b.WriteString("\n## MicroPython\n\n")
		if p.opts.URL == "" {
			b.WriteString("URL is where this directory can be reached.\n\n")
		}
		b.WriteString(code(each(list, func(t *Target) string { return p.mip(t.Name + "/") })...))
		p.clients(&b)
		if p.opts.Index {
			fmt.Fprintf(&b, "\nFrom an index, with any client, dependencies too:\n\n%s", code(each(list, func(t *Target) string {
				return "mpremote mip install --index " + p.place("index/"+t.Name) + " " + p.Name
			})...))
		}
		if p.opts.Release {
			fmt.Fprintf(&b, "\nFrom a release page:\n\n%s", code(each(list, func(t *Target) string {
				return "mpremote mip install " + p.asset(p.Name+"-"+t.suffix()+".json")
			})...))
		}
	}
	if p.opts.CircuitPython {
		b.WriteString("\n## CircuitPython\n\nCopy what is in `lib` of the archive for the board's architecture, in `circuitpython`, to `lib` on the board's drive.\n")
	}
	p.remarks(&b)
	return b.String()
}

// clients says who can install, and how from here.
func (p *Package) clients(b *strings.Builder) {
	if p.opts.URL == "" {
		b.WriteString("\nThat takes mpremote 1.25, or mip on firmware 1.25, and later: older ones know no relative URLs")
		if p.opts.Index {
			b.WriteString(" (the index below is for all)")
		}
		fmt.Fprintf(b, ".\nWithout a server, in this directory, with mpremote 1.25 and later:\n\n%s", code("mpremote mip install "+p.micropython()[0].Name+"/package.json"))
		return
	}
	b.WriteString("\nOn a board with network, `import mip; mip.install(\"URL\")` does the same.\n")
}

// remarks are about boards whose architecture says too little.
func (p *Package) remarks(b *strings.Builder) {
	said := map[string]bool{}
	say := func(remark string) {
		if remark != "" && !said[remark] {
			said[remark] = true
			b.WriteString("\n" + remark + "\n")
		}
	}
	for _, t := range p.Targets {
		say(t.Arch.Remark)
		if a := t.Arch; a.SoftFP != "" && slices.ContainsFunc(t.Modules, func(m *module) bool { return m.arch != nil && m.exchanges() }) {
			say("Firmware for " + a.SoftFP + " says " + a.Name + ", but takes floats from modules for " + a.SoftFPTakes + " only.")
		}
	}
}

func (p *Package) micropython() []*Target {
	return slices.DeleteFunc(slices.Clone(p.Targets), (*Target).circuit)
}

// place is where a part of the directory will be, for a command line.
func (p *Package) place(name string) string {
	if p.opts.URL != "" {
		return p.expand(p.opts.URL) + "/" + name
	}
	return "URL/" + name
}

// asset is where a file of the release will be.
func (p *Package) asset(name string) string {
	if p.opts.ReleaseURL != "" {
		return p.expand(p.opts.ReleaseURL) + "/" + name
	}
	return p.place("release/" + name)
}

// mip is the command that installs what is in a directory.
func (p *Package) mip(dir string) string { return "mpremote mip install " + p.place(dir) }

func code(lines ...string) string { return "```sh\n" + strings.Join(lines, "\n") + "\n```\n" }

func each(list []*Target, line func(*Target) string) (lines []string) {
	for _, t := range list {
		lines = append(lines, line(t))
	}
	return lines
}

// firmware names the releases that import all modules of the target.
func (t *Target) firmware() string {
	var list []*mpyfile.Release
	for _, r := range mpyfile.Releases {
		if !slices.ContainsFunc(t.Modules, func(m *module) bool { return r.Loader().Refuses(m.tree.Header()) != nil }) {
			list = append(list, r)
		}
	}
	return mpyfile.Spans(list)
}

// boards names what takes the target's modules, floats included.
func (t *Target) boards() string {
	text := ""
	for _, m := range t.Modules {
		if m.arch == nil {
			continue
		}
		if text == "" || m.exchanges() {
			text = m.report.Boards
		}
		if c, _ := m.report.Floats(); c == inspect.Yes {
			break
		}
	}
	return text
}
