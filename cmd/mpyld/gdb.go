package main

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
)

// gdbOptions is what the options of the gdb verb set.
type gdbOptions struct {
	mpy, firmware string
	repl          bool
	object, code  string
	text, ram     string
}

// gdbVerb prints what tells gdb where a module is.
func gdbVerb() *cli.Command {
	o := &gdbOptions{}
	rows := func() []cli.Flag {
		return []cli.Flag{
			&option{"firmware", "", "F.elf", "the firmware that the module runs in: whether gdb can find the module by it, and what of it would be in the way", setText(&o.firmware)},
			&option{"repl", "", "", "print a line for the device instead, which says where its functions are", setTrue(&o.repl)},
			&option{"object", "", "NAME=ADDR", "id() of the function object NAME is ADDR", setText(&o.object)},
			&option{"code", "", "ADDR", "its code is at ADDR; several with commas are the words behind its first", setText(&o.code)},
			&option{"text", "", "BASE", "the module's text is loaded at BASE", setText(&o.text)},
			&option{"ram", "", "BASE", "its memory beside it, bss and rodata, is at BASE", setText(&o.ram)},
			&option{"mpy", "", "FILE.mpy", "the module that is on the device (default: NAME.mpy beside NAME.elf, if it is there)", setText(&o.mpy)},
		}
	}
	return newVerb("gdb", "print a script for gdb that finds a module on the device, by the file of --debug-elf", "[OPTIONS] NAME.elf", rows, func(words []string, c *cli.Context) error {
		if len(words) != 1 {
			return usage(diag.New("", "gdb takes one file of --debug-elf").Note("usage: %s", c.Command.UsageText))
		}
		return o.print(words[0], c.App.Writer)
	})
}

func (o *gdbOptions) print(name string, w io.Writer) error {
	if err := o.check(); err != nil {
		return usage(err)
	}
	c, err := mpyld.OpenDebugELF(system{}, name)
	if err != nil {
		return err
	}
	if err := matches(c, name, o.mpy); err != nil {
		return err
	}
	if o.repl {
		_, err = io.WriteString(w, mpyld.AskDevice(c))
		return err
	}
	var fw *mpyld.Firmware
	if o.firmware != "" {
		if fw, err = mpyld.OpenFirmware(system{}, o.firmware); err != nil {
			return err
		}
	}
	at, err := o.where(c)
	if err != nil {
		return err
	}
	text, err := mpyld.GDBScript(name, c, at, fw)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

// check checks which options go together.
func (o *gdbOptions) check() error {
	switch {
	case o.repl && o.object+o.text+o.ram+o.code != "":
		return diag.New("", "--repl prints what to ask the device: addresses are what it answers").Note("give one or the other")
	case o.object != "" && o.text != "":
		return diag.New("", "--object and --text both say where text is").Note("give one of them")
	case o.code != "" && o.object == "":
		return diag.New("", "--code without --object: nobody knows what is there").Note("--object NAME=ADDR says of which function it is")
	case o.ram != "" && o.text == "":
		return diag.New("", "--ram without --text").Note("text is where the code is: give --text BASE too")
	}
	return nil
}

// matches returns an error if a companion is not that of a .mpy; "": of that beside it, if there is one.
func matches(c *mpyld.Companion, name, mpy string) error {
	given := mpy != ""
	if !given {
		if mpy = strings.TrimSuffix(name, ".elf") + ".mpy"; !exists(mpy) {
			return nil
		}
	}
	data, err := disk.Read(mpy)
	if err != nil {
		return err
	}
	if mpyld.IsCompanion(c, data) {
		return nil
	}
	e := diag.New(name, "is not the companion of %s: they are from different links, and their addresses differ", mpy).Note("link again with --debug-elf, and copy that .mpy to the device")
	if !given {
		e.Note("if another file is on the device, name it: --mpy FILE.mpy")
	}
	return e
}

// where is where the module is, as far as options say it.
func (o *gdbOptions) where(c *mpyld.Companion) (*mpyld.Loaded, error) {
	var errs diag.List
	switch {
	case o.text != "":
		text := parseAddress("--text", o.text, &errs)
		var ram *uint64
		if o.ram != "" {
			base := parseAddress("--ram", o.ram, &errs)
			ram = &base
		}
		if len(errs) > 0 {
			return nil, usage(errs.Err())
		}
		return mpyld.LoadedAt(c, text, ram), nil
	case o.object != "":
		object := &mpyld.FunctionObject{}
		name, addr, ok := strings.Cut(o.object, "=")
		if !ok {
			return nil, usage(diag.New("", "--object %s: has no address", o.object).Note("--object NAME=ADDR, as id() says it of the function"))
		}
		object.Name, object.Addr = name, parseAddress("--object "+name, addr, &errs)
		if o.code != "" {
			for word := range strings.SplitSeq(o.code, ",") {
				object.Words = append(object.Words, parseAddress("--code", word, &errs))
			}
		}
		if len(errs) > 0 {
			return nil, usage(errs.Err())
		}
		return mpyld.LocateModule(c, object)
	}
	return nil, nil
}
