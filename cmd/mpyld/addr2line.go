package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
)

// addr2lineVerb says what is at addresses of a device.
func addr2lineVerb() *cli.Command {
	var text, ram, rodata, mpy string
	rows := func() []cli.Flag {
		return []cli.Flag{
			&option{"text", "", "BASE", "the module's text is loaded at BASE", setText(&text)},
			&option{"ram", "", "BASE", "its memory beside it, bss and rodata, is at BASE", setText(&ram)},
			&option{"rodata", "", "BASE", "rodata is at BASE, of a module for MicroPython 1.18 and before, where it is a block of its own", setText(&rodata)},
			&option{"mpy", "", "FILE.mpy", "the module that is on the device (default: NAME.mpy beside NAME.elf, if it is there)", setText(&mpy)},
		}
	}
	return newVerb("addr2line", "say which function and line of a source is at an address, by the file of --debug-elf", "--text BASE [--ram BASE] [--rodata BASE] NAME.elf [ADDR...]", rows, func(words []string, c *cli.Context) error {
		if len(words) == 0 || text == "" {
			return usage(diag.New("", "addr2line takes the file of --debug-elf and where the module is loaded").
				Note("usage: %s", c.Command.UsageText).Note("without addresses it reads a register dump or the like from the standard input"))
		}
		l := locator{out: c.App.Writer}
		var errs diag.List
		l.module.text = parseAddress("--text", text, &errs)
		for _, block := range []struct {
			option, base string
			companion    uint64
		}{{"--ram", ram, mpyld.DebugRAMBase}, {"--rodata", rodata, mpyld.DebugRodataBase}} {
			if block.base != "" {
				l.module.blocks = append(l.module.blocks, [2]uint64{parseAddress(block.option, block.base, &errs), block.companion})
			}
		}
		var addrs []uint64
		for _, word := range words[1:] {
			addrs = append(addrs, parseAddress("", word, &errs))
		}
		if len(errs) > 0 {
			return usage(errs.Err())
		}
		var err error
		if l.file, err = mpyld.OpenDebugELF(system{}, words[0]); err != nil {
			return err
		}
		if err := matches(l.file, words[0], mpy); err != nil {
			return err
		}
		if len(addrs) > 0 {
			return l.each(addrs)
		}
		return l.dump(c.App.Reader)
	})
}

// parseAddress reads a hexadecimal number, with or without 0x.
func parseAddress(option, word string, errs *diag.List) uint64 {
	v, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(word), "0x"), 16, 64)
	if err != nil {
		errs.Add("", "%s: is not an address", strings.TrimSpace(option+" "+word)).Note("addresses are hexadecimal, with or without 0x")
	}
	return v
}

// loaded is where a module is on a device.
type loaded struct {
	text   uint64
	blocks [][2]uint64 // beside it: where on the device, and where in the companion
}

// locator says what is at addresses.
type locator struct {
	out    io.Writer
	file   *mpyld.Companion
	module loaded
}

// each says what is at each address.
func (l *locator) each(addrs []uint64) error {
	for _, addr := range addrs {
		lines := l.at(addr)
		if lines == nil {
			lines = []string{"not in the module"}
		}
		if err := l.print(addr, lines); err != nil {
			return err
		}
	}
	return nil
}

// maxDump caps what is read from the standard input, in bytes.
const maxDump = 1 << 20

// dump says what is at the addresses in a text, of those that are in the module.
func (l *locator) dump(r io.Reader) error {
	if r == nil {
		r = os.Stdin
	}
	text, err := io.ReadAll(io.LimitReader(r, maxDump))
	if err != nil {
		return diag.New("", "cannot read the standard input: %v", err)
	}
	// What begins with 0x may be an address, and what has as many digits as a register of 32 or 64 bits.
	address := regexp.MustCompile(`\b0[xX][0-9a-fA-F]+\b|\b[0-9a-fA-F]{16}\b|\b[0-9a-fA-F]{8}\b`)
	found := false
	for _, word := range address.FindAllString(string(text), -1) {
		addr, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(word), "0x"), 16, 64)
		if err != nil {
			continue
		}
		if lines := l.at(addr); lines != nil {
			found = true
			if err := l.print(addr, lines); err != nil {
				return err
			}
		}
	}
	if !found {
		return diag.New("", "no address in the text is in the module, which has %#x to %#x", l.module.text, l.module.text+l.file.TextSize).
			Note("--text is where the module is loaded, not an address in it")
	}
	return nil
}

func (l *locator) print(addr uint64, lines []string) error {
	for i, line := range lines {
		prefix := fmt.Sprintf("%#x: ", addr)
		if i > 0 {
			prefix = " (inlined by) "
		}
		if _, err := fmt.Fprintln(l.out, prefix+line); err != nil {
			return err
		}
	}
	return nil
}

// at returns what is at an address of the device; nil if that is not in the module.
func (l *locator) at(addr uint64) []string {
	if off := addr - l.module.text; off < l.file.TextSize {
		var lines []string
		for _, f := range l.file.Frames(off) {
			lines = append(lines, f.String())
		}
		if lines == nil {
			lines = []string{fmt.Sprintf("?? at text+%#x", off)}
		}
		return lines
	}
	for _, b := range l.module.blocks {
		const apart = mpyld.DebugRodataBase - mpyld.DebugRAMBase // in the companion
		if at := addr - b[0] + b[1]; addr-b[0] < apart && l.file.Has(at) {
			if name, n, ok := l.file.Symbol(at); ok {
				return []string{fmt.Sprintf("%s+%#x", diag.Plain(name), n)}
			}
			return []string{fmt.Sprintf("?? at ram+%#x", addr-b[0])}
		}
	}
	return nil
}
