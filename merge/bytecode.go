package merge

import (
	"fmt"
	"slices"

	"mpyld/mpytree"
)

// Bytecode has names and constants by index into its file's tables, and the merged tables
// have them elsewhere. A larger index takes more bytes: jumps over it get longer, and line
// numbers belong to other offsets. So code is taken apart into instructions whose jumps
// lead to instructions, the indices are moved, and it is put together again.
//
//	11 7f       LOAD_NAME 127, behind one name of another module
//	11 81 00    LOAD_NAME 128, a byte longer

// bytecode returns the body of c with its indices moved.
func (m *rebaser) bytecode(c *mpytree.Code) ([]byte, error) {
	f := m.in.File
	p, err := c.Prelude(f.Version)
	if err != nil {
		return nil, err
	}
	insns, err := f.Insns(c)
	if err != nil {
		return nil, err
	}
	old := offsets(insns, len(c.Body))
	if err := m.retarget(insns, old); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Text(p.Names[0]), err)
	}
	code, places, err := assemble(insns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Text(p.Names[0]), err)
	}
	var info []byte
	for _, name := range p.Names {
		info = mpytree.AppendUint(info, m.qstrs[name])
	}
	info = mpytree.AppendLines(info, moveLines(c.Body[p.Lines:p.Cells], p.Code, old, places))
	body := slices.Clone(c.Body[p.Off:p.Sizes])
	body = mpytree.AppendSizes(body, len(info), p.Code-p.Cells)
	body = append(body, info...)
	body = append(body, c.Body[p.Cells:p.Code]...)
	return append(body, code...), nil
}

// offsets returns where each instruction starts, and where the last ends.
func offsets(insns []mpytree.Insn, end int) []int {
	list := make([]int, 0, len(insns)+1)
	for i := range insns {
		list = append(list, insns[i].Off)
	}
	return append(list, end)
}

// retarget moves indices, and makes the targets of jumps numbers of
// instructions.
func (m *rebaser) retarget(insns []mpytree.Insn, old []int) error {
	for i := range insns {
		in := &insns[i]
		switch {
		case mpytree.FormatOf(in.Op) == mpytree.FormatQStr:
			in.Arg = m.qstrs[in.Arg]
		case in.Op == mpytree.OpLoadConstObj:
			in.Arg += m.objs
		case mpytree.FormatOf(in.Op) == mpytree.FormatOffset:
			k, ok := slices.BinarySearch(old, in.Target)
			if !ok {
				return fmt.Errorf("the jump at %d leads to %d, into an instruction", in.Off, in.Target)
			}
			in.Target = k
		}
	}
	return nil
}

// assemble encodes instructions whose jumps lead to numbers of instructions.
func assemble(insns []mpytree.Insn) (code []byte, places []int, err error) {
	chooseOffsets(insns)
	places = placesOf(insns)
	for i := range insns {
		in := insns[i]
		in.Off = places[i]
		if mpytree.FormatOf(in.Op) == mpytree.FormatOffset {
			in.Target = places[in.Target]
		}
		if code, err = mpytree.AppendInsn(code, &in); err != nil {
			return nil, nil, err
		}
	}
	return code, places, nil
}

// placesOf returns where instructions start, and where the last ends.
func placesOf(insns []mpytree.Insn) []int {
	places := make([]int, len(insns)+1)
	for i := range insns {
		places[i+1] = places[i] + encodedSize(&insns[i])
	}
	return places
}

// encodedSize is what an instruction takes with its present arguments.
func encodedSize(in *mpytree.Insn) int {
	probe := *in
	probe.Off, probe.Target = 0, 1+in.OffsetSize // the distance is 0, which always fits
	b, _ := mpytree.AppendInsn(nil, &probe)
	return len(b)
}

// moveLines returns line numbers for the places that instructions have now.
// Offsets count from the first instruction, which was at start.
func moveLines(b []byte, start int, old, places []int) []mpytree.Line {
	lines := mpytree.MergeLines(mpytree.LineMap(6, b))
	for i := range lines {
		k, _ := slices.BinarySearch(old, start+lines[i].Off)
		lines[i].Off = places[min(k, len(places)-1)]
	}
	return lines
}
