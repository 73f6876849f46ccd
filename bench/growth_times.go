//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"mpyld/fixtures"
)

// How long four times as much of one thing takes. A run of a few milliseconds
// says nothing: the start of a process is most of it, and how pages and caches
// happen to lie is the rest. So there is twice as much of a thing until it
// takes long enough, or an ELF file can hold no more of it, and what a process
// takes that does nothing is subtracted. The time is that of processors, of
// which Linux knows the sum of user and system to the microsecond (but each of
// the two only by ticks of 4 ms), and of several runs the least.

const (
	enough      = 100 * time.Millisecond
	mostInput   = 64 << 20 // bytes, of four times as much
	mostRuns    = 3
	reserved    = 0xff00 // SHN_LORESERVE: from here on numbers of sections mean something else
	sectionLong = 64     // the size of a section header of ELFCLASS64, and of ELFCLASS32:
	sectionWord = 40
)

// growth prints the processor time of much of one thing, and of four times as
// much.
func (b *bench) growth() error {
	program, err := filepath.Abs(b.mpyld)
	if err != nil {
		return err
	}
	empty, err := compare([]command{{argv: []string{program, "--version"}}}, 20)
	if err != nil {
		return err
	}
	rows := [][]string{{"much of one thing", "number", "processor time", "4 times as much", "growth"}}
	for _, d := range dimensions() {
		if !b.of.MatchString(d.name) {
			continue
		}
		n, took, err := b.grow(program, &d, empty[0].leastCPU)
		if err != nil {
			return err
		}
		ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1e3) }
		row := []string{d.name, strconv.Itoa(n), ms(took[0]), ms(took[1]), fmt.Sprintf("%.1f x", float64(took[1])/float64(max(took[0], 1)))}
		if b.onlyGrowth {
			fmt.Fprintln(os.Stderr, row)
		}
		rows = append(rows, row)
	}
	fmt.Println(markdown(rows))
	return nil
}

// grow returns a number of a thing, and what as many take and four times as many.
func (b *bench) grow(program string, d *dimension, empty time.Duration) (n int, took [2]time.Duration, err error) {
	n = d.n
	first, err := b.sampleCost(program, d, n, 1)
	if err != nil {
		return 0, took, err
	}
	for have := first.leastCPU - empty; have < enough; have = max(2*have, time.Millisecond) {
		more := d.make(8 * n)
		if !more.fits() {
			break
		}
		n *= 2
	}
	for ; n > d.n; n /= 2 {
		if most, err := b.sampleCost(program, d, 4*n, 1); err != nil {
			return 0, took, err
		} else if most.failed == first.failed {
			break // and not for its size
		}
	}
	for i := range took {
		c, err := b.sampleCost(program, d, n<<(2*i), mostRuns)
		if err != nil {
			return 0, took, err
		}
		took[i] = c.leastCPU - empty
	}
	return n, took, nil
}

// fits reports whether ELF files of the sample have their number of sections, and
// there is not too much of it all.
func (s *sample) fits() bool {
	total := 0
	for _, f := range s.files {
		total += len(f.Data)
		if !sectionsFit(f) {
			return false
		}
	}
	return total <= mostInput
}

// sectionsFit: section headers are last in files that elfmake writes, so their
// number shows in the size.
func sectionsFit(f fixtures.File) bool {
	if len(f.Data) < sectionLong || string(f.Data[:4]) != "\x7fELF" {
		return true
	}
	at, size := uint64(binary.LittleEndian.Uint32(f.Data[32:])), uint64(sectionWord)
	if f.Data[4] == 2 {
		at, size = binary.LittleEndian.Uint64(f.Data[40:]), sectionLong
	}
	return (uint64(len(f.Data))-at)/size < reserved
}

// sampleCost measures a number of something.
func (b *bench) sampleCost(program string, d *dimension, n, runs int) (cost, error) {
	c, err := b.sampleCommand(program, d.arch, d.make(n))
	if err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(c.dir)
	costs, err := compare([]command{c}, runs)
	if err != nil {
		return cost{}, err
	}
	return costs[0], nil
}

// sampleCommand writes the files of a sample into a directory, makes what comes
// first, and returns the command that counts.
func (b *bench) sampleCommand(program, arch string, s sample) (command, error) {
	dir, err := os.MkdirTemp(b.dir, "")
	if err != nil {
		return command{}, err
	}
	for _, f := range s.all() {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o666); err != nil {
			return command{}, err
		}
	}
	for _, args := range s.setup {
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return command{}, fmt.Errorf("%w\n%s", err, out)
		}
	}
	return command{argv: append([]string{program}, s.argv(arch)...), dir: dir, output: filepath.Join(dir, "out.mpy"), mayFail: true}, nil
}
