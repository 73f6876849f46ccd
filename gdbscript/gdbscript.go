// Package gdbscript writes what tells gdb where a module is: a script for each way to find that out.
//
// It stands apart from debugelf because it is about another program and its language. It must
// never say that a module is somewhere without having looked: where memory can be read, the script compares it.
package gdbscript

import (
	"fmt"
	"strings"

	"mpyld/debugelf"
	"mpyld/diag"
)

// A module has no address before it is loaded, so a debugger has to be told:
//
//	the firmware has symbols     a breakpoint where it has just loaded a function; its arguments say where
//	the address is known         add-symbol-file with that
//	a function object is known   what id() says of it, and the word of it that is the function's address
//
// Where text is, is enough: addresses of the memory beside it are in text, once that is loaded (debugelf.Landmark).
//
//	set $wave_text = (unsigned long)$r2
//	set $wave_bss = *(unsigned int *)($wave_text+0x24)-0x8
//	add-symbol-file wave.elf $wave_text -s .bss $wave_bss

// Loaded is where a module is on a device.
type Loaded struct {
	Text uint64
	RAM  map[string]uint64 // by name of section, .bss and .rodata, as far as it is known
}

// At is where a module is whose text and whose RAM are at addresses; ram is nil if that is not known.
func At(c *debugelf.Companion, text uint64, ram *uint64) *Loaded {
	at := &Loaded{Text: text}
	if ram != nil {
		at.put(c, debugelf.RAMBase, *ram)
	}
	return at
}

// put says that what has an address of the companion is at one of the device. So is all that is of the same block.
func (at *Loaded) put(c *debugelf.Companion, addr, device uint64) {
	at.RAM = map[string]uint64{}
	for i := range c.Regions {
		if r := &c.Regions[i]; r.Name != ".text" && (r.Addr >= debugelf.RodataBase) == (addr >= debugelf.RodataBase) {
			at.RAM[r.Name] = device + r.Addr - addr
		}
	}
}

// script is one under construction.
type script struct {
	strings.Builder
	*debugelf.Companion
	file   string // the companion, as gdb reads it
	name   string // what its variables begin with
	indent string
}

// New returns the script that adds the symbols of a companion, which is at a path, for gdb. Where the module is comes from the
// firmware's breakpoint if at is nil. The firmware may be nil, if gdb knows it. The error is a *diag.Error.
func New(file string, c *debugelf.Companion, at *Loaded, fw *Firmware) (string, error) {
	quoted, err := quote(file)
	if err != nil {
		return "", err
	}
	s := &script{Companion: c, file: quoted, name: variable(c.Module)}
	s.line("# For gdb: where the module %s (%s) is, by mpyld gdb.", diag.Plain(c.Module), c.Machine.Name)
	s.line("# It reads %s, whose name is as it was given.", diag.Plain(file))
	if at == nil {
		s.waiting(fw)
	} else {
		s.given(at, fw)
	}
	return s.String(), nil
}

// set gives a variable a value. Expressions are C's, and gdb reads them as the language of the function that
// it has stopped in, which may be Rust.
func (s *script) set(name, format string, args ...any) {
	s.line("with language c -- set %s = %s", name, fmt.Sprintf(format, args...))
}

// when does something if a condition holds, and else the other, which may be nil.
func (s *script) when(then, otherwise func(), format string, args ...any) {
	s.set("$"+s.name+"_so", format, args...)
	s.line("if $%s_so", s.name)
	s.deeper(then)
	if otherwise != nil {
		s.line("else")
		s.deeper(otherwise)
	}
	s.line("end")
}

func (s *script) line(format string, args ...any) {
	fmt.Fprintf(s, s.indent+format+"\n", args...)
}

// given is for a module that is loaded.
func (s *script) given(at *Loaded, fw *Firmware) {
	s.forget()
	s.set(s.text(), "%#x", at.Text)
	if fw != nil {
		if r := fw.over(at.Text, s.TextSize); r != nil {
			s.hidden(fw, r)
		}
	}
	// Without a process there is no memory.
	s.when(func() {
		s.line("echo mpyld: gdb is connected to nothing, and cannot see whether %s is there. Source this script again when it is.\\n", s.plain())
		s.add(at, false)
	}, func() {
		s.when(func() { s.add(at, true) }, func() {
			s.line("echo mpyld: what is at this address is not %s: it has moved, or is from another link\\n", s.plain())
		}, "%s", s.isHere(s.text()))
	}, "$_thread == 0")
}

// waiting is for a module that will be loaded.
func (s *script) waiting(fw *Firmware) {
	args := s.Machine.GDBArgs
	s.line("# The firmware calls this function with each native function that it has loaded; one of kind 4 is a module.")
	s.line("with language c -- break *%s if %s == 4 && %s == %d && %s", loads, args[1], args[3], s.TextSize, s.isHere("("+args[2]+")"))
	s.line("commands")
	s.deeper(func() {
		s.line("silent")
		s.forget()
		s.set(s.text(), "(unsigned long)%s", args[2])
		for i := range fw.memory() {
			r := &fw.sections[i]
			s.when(func() { s.hidden(fw, r) }, nil, "%s >= %#x && %s < %#x", s.text(), r.start, s.text(), r.end)
		}
		s.add(&Loaded{}, true)
		s.line("continue")
	})
	s.line("end")
	s.line("# Breakpoints may be set before the module is there.")
	s.line("set breakpoint pending on")
}

// forget removes the symbols of where the module was before.
func (s *script) forget() {
	s.when(func() { s.line("with confirm off -- remove-symbol-file -a $%s_added", s.name) }, nil, "!$_isvoid($%s_added)", s.name)
}

// add adds the symbols, with the memory beside text where it is given, or where text says, if that can be read.
func (s *script) add(at *Loaded, canRead bool) {
	words := []string{"add-symbol-file", s.file, s.text()} // not -o, which undoes each -s (seen with gdb 13)
	for i := range s.Regions {
		r := &s.Regions[i]
		if r.Name == ".text" {
			continue
		}
		base := "$" + s.name + "_" + r.Name[1:]
		known, ok := at.RAM[r.Name]
		switch where := s.landmark(r); {
		case ok:
			s.set(base, "%#x", known)
		case where != "" && canRead:
			s.set(base, "%s", where)
		default:
			s.line("# Nobody says where %s is: its variables have no address.", r.Name)
			continue
		}
		words = append(words, "-s", r.Name, base)
	}
	s.line("with confirm off -- %s", strings.Join(words, " "))
	s.line("set $%s_added = %s", s.name, s.text())
	s.line(`printf "%s: text is at %%#lx\n", %s`, s.plain(), s.text())
}

// landmark is an expression for where a region is in memory; "" if text does not say.
func (s *script) landmark(r *debugelf.Region) string {
	for _, l := range s.Landmarks {
		if "."+l.Kind != r.Name {
			continue
		}
		if addend, ok := s.Word(l.Off); ok {
			typ := "unsigned int"
			if s.Machine.Word == 8 {
				typ = "unsigned long"
			}
			return fmt.Sprintf("*(%s *)(%s+%#x)-%#x", typ, s.text(), l.Off, addend)
		}
	}
	return ""
}

// isHere is a condition: the module's text is at an address, an expression.
func (s *script) isHere(text string) string {
	var all []string
	for _, l := range s.Landmarks {
		if value, ok := s.Word(l.Off); ok && l.Kind == debugelf.Fixed {
			all = append(all, fmt.Sprintf("*(unsigned int *)(%s+%#x) == %#x", text, l.Off, uint32(value)))
		}
	}
	if all == nil {
		return "1"
	}
	return strings.Join(all, " && ")
}

// hidden says that a section of the firmware covers the module.
func (s *script) hidden(fw *Firmware, r *covered) {
	s.line("# gdb finds functions by the sections they are in, and the first that has an address wins.")
	s.line("echo mpyld: %s of the firmware has this address (a heap is there), and gdb takes %s for a part of it.\\n", r.name, s.plain())
	s.line("echo mpyld: load a copy of the firmware without it: objcopy --remove-section=%s %s COPY.elf\\n", r.name, escaped(fw.name))
}

// text is the variable that says where text is.
func (s *script) text() string { return "$" + s.name + "_text" }

// plain is the module's name, for what is printed.
func (s *script) plain() string { return escaped(s.Module) }

// escaped is a text for commands that print.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(diag.Plain(text))
}

func (s *script) deeper(lines func()) {
	s.indent += "  "
	lines()
	s.indent = s.indent[2:]
}

// variable is the start of a name that gdb takes for a variable's.
func variable(module string) string {
	module = strings.TrimSuffix(module, ".mpy")
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, "m_"+module)[2:]
}

// quote is a file's name as one word of gdb's.
func quote(name string) (string, error) {
	if strings.ContainsAny(name, "\n\r") {
		return "", diag.New(name, "gdb has no way to name such a file").Note("give it a name without line breaks")
	}
	if strings.HasPrefix(name, "~") || strings.HasPrefix(name, "-") {
		name = "./" + name // gdb would take it for a home directory, or an option
	}
	return strings.NewReplacer(`\`, `\\`, ` `, `\ `, `'`, `\'`, `"`, `\"`, "\t", "\\\t").Replace(name), nil
}
