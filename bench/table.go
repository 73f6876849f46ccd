//go:build linux

package main

import (
	"fmt"
	"strings"
)

// programs are the columns, in the order of costs; ratios are to the first.
var programs = []string{"mpyld", "mpy_ld.py", "ld -r"}

// A table is rows of costs under a heading.
type table struct {
	title    string
	programs []string
	rows     []tableRow
}

type tableRow struct {
	name  string
	size  int64 // bytes of input
	costs []cost
}

func newTable(title string) *table { return &table{title: title, programs: programs} }

func (t *table) add(name string, size int64, costs []cost) {
	t.rows = append(t.rows, tableRow{name, size, costs})
}

// only drops the columns of all other programs.
func (t *table) only(program string) *table {
	t.programs = []string{program}
	return t
}

func (t *table) String() string {
	head := []string{t.title, "input"}
	for _, p := range t.programs {
		head = append(head, p+" time", "memory")
	}
	rows := [][]string{head}
	for _, r := range t.rows {
		cells := []string{r.name, mib(r.size)}
		for i := range t.programs {
			cells = append(cells, r.costs[i].cells(r.costs[0])...)
		}
		rows = append(rows, cells)
	}
	return markdown(rows)
}

// cells shows a cost, and in brackets how it compares with the first program's.
func (c cost) cells(first cost) []string {
	if c.time == 0 {
		return []string{"-", "-"}
	}
	time, memory := fmt.Sprintf("%.1f ms", c.ms()), mib(c.memory<<10)
	if c != first {
		time += fmt.Sprintf(" (%s x)", factor(float64(c.time)/float64(first.time)))
		memory += fmt.Sprintf(" (%s x)", factor(float64(c.memory)/float64(first.memory)))
	}
	return []string{time, memory}
}

// factor formats a ratio with two digits that mean something.
func factor(f float64) string {
	if f < 10 {
		return fmt.Sprintf("%.2g", f)
	}
	return fmt.Sprintf("%.0f", f)
}

func (c cost) ms() float64 { return float64(c.time.Microseconds()) / 1e3 }

func mib(bytes int64) string {
	if bytes < 100<<10 {
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}

// growthTable shows how many times more four times as much costs. It compares
// the best runs: the two sizes do not take turns, and something may have
// disturbed one of them.
type growthTable struct{ rows [][]string }

func (g *growthTable) add(name string, quarter, whole []cost) {
	cells := []string{name}
	for i := range programs {
		cell := "-"
		if quarter[i].best > 0 && whole[i].best > 0 {
			cell = fmt.Sprintf("%.1f x", float64(whole[i].best)/float64(quarter[i].best))
		}
		cells = append(cells, cell)
	}
	g.rows = append(g.rows, cells)
}

func (g *growthTable) String() string {
	return markdown(append([][]string{append([]string{"time of 4 times as much"}, programs...)}, g.rows...))
}

// markdown formats a table; the first row is its head.
func markdown(rows [][]string) string {
	var b strings.Builder
	for i, cells := range rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			b.WriteString("| ---" + strings.Repeat(" | ---:", len(cells)-1) + " |\n")
		}
	}
	return b.String()
}
