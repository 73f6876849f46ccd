package debuginfo

import (
	"debug/elf"
	"slices"
	"sort"
	"strings"

	"mpyld/elfload"
	"mpyld/relocs"
)

// Compilers put constants between functions, addresses among them, and line tables say of those what they say of the code
// in front. So a constant has the line of the instruction that loads it, of several the first:
//
//	     ldr r0, [pc, #4]    wave.c:14
//	     ...
//	$d:  .word sinf          what is wrong with this address is wrong with line 14
//
// Xtensa's are called literals, in sections of their own or in front of functions, and the instructions that load them have relocations.

// constants are what is known of them.
type constants struct {
	users map[place]place // by constant: the first instruction that loads it
	words map[place]bool  // on machines with literals: what holds an address among instructions
}

// isConstant reports whether a byte of a section of code is no instruction.
func (i *Info) isConstant(section int, off uint64) bool {
	s, m := &i.obj.Sections[section], i.obj.Machine()
	if m.Literal != "" {
		return strings.HasPrefix(s.Name, m.Literal) || i.known().words[place{section, off}]
	}
	if s.Shape == nil {
		return false
	}
	n := sort.Search(len(s.Shape.Data), func(n int) bool { return uint64(s.Shape.Data[n].To) > off })
	return n < len(s.Shape.Data) && uint64(s.Shape.Data[n].From) <= off
}

// user returns the first instruction that loads the constant at a place.
func (i *Info) user(at place) (user place, ok bool) {
	user, ok = i.known().users[at]
	return user, ok && i.isConstant(at.section, at.off)
}

// known looks for constants and what loads them, once.
func (i *Info) known() *constants {
	if i.constants != nil {
		return i.constants
	}
	i.constants = &constants{map[place]place{}, map[place]bool{}}
	m := i.obj.Machine()
	for n := range i.obj.Sections {
		s := &i.obj.Sections[n]
		switch {
		case s.Flags&elf.SHF_EXECINSTR == 0:
		case m.Literal != "":
			for r := range s.Relocs {
				sym := &i.obj.Symbols[r.Sym]
				if r.Howto != nil && r.Howto.Data() {
					i.constants.words[place{n, uint64(r.Off)}] = true
				}
				if r.Howto != nil && !r.Howto.Data() && !r.Howto.Branch && sym.Where == elfload.InSection && isLoad(m, s.Data[min(int(r.Off), len(s.Data)):]) {
					i.use(place{int(sym.Sect), sym.Value + uint64(r.A)}, place{n, uint64(r.Off)})
				}
			}
		case s.Shape != nil && m.Decode != nil:
			i.decode(n, s, m)
		}
	}
	return i.constants
}

// isLoad reports whether an instruction loads from an address that is in it.
func isLoad(m *relocs.Machine, code []byte) bool {
	insn := m.Decode(code)
	return isConstantLoad(&insn)
}

func isConstantLoad(insn *relocs.Insn) bool {
	return insn.Op == relocs.Constant || insn.Op == relocs.LoadPC
}

// decode looks at all code of a section.
func (i *Info) decode(n int, s *elfload.Section, m *relocs.Machine) {
	code := slices.Clone(s.Shape.Data)
	code = append(code, elfload.Range{From: uint32(len(s.Data)), To: uint32(len(s.Data))})
	at := uint32(0)
	for _, data := range code {
		for at < data.From {
			insn := m.Decode(s.Data[at:])
			if isConstantLoad(&insn) {
				pc := (int64(at) + int64(insn.PCAdd)) &^ int64(insn.PCMask)
				i.use(place{n, uint64(pc + insn.Imm)}, place{n, uint64(at)})
			}
			at += uint32(max(insn.Size, 1))
		}
		at = data.To
	}
}

// use notes who loads a constant.
func (i *Info) use(what, user place) {
	if _, ok := i.constants.users[what]; !ok {
		i.constants.users[what] = user
	}
}
