package mpytree

import (
	"fmt"
	"strconv"
	"strings"
)

// Describe is an instruction as a line of a listing, without its place.
func (f *File) Describe(c *Code, in *Insn) string {
	name := OpName(in.Op)
	switch FormatOf(in.Op) {
	case FormatQStr:
		if in.Op == OpLoadConstString {
			name += " " + strconv.Quote(f.QStrArg(c, in))
		} else {
			name += " " + Word(f.QStrArg(c, in))
		}
	case FormatUint:
		name += " " + f.describeUint(c, in)
	case FormatOffset:
		name += fmt.Sprintf(" %d", in.Target)
	}
	if in.HasExtra() {
		name += fmt.Sprintf(" (%d)", in.Extra)
	}
	return name
}

func (f *File) describeUint(c *Code, in *Insn) string {
	switch in.Op {
	case OpLoadConstInt:
		return fmt.Sprint(in.Signed)
	case OpLoadConstObj:
		if o := f.Constant(c, in.Arg); o != nil {
			return o.String()
		}
	case OpMakeFunction, OpMakeFunctionDef, OpMakeClosure, OpMakeClosureDef:
		if child := f.Child(c, in.Arg); child != nil && f.Name(child) != "" {
			return fmt.Sprintf("%d %s", in.Arg, Word(f.Name(child)))
		}
	}
	return fmt.Sprint(in.Arg)
}

// Constant is the object that an OpLoadConstObj with an argument loads; nil if
// there is none, or it is not known yet.
func (f *File) Constant(c *Code, arg uint64) *Object {
	list := f.Objects
	if f.Version == 5 {
		list = c.Objects
		if arg -= uint64(len(c.ArgNames)); arg >= uint64(len(list)) {
			return nil
		}
	}
	if arg >= uint64(len(list)) {
		return nil
	}
	return &list[arg]
}

// linesText shows a line map: offset:line for each entry.
func linesText(lines []Line) string {
	words := make([]string, len(lines))
	for i, l := range lines {
		words[i] = fmt.Sprintf("%d:%d", l.Off, l.Line)
	}
	return strings.Join(words, " ")
}

func cellsText(locals []byte) string {
	return "locals " + strings.Trim(fmt.Sprint(locals), "[]")
}

// Child is the code that an OpMakeFunction or OpMakeClosure with an argument is
// about; nil if there is none, or it is not known yet.
func (f *File) Child(c *Code, arg uint64) *Code {
	if f.Version == 5 {
		arg -= uint64(len(c.ArgNames) + len(c.Objects))
	}
	if arg >= uint64(len(c.Children)) {
		return nil
	}
	return c.Children[arg]
}

// Name is the name of a function, or of the body of a class or module; "" of
// code that has none.
func (f *File) Name(c *Code) string {
	if f.Version == 5 {
		return c.Name.Text
	}
	if p, err := c.Prelude(6); err == nil && p != nil && len(p.Names) > 0 {
		return f.Text(p.Names[0])
	}
	return ""
}

// Word is a name as it can stand in a line of text: quoted, unless it is plain.
func Word(name string) string {
	quoted := strconv.Quote(name)
	if name == "" || strings.Contains(name, " ") || quoted[1:len(quoted)-1] != name {
		return quoted
	}
	return name
}
