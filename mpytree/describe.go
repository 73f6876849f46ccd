package mpytree

import "fmt"

// Describe is an instruction as a line of a listing, without its place.
func (f *File) Describe(c *Code, in *Insn) string {
	name := OpName(in.Op)
	switch FormatOf(in.Op) {
	case FormatQStr:
		name += " " + f.QStrArg(c, in)
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
