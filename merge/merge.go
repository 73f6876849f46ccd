// Package merge makes one module of several: a few bytes of bytecode that run them
// one after another, with their tables put together.
//
// It stands apart because it works on trees alone, of whatever compiler or
// linker. It must never change what code does: what it cannot move it refuses.
package merge

import (
	"slices"

	"mpyld/diag"
	"mpyld/mpytree"
)

// Importing a module runs its outermost code. That of the merged module makes a function
// of each input's outermost code and calls it.
//
//	32 00 34 00 59    MAKE_FUNCTION 0, CALL_FUNCTION 0, POP_TOP
//	32 01 34 00 59    MAKE_FUNCTION 1, CALL_FUNCTION 0, POP_TOP
//	51 63             LOAD_CONST_NONE, RETURN_VALUE

// Input is a module to merge, and its name for errors.
type Input struct {
	Name string
	File *mpytree.File
}

// Options are the choices that change the output.
type Options struct {
	// ShareNames stores a name once that several modules have. Only bytecode can
	// share: linked code reaches names by their place.
	ShareNames bool
}

// Merge returns a module that runs inputs, at least two of them. As with
// mpy-tool.py, in version 6 those with native code run first. The inputs are not
// changed.
func Merge(inputs []Input, opts Options) (*mpytree.File, error) {
	var errs diag.List
	out := header(inputs, &errs)
	if errs.Err() != nil {
		return nil, errs.Err()
	}
	if out.Version == 5 {
		version5(out, inputs)
		return out, nil
	}
	inputs = slices.Clone(inputs)
	slices.SortStableFunc(inputs, func(a, b Input) int { return rank(a) - rank(b) })
	version6(out, inputs, opts, &errs)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// rank puts native code first.
func rank(in Input) int {
	if in.File.ArchCode() != 0 {
		return 0
	}
	return 1
}

// header returns a file that needs what any of the inputs needs.
func header(inputs []Input, errs *diag.List) *mpytree.File {
	first := inputs[0]
	out := &mpytree.File{Maker: first.File.Maker, Version: first.File.Version}
	var native *Input
	for i := range inputs {
		in := &inputs[i]
		f := in.File
		differ := func(what string, other *Input) {
			errs.Add(in.Name, "cannot be merged with %s: %s", other.Name, what)
		}
		switch {
		case f.Maker != out.Maker:
			differ("one is for MicroPython, the other for CircuitPython", &first)
			continue
		case f.Version != out.Version:
			differ("the mpy versions differ", &first)
			continue
		case out.Version == 5 && f.Feature&3 != first.File.Feature&3:
			differ("the feature flags of their headers differ", &first)
			continue
		}
		out.SmallIntBits = max(out.SmallIntBits, f.SmallIntBits)
		out.Window = max(out.Window, f.Window)
		if f.ArchCode() == 0 {
			continue
		}
		switch {
		case native == nil:
			native = in
		case f.ArchCode() != native.File.ArchCode():
			differ("it is native code for "+f.ArchName()+", the other for "+native.File.ArchName(), native)
		case f.Header().Sub() != native.File.Header().Sub():
			differ("the sub-versions of native code differ", native)
		}
		out.ArchFlags |= f.ArchFlags
		out.Feature |= f.Feature
	}
	if out.Version == 5 {
		out.Feature |= first.File.Feature & 3
	}
	return out
}

// emptyName is what a merged module is called that has no name from its parts.
var emptyName = mpytree.QStr{Form: mpytree.Numbered}

// version5 has no tables: a module is what its code contains.
func version5(out *mpytree.File, inputs []Input) {
	for _, in := range inputs {
		out.Code = appendChild(out.Code, in.File.Code)
	}
	out.Code.Name, out.Code.Source = emptyName, emptyName
	out.Code.Body = outer(5, len(inputs))
}

func appendChild(parent, child *mpytree.Code) *mpytree.Code {
	if parent == nil {
		parent = &mpytree.Code{}
	}
	parent.Children = append(parent.Children, child)
	return parent
}

// outer is bytecode that makes a function of each child and calls it.
func outer(version byte, children int) []byte {
	p := mpytree.Prelude{State: 1}
	body := p.AppendSignature(nil)
	if version == 5 {
		body = mpytree.AppendSizes(body, 4, 0)
		body = append(body, 0, 0, 0, 0) // the two names, stored by the firmware
	} else {
		body = mpytree.AppendSizes(body, 1, 0)
		body = append(body, 0) // named like the first module
	}
	for i := range children {
		body = append(body, mpytree.OpMakeFunction)
		body = mpytree.AppendUint(body, uint64(i))
		body = append(body, mpytree.OpCallFunction, 0, mpytree.OpPopTop)
	}
	return append(body, mpytree.OpLoadConstNone, mpytree.OpReturnValue)
}

// version6 puts the tables together. A module's own tables become a part of
// them, from a base on. Compilers write indices into machine code, which cannot
// be found there, so a module with such code needs base 0.
func version6(out *mpytree.File, inputs []Input, opts Options, errs *diag.List) {
	children := make([]*mpytree.Code, len(inputs))
	var fixed *Input
	order := make([]int, 0, len(inputs))
	for i := range inputs {
		in := &inputs[i]
		if !pinned(in.File) {
			order = append(order, i)
			continue
		}
		order = slices.Insert(order, 0, i)
		if fixed != nil {
			errs.Add(in.Name, "has compiled functions in native code, and so has %s: their places in the tables are fixed", fixed.Name).
				Note("merge one of them with bytecode and linked modules only, and import the other")
		}
		fixed = in
	}
	names := map[string]uint64{}
	for _, i := range order {
		in := &inputs[i]
		m := &rebaser{in: in, qstrs: make([]uint64, len(in.File.QStrs)), objs: uint64(len(out.Objects)), errs: errs}
		m.base = uint64(len(out.QStrs))
		share := opts.ShareNames && in.File.ArchCode() == 0
		for k, q := range in.File.QStrs {
			index, ok := names[q.Text]
			if !ok || !share {
				index = uint64(len(out.QStrs))
				out.QStrs = append(out.QStrs, q)
				if !ok {
					names[q.Text] = index
				}
			}
			m.qstrs[k] = index
		}
		m.still = m.nothingMoved()
		out.Objects = append(out.Objects, in.File.Objects...)
		children[i] = m.code(in.File.Code)
	}
	if len(out.QStrs) == 0 { // no compiler leaves its file without a name, but the reader allows it
		out.QStrs = []mpytree.QStr{emptyName}
	}
	out.Code = &mpytree.Code{Body: outer(6, len(inputs)), Children: children}
}

// pinned says that indices into the tables are in machine code.
func pinned(f *mpytree.File) bool {
	return slices.ContainsFunc(f.Codes(), func(c *mpytree.Code) bool {
		return c.Kind == mpytree.NativePy || c.Kind == mpytree.Viper && !f.Linked(c)
	})
}
