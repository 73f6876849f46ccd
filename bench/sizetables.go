//go:build linux

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mpyld"
	"mpyld/fixtures/modules"
)

// A ratio compares two ways to make a module.
type ratio struct {
	title    string
	flags    string // of the first
	way      string
	ofFlags  string // of what it is compared with
	ofWay    string
	ram      bool // else of the file
	numbered bool // say of how many modules
}

// sizeTables are all tables of sizes.
func sizeTables(list []*sizeLink) string {
	var b strings.Builder
	one := func(title string, ratios ...ratio) {
		fmt.Fprintf(&b, "%s\n\n%s\n", title, ratioTable(list, ratios))
	}
	pair := func(title, flags, way, ofFlags, ofWay string) []ratio {
		return []ratio{{title + ": RAM", flags, way, ofFlags, ofWay, true, true}, {"file", flags, way, ofFlags, ofWay, false, false}}
	}
	join := slices.Concat[[]ratio]
	one("dynruntime.mk's flags, against mpy_ld.py:", join(
		pair("default", upstreamFlags, plain, upstreamFlags, peerWay),
		pair("-O", upstreamFlags, optimised, upstreamFlags, peerWay))...)
	one("Against the default link of what dynruntime.mk's flags make:", join(
		pair("dynruntime.mk's flags, -O", upstreamFlags, optimised, upstreamFlags, plain),
		pair("build's flags", buildFlags, plain, upstreamFlags, plain),
		pair("build's flags, -O", buildFlags, optimised, upstreamFlags, plain))...)
	for _, flags := range []string{upstreamFlags, buildFlags} {
		fmt.Fprintf(&b, "What each relaxation saves of RAM with the flags `%s`, mean: how much larger -O without it is, in %% of the default link:\n\n%s\n", flags, ablation(list, flags, true))
		fmt.Fprintf(&b, "The same of files:\n\n%s\n", ablation(list, flags, false))
	}
	b.WriteString("The modules:\n\n" + kinds(list))
	return b.String()
}

// ratioTable has the mean and the worst of ratios for each architecture.
func ratioTable(list []*sizeLink, ratios []ratio) string {
	head := []string{"architecture"}
	for _, r := range ratios {
		head = append(head, r.title, "worst")
	}
	rows := [][]string{head}
	for _, arch := range append(slices.Clone(modules.Archs), "all") {
		cells := []string{arch}
		for _, r := range ratios {
			cells = append(cells, r.cells(list, arch)...)
		}
		rows = append(rows, cells)
	}
	return markdown(rows)
}

// cells are the mean and the worst of an architecture, or of all.
func (r *ratio) cells(list []*sizeLink, arch string) []string {
	sum, n, worst, name := 0.0, 0, 0.0, ""
	for _, l := range list {
		if l.flags != r.flags || arch != "all" && l.arch != arch {
			continue
		}
		of := partner(list, l, r.ofFlags)
		if of == nil {
			continue
		}
		a, ok := l.sizes[r.way]
		b, ok2 := of.sizes[r.ofWay]
		if !ok || !ok2 {
			continue
		}
		value := float64(a.ram) / float64(b.ram)
		if !r.ram {
			value = float64(a.file) / float64(b.file)
		}
		sum, n = sum+value, n+1
		if value > worst {
			worst, name = value, l.module
			if arch == "all" {
				name += " " + l.arch
			}
		}
	}
	if n == 0 {
		return []string{"-", "-"}
	}
	mean := fmt.Sprintf("%.3f", sum/float64(n))
	if r.numbered {
		mean += fmt.Sprintf(" (%d)", n)
	}
	return []string{mean, fmt.Sprintf("%.3f %s", worst, name)}
}

// partner is the same module with other flags.
func partner(list []*sizeLink, l *sizeLink, flags string) *sizeLink {
	i := slices.IndexFunc(list, func(o *sizeLink) bool { return o.module == l.module && o.arch == l.arch && o.flags == flags })
	if i < 0 {
		return nil
	}
	return list[i]
}

// ablation is how much larger modules are without each relaxation.
func ablation(list []*sizeLink, flags string, ram bool) string {
	rows := [][]string{append([]string{"relaxation"}, modules.Archs...)}
	for _, name := range mpyld.Relaxations() {
		cells := []string{name}
		for _, arch := range modules.Archs {
			sum, n := 0.0, 0
			for _, l := range list {
				if l.arch != arch || l.flags != flags {
					continue
				}
				without, with, of := l.sizes[name], l.sizes[optimised], l.sizes[plain]
				if ram {
					sum += float64(without.ram-with.ram) / float64(of.ram)
				} else {
					sum += float64(without.file-with.file) / float64(of.file)
				}
				n++
			}
			cells = append(cells, fmt.Sprintf("%.2f", 100*sum/float64(max(n, 1))))
		}
		rows = append(rows, cells)
	}
	return markdown(rows)
}

// kinds lists the modules that were linked, by kind.
func kinds(list []*sizeLink) string {
	names := map[string][]string{}
	for _, l := range list {
		if !slices.Contains(names[l.kind], l.module) {
			names[l.kind] = append(names[l.kind], l.module)
		}
	}
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(names)) {
		slices.Sort(names[kind])
		fmt.Fprintf(&b, "* %s (%d): %s\n", kind, len(names[kind]), strings.Join(names[kind], ", "))
	}
	return b.String()
}
