//go:build linux

package main

import (
	"fmt"
	"strings"
)

// row formats the costs of one module; the first linker is the one the others
// are compared with.
func row(name string, costs []cost) []string {
	cells := []string{name}
	for i, c := range costs {
		ms, mib := float64(c.time.Microseconds())/1e3, float64(c.memory)/1024
		cells = append(cells, fmt.Sprintf("%.1f ms", ms), fmt.Sprintf("%.1f MiB", mib))
		if i > 0 {
			cells = append(cells,
				fmt.Sprintf("%.0f x", float64(c.time)/float64(costs[0].time)),
				fmt.Sprintf("%.1f x", float64(c.memory)/float64(costs[0].memory)))
		}
	}
	return cells
}

func table(linkers []linker, rows [][]string) string {
	head := []string{"module"}
	for i, l := range linkers {
		head = append(head, l.name+" time", "peak memory")
		if i > 0 {
			head = append(head, "time", "memory")
		}
	}
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---:"
	}
	rule[0] = "---"
	var b strings.Builder
	for _, cells := range append([][]string{head, rule}, rows...) {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String()
}
