package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"mpyld/disasm"
	"mpyld/dump"
)

// objdumps are GNU objdumps that know a machine for which there is no library,
// and the arguments that say which it is.
var objdumps = map[string]struct {
	programs []string
	args     []string
}{
	"thumb":  {[]string{"arm-none-eabi-objdump", "gobjdump", "objdump"}, []string{"-m", "arm", "-M", "force-thumb"}},
	"xtensa": {[]string{"xtensa-lx106-elf-objdump", "xtensa-esp32-elf-objdump", "gobjdump", "objdump"}, []string{"-m", "xtensa"}},
	// The windowed machine first: the other's tools do not know its instructions.
	"xtensawin": {[]string{"xtensa-esp32-elf-objdump", "xtensa-esp32s3-elf-objdump", "gobjdump", "objdump"}, []string{"-m", "xtensa"}},
}

// maxObjdumps is how often an objdump is started for a file: once for each part
// of code between words that are none. Real modules have some dozens.
const maxObjdumps = 500

// disassembler returns what disassembles code of an architecture, or nil.
func disassembler(arch string) func(code []byte, from, to int) []dump.MachineLine {
	if disasm.Known(arch) {
		return func(code []byte, from, to int) []dump.MachineLine {
			var list []dump.MachineLine
			for _, l := range disasm.Lines(arch, code, from, to) {
				list = append(list, dump.MachineLine{Off: l.Off, Size: l.Size, Text: l.Text, Target: l.Target, Refers: l.Refers})
			}
			return list
		}
	}
	machine := arch
	if strings.HasPrefix(arch, "armv") && arch != "armv6" {
		machine = "thumb"
	}
	o, ok := objdumps[machine]
	if !ok {
		return nil
	}
	program := os.Getenv("MPYLD_OBJDUMP")
	if program == "" {
		program = firstProgram(o.programs)
	}
	if program == "" {
		return nil
	}
	runs := 0
	return func(code []byte, from, to int) []dump.MachineLine {
		if runs++; runs > maxObjdumps {
			return nil
		}
		lines, err := objdump(program, o.args, code, from, to)
		if err != nil {
			return nil // hexadecimal digits are no lie
		}
		return lines
	}
}

func firstProgram(names []string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// objdump runs a disassembler on a part of code.
func objdump(program string, args []string, code []byte, from, to int) ([]dump.MachineLine, error) {
	dir, err := os.MkdirTemp("", "mpyld-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "code")
	if err := os.WriteFile(file, code, 0o600); err != nil {
		return nil, err
	}
	argv := append([]string{"-D", "-z", "-b", "binary"}, args...)
	argv = append(argv, fmt.Sprintf("--start-address=%d", from), fmt.Sprintf("--stop-address=%d", to), file)
	cmd := exec.Command(program, argv...)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return parseObjdump(stdout.String(), code, from, to)
}

// parseObjdump reads the lines of an objdump: "   4:	b510      	push	{r4, lr}".
func parseObjdump(text string, code []byte, from, to int) ([]dump.MachineLine, error) {
	var list []dump.MachineLine
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
		list = append(list, dump.MachineLine{Off: at, Size: size, Text: insn, Target: objdumpTarget(insn), Refers: objdumpRefers(insn)})
		at += size
	}
	if len(list) == 0 {
		return nil, errors.New("objdump printed nothing")
	}
	if at < to {
		list = append(list, dump.MachineLine{Off: at, Size: to - at, Text: disasm.Bytes(code[at:to]), Target: -1, Refers: -1})
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
