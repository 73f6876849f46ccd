package disasm

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mpyld/relocs"
)

// Part is a part of machine code that has instructions only.
type Part struct {
	Code     []byte
	From, To int
}

// Tools is how to get at the objdumps of a system. Without its functions there are
// none.
type Tools struct {
	// Find returns the path of the first of some programs that there is, or "".
	Find func(programs []string) string

	// Run returns what a program prints, whose last argument is a file with
	// this content.
	Run func(program string, args []string, file []byte) (string, error)
}

// Disassembler returns what disassembles parts of code for a machine, or nil. It takes all that there are in one go: an objdump takes long to start. Of a
// part that it cannot disassemble it has no lines.
func Disassembler(m *relocs.Machine, tools Tools) func(parts []Part) [][]Line {
	if m == nil {
		return nil
	}
	if m.Text != nil {
		return func(parts []Part) [][]Line {
			lists := make([][]Line, len(parts))
			for i, p := range parts {
				lists[i] = Lines(m, p.Code, p.From, p.To)
			}
			return lists
		}
	}
	if len(m.Objdump.Programs) == 0 || tools.Find == nil || tools.Run == nil {
		return nil
	}
	program := tools.Find(m.Objdump.Programs)
	if program == "" {
		return nil
	}
	return func(parts []Part) (lists [][]Line) {
		for some := range slices.Chunk(parts, maxParts) {
			text, err := tools.Run(program, slices.Concat([]string{"-D", "-z"}, m.Objdump.Args), elfOf(m.ELF, some))
			list := make([][]Line, len(some)) // hexadecimal digits are no lie
			if err == nil {
				readObjdump(list, some, text)
			}
			lists = append(lists, list...)
		}
		return lists
	}
}

// maxParts is how many parts of code one objdump is given: ELF has numbers for as
// many sections.
const maxParts = 60000

// readObjdump takes what an objdump prints of parts of code apart. Each is a
// section at its address, so that none is read as the rest of an instruction in
// front of it.
func readObjdump(lists [][]Line, parts []Part, text string) {
	sections := strings.Split(text, "\nDisassembly of section ")[1:]
	if len(sections) != len(parts) {
		return
	}
	for i, p := range parts {
		if list, err := parseObjdump(sections[i], p.Code, p.From, p.To); err == nil {
			lists[i] = list
		}
	}
}

// elfOf is an ELF file with a section for each part, and no symbol.
func elfOf(machine elf.Machine, parts []Part) []byte {
	const names = "\x00.text\x00.shstrtab\x00"
	header := elf.Header32{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT),
		Ehsize: 52, Shentsize: 40, Shnum: uint16(len(parts) + 2), Shstrndx: uint16(len(parts) + 1),
	}
	sections := make([]elf.Section32, 1, len(parts)+2)
	var content []byte
	put := func(s elf.Section32, data []byte) {
		s.Off, s.Size = uint32(header.Ehsize)+uint32(len(content)), uint32(len(data))
		content = append(content, data...)
		sections = append(sections, s)
	}
	for _, p := range parts {
		put(elf.Section32{Name: 1, Type: uint32(elf.SHT_PROGBITS), Flags: uint32(elf.SHF_ALLOC | elf.SHF_EXECINSTR), Addr: uint32(p.From), Addralign: 1}, p.Code[p.From:p.To])
	}
	put(elf.Section32{Name: 7, Type: uint32(elf.SHT_STRTAB), Addralign: 1}, []byte(names))
	header.Shoff = uint32(header.Ehsize) + uint32(len(content))
	var b bytes.Buffer
	for _, v := range []any{header, content, sections} {
		binary.Write(&b, binary.LittleEndian, v) // into memory, which does not fail
	}
	return b.Bytes()
}

// parseObjdump reads the lines of an objdump: "   4:	b510      	push	{r4, lr}".
func parseObjdump(text string, code []byte, from, to int) ([]Line, error) {
	var list []Line
	at := from
	for line := range strings.Lines(text) {
		place, rest, ok := strings.Cut(strings.TrimSpace(line), ":\t")
		off, err := strconv.ParseUint(place, 16, 31)
		if !ok || err != nil {
			continue
		}
		digits, insn, ok := strings.Cut(rest, "\t")
		size := len(strings.ReplaceAll(strings.TrimSpace(digits), " ", "")) / 2
		if !ok || int(off) != at || at+size > to {
			return nil, fmt.Errorf("objdump printed %q", line)
		}
		if size == 0 {
			break // the rest is too short for an instruction
		}
		insn = strings.Join(strings.Fields(insn), " ")
		refers := objdumpRefers(insn)
		if literal, ok := strings.CutPrefix(insn, "l32r "); ok && refers >= 0 && refers+4 <= len(code) {
			literal, _, _ = strings.Cut(literal, " (")
			insn = fmt.Sprintf("l32r %s (0x%x)", literal, binary.LittleEndian.Uint32(code[refers:])) // which only shows within a section
		}
		list = append(list, Line{Off: at, Size: size, Text: insn, Target: objdumpTarget(insn), Refers: refers})
		at += size
	}
	if len(list) == 0 {
		return nil, errors.New("objdump printed nothing")
	}
	if at < to {
		list = append(list, Line{Off: at, Size: to - at, Text: Bytes(code[at:to]), Target: -1, Refers: -1})
	}
	return list, nil
}

// objdumpTarget is where a jump leads to: objdump writes "bl 0x1c" and, for
// some machines, what would be there in angle brackets.
func objdumpTarget(insn string) int {
	mnemonic, args, _ := strings.Cut(insn, " ")
	if !strings.ContainsAny(mnemonic[:1], "bjc") {
		return -1
	}
	args, _, _ = strings.Cut(args, " <")
	args, _, _ = strings.Cut(args, " @")
	args, _, _ = strings.Cut(args, " ;")
	last := args[strings.LastIndexAny(args, " ,")+1:]
	hex, ok := strings.CutPrefix(last, "0x")
	if !ok {
		return -1
	}
	target, err := strconv.ParseUint(hex, 16, 31)
	if err != nil {
		return -1
	}
	return int(target)
}

// objdumpRefers is the place of a literal: "ldr r3, [pc, #56] @ (0x44)" and
// "l32r a3, 0x4 (0x0)".
func objdumpRefers(insn string) int {
	_, place, ok := strings.Cut(insn, "@ (0x")
	if !ok && strings.HasPrefix(insn, "l32r ") {
		_, place, ok = strings.Cut(insn, ", 0x")
	}
	place, _, _ = strings.Cut(place, " ")
	off, err := strconv.ParseUint(strings.TrimSuffix(place, ")"), 16, 31)
	if !ok || err != nil {
		return -1
	}
	return int(off)
}
