//go:build linux

package main

import (
	"fmt"
	"time"

	"mpyld/audit"
	"mpyld/elfload"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// The checks of a link run beside each other, so their cost is not what a process takes
// longer for them: here each step runs alone, in turn.

// checked are the times of one link's steps.
type checked struct{ link, replay, second time.Duration }

// best takes over what of another run was faster.
func (c *checked) best(d checked) {
	c.link, c.replay, c.second = min(c.link, d.link), min(c.replay, d.replay), min(c.second, d.second)
}

// linkChecked does what the mpyld command does with objects, but for files.
func linkChecked(arch string, objects [][]byte) (c checked, err error) {
	start := time.Now()
	lap := func(d *time.Duration) {
		now := time.Now()
		*d, start = now.Sub(start), now
	}
	in := link.Input{ABI: mpyfile.Latest, Arch: machines.For(arch), SourceName: "module.mpy"}
	for i, data := range objects {
		obj, err := elfload.Load(fmt.Sprintf("part%d.o", i), data, in.Arch)
		if err != nil {
			return c, err
		}
		in.Objects = append(in.Objects, obj)
	}
	in.Names = elfload.NewNames(in.Objects)
	res, err := link.Link(in)
	if err != nil {
		return c, err
	}
	data, err := mpywriter.Write(res.File)
	if err != nil {
		return c, err
	}
	lap(&c.link)
	if err := simload.Verify(data, res.Map); err != nil {
		return c, err
	}
	lap(&c.replay)
	err = audit.Check(&audit.Input{Objects: in.Objects, Names: in.Names, Machine: in.Arch, ABI: in.ABI, SourceName: in.SourceName}, audit.Output{Map: res.Map, File: res.File})
	lap(&c.second)
	return c, err
}

// checks prints what the two checks of a link add to it.
func (b *bench) checks() error {
	rows := [][]string{{"module", "link", "relocations replayed", "second look at the inputs"}}
	for _, r := range recipes {
		for _, functions := range []int{8, 16000} {
			for _, split := range []bool{false, true} {
				var c checked
				objects := generate(r, functions, 8, split)
				for i := range max(5, b.runs/2) {
					run, err := linkChecked(r.arch, objects)
					if err != nil {
						return err
					}
					if i == 0 {
						c = run
					}
					c.best(run)
				}
				rows = append(rows, []string{bigName(r, functions, split), milliseconds(c.link), c.share(c.replay), c.share(c.second)})
			}
		}
	}
	fmt.Println(markdown(rows))
	return nil
}

// share formats a time, and how much it adds to a link with the replay.
func (c *checked) share(d time.Duration) string {
	rest := c.link + c.replay
	if d == c.replay {
		rest = c.link
	}
	return fmt.Sprintf("%s (+%.0f %%)", milliseconds(d), 100*float64(d)/float64(rest))
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1e3) }
