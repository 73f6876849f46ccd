package gdbscript

import (
	"fmt"
	"strings"

	"mpyld/debugelf"
	"mpyld/diag"
)

// Object is what a device says of a function object.
type Object struct {
	Name  string   // the attribute's in Python, or the variable's or the function's in the source
	Addr  uint64   // what id() says
	Words []uint64 // the words behind the first: the last that there are or the one that is code
}

// Locate returns where a module is by one of its function objects. The error is a *diag.Error.
func Locate(c *debugelf.Companion, o *Object) (*Loaded, error) {
	list := c.FunctionObjects()
	f, err := choose(list, o.Name)
	if err != nil {
		return nil, err
	}
	at := &Loaded{}
	inText := f.Addr < debugelf.RAMBase
	if inText {
		at.Text = o.Addr - f.Addr
	}
	if len(o.Words) > 0 {
		code := o.Words[min(f.Word, len(o.Words))-1] &^ uint64(c.Machine.ModeBits)
		text := code - f.Code
		if inText && text != at.Text {
			return nil, diag.New("", "%s at %#x and its code at %#x are not of one %s: text would be at %#x by the one, at %#x by the other", f.Name, o.Addr, code, diag.Plain(c.Module), at.Text, text).
				Note("they have to be from one run of the device, and the companion from the link that made its .mpy")
		}
		at.Text = text
	} else if !inText {
		return nil, diag.New("", "%s is in the memory beside text: by it alone, nobody knows where text is", f.Name).Note("give --code too: mpyld gdb --repl prints what to ask the device")
	}
	if !inText {
		at.put(c, f.Addr, o.Addr)
	}
	if align := min(c.Machine.TextAlign, 16); at.Text%align != 0 {
		return nil, diag.New("", "by these addresses text would be at %#x, where no firmware loads one: its address is a multiple of %d", at.Text, align).
			Note("%s is %s of the sources, %#x of text: is it the same function in Python?", f.Name, f.Function, f.Code)
	}
	return at, nil
}

// choose returns the function object of a name.
func choose(list []debugelf.FunctionObject, name string) (*debugelf.FunctionObject, error) {
	lower := strings.ToLower(name)
	for _, same := range []func(f *debugelf.FunctionObject) bool{
		func(f *debugelf.FunctionObject) bool { return f.Name == name },
		func(f *debugelf.FunctionObject) bool { return f.Function == name },
		func(f *debugelf.FunctionObject) bool {
			return strings.TrimSuffix(strings.ToLower(f.Name), "_obj") == lower
		},
	} {
		for i := range list {
			if same(&list[i]) {
				return &list[i], nil
			}
		}
	}
	if len(list) == 0 {
		return nil, diag.New("", "the module has no function object that is a variable with a name").Note("say where text is with --text")
	}
	var names []string
	for i := range list {
		names = append(names, fmt.Sprintf("%s (of %s)", list[i].Name, list[i].Function))
	}
	return nil, diag.New("", "--object %s: the module has no such function object", diag.Plain(name)).
		Note("name the variable that it is in the source; there are: %s", diag.Plain(strings.Join(names, ", ")))
}

// REPL returns what to paste on a device, which prints for each function of the module what Locate takes, as options.
func REPL(c *debugelf.Companion) string {
	size := c.Machine.Word
	return fmt.Sprintf(`import uctypes, %s as m; w = lambda a: hex(uctypes.struct(a, {"w": uctypes.UINT%d}).w); `+
		`[print("--object %%s=%%s --code %%s,%%s" %% (n, hex(id(f)), w(id(f) + %d), w(id(f) + %d))) for n in dir(m) for f in [getattr(m, n)] if "function" in str(type(f))]`,
		variable(c.Module), 8*size, size, 2*size) + "\n"
}
