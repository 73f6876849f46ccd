package machines

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mpyld/relocs"
)

// The reading of objdump's text of Xtensa code: the first operand is what an
// instruction writes, all others are read. Lists of mnemonics say which do not
// follow that. The objdump is that for the ESP32, which has most options.

func xtensaShort() (words []uint32) {
	for w := range uint32(0x10000) {
		if op0 := w & 15; op0 >= 8 && op0 < 14 {
			words = append(words, w)
		}
	}
	return words
}

// xtensaWords has all of op0, op1, op2, t and r, with a register or two in s.
func xtensaWords() (words []uint32) {
	r := rand.New(rand.NewPCG(5, 6))
	for op0 := range uint32(8) {
		for f := range uint32(1 << 16) {
			for range 2 {
				words = append(words, op0|f&15<<4|r.Uint32()&15<<8|f>>4&15<<12|f>>8<<16)
			}
		}
	}
	return words
}

const xtensaStride = 6 // bytes of what is no instruction bring objdump back into step

var xtensaObjdump = []disassembler{askObjdump}

func askObjdump(t *testing.T, size int, words []uint32) []string {
	code := make([]byte, 0, len(words)*xtensaStride)
	for _, w := range words {
		insn := []byte{byte(w), byte(w >> 8), byte(w >> 16)}[:size]
		code = append(append(code, insn...), bytes.Repeat([]byte{0xff}, xtensaStride-size)...)
	}
	file := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(file, code, 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("xtensa-esp32-elf-objdump")
	if err != nil {
		beds := cmp.Or(os.Getenv("MPYLD_BEDS"), filepath.Join("..", "..", "build", "beds")) // as beds/setup.sh has it
		program = filepath.Join(beds, "bin", "xtensa-esp32-elf-objdump")
	}
	out, err := exec.Command(program, "-D", "-z", "-b", "binary", "-m", "xtensa", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, len(words))
	for line := range strings.Lines(string(out)) {
		place, rest, ok := strings.Cut(strings.TrimSpace(line), ":\t")
		at, err := strconv.ParseUint(place, 16, 32)
		digits, text, both := strings.Cut(rest, "\t")
		if !ok || !both || err != nil || at%xtensaStride != 0 || len(strings.TrimSpace(digits)) != 2*size {
			continue
		}
		texts[at/xtensaStride] = strconv.FormatUint(at, 10) + " " + strings.ReplaceAll(strings.TrimSpace(text), "\t", " ")
	}
	return texts
}

const (
	xtensaNoResult = "s8i s16i s32i s32i.n s32ri s32nb s32e ssi ssip ssx ssxp sdi sdip sdx sdxp dhi dhwb dhwbi dii diu dpfl dpfr dpfro dpfw dpfwo dhu diwb diwbi diwbui.p ihi ihu iii iiu ipf ipfl sict sicw sdct sdcw wer witlb wdtlb idtlb iitlb jx ssr ssl ssa8l ssa8b ret retw ret.n retw.n"
	xtensaBranches = "ball bany bbc bbci bbs bbsi beq beqi beqz beqz.n bge bgei bgeu bgeui bgez blt blti bltu bltui bltz bnall bne bnei bnez bnez.n bnone bf bt loop loopnez loopgtz"
	xtensaAlso     = "moveqz movnez movltz movgez movf movt s32c1i entry" // the first operand is read too
	xtensaUpdates  = "lsip ssip lsxp ssxp ldip sdip ldxp sdxp"            // the register of the address is written too
	xtensaMemory   = "l8ui l16ui l16si l32i l32i.n l32ai l32e s8i s16i s32i s32i.n s32ri s32nb s32e s32c1i lsi lsip lsx lsxp ssi ssip ssx ssxp ldi ldip ldx ldxp sdi sdip sdx sdxp lict licw ldct ldcw sict sicw sdct sdcw dhi dhwb dhwbi dii diu dpfl dpfr dpfro dpfw dpfwo dhu diwb diwbi ihi ihu iii iiu ipf ipfl"
)

var (
	xtensaRegister = regexp.MustCompile(`\ba(\d+)\b`)
	xtensaLoading  = regexp.MustCompile(`^mul.*\.ld(inc|dec)$|^ld(inc|dec)$`)
)

func xtensaRegisters(text string) (r relocs.Registers) {
	for _, m := range xtensaRegister.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		r |= 1 << n
	}
	return r
}

// readXtensa reads the text of an instruction, behind its address.
func readXtensa(text string, s *relocs.Insn) {
	place, text, _ := strings.Cut(text, " ")
	at, _ := strconv.ParseInt(place, 10, 64)
	mnemonic, ops := split(text)
	all, first := strings.Join(ops, ", "), ""
	if len(ops) > 0 {
		first = ops[0]
	}
	target := func() {
		n, _ := strconv.ParseInt(ops[len(ops)-1], 0, 64)
		s.Target = int64(int32(n - at))
	}
	window := func(n string) relocs.Registers { // of callN and callxN
		if n == "0" {
			return 1
		}
		k, _ := strconv.Atoi(n)
		return 0xffff &^ (1<<k - 1)
	}
	switch {
	case mnemonic == "j":
		s.Flow = relocs.FlowGoto
		target()
	case mnemonic == "jx":
		s.Flow, s.Reads = relocs.FlowJump, xtensaRegisters(all)
	case strings.HasPrefix(mnemonic, "callx"):
		s.Flow, s.Reads, s.Writes = relocs.FlowCall, xtensaRegisters(all), window(mnemonic[5:])
	case strings.HasPrefix(mnemonic, "call"):
		s.Flow, s.Writes = relocs.FlowCall, window(mnemonic[4:])
	case isOne(xtensaBranches, mnemonic):
		s.Flow, s.Reads = relocs.FlowBranch, xtensaRegisters(all)
		target()
	case isOne("ret retw ret.n retw.n", mnemonic):
		s.Flow, s.Reads = relocs.FlowStop, 1
	case isOne("break break.n syscall simcall", mnemonic):
		s.Flow = relocs.FlowCall
	case isOne("ill ill.n rfe rfue rfde rfwo rfwu rfi rfme rfdo rfdd halt", mnemonic):
		s.Flow = relocs.FlowStop
	default:
		s.Flow = relocs.FlowNext
		values := xtensaRegisters(all)
		if !isOne(xtensaNoResult, mnemonic) && !regexp.MustCompile(`^(w[su]r\.|mul[as]?\.(d|a)|umul|wfr|idtlb|iitlb)`).MatchString(mnemonic) && !xtensaLoading.MatchString(mnemonic) {
			s.Writes = xtensaRegisters(first)
			if !isOne(xtensaAlso, mnemonic) && !strings.HasPrefix(mnemonic, "xsr.") {
				values = xtensaRegisters(strings.Join(ops[min(1, len(ops)):], ", "))
			}
		}
		var found relocs.Registers
		switch {
		case xtensaLoading.MatchString(mnemonic):
			found = xtensaRegisters(ops[1])
			s.Writes, values = found, xtensaRegisters(strings.Join(ops[2:], ", "))
		case regexp.MustCompile(`^(d[hip]|i[hp]|ii[iu])`).MatchString(mnemonic): // of caches: only an address
			found, values = values, 0
			if mnemonic == "diwbui.p" {
				s.Writes = found
			}
		case isOne(xtensaMemory, mnemonic):
			found = xtensaRegisters(strings.Join(ops[1:], ", "))
			values = 0
			if isOne(xtensaNoResult+" s32c1i", mnemonic) {
				values = xtensaRegisters(first)
			}
			if isOne(xtensaUpdates, mnemonic) {
				s.Writes = xtensaRegisters(ops[1])
			}
		}
		s.Reads, s.Sources = values|found, values
	}
	all, _, _ = strings.Cut(all, " (") // what is in the file there
	computesXtensa(mnemonic, all, at, s)
}

var xtensaShapes = []shape{
	{"movi movi.n", "d, #", relocs.Number},
	{"addi addi.n addmi", "d, s, #", relocs.AddImm},
	{"mov.n movsp", "d, s", relocs.AddImm},
	{"or", "d, s, i", relocs.AddImm},
	{"l32i l32i.n", "d, s, #", relocs.Load},
	{"l32r", "d, #", relocs.Constant},
	{"slli", "d, s, #", relocs.Shift},
}

func computesXtensa(mnemonic, operands string, at int64, s *relocs.Insn) {
	register := func(name string) (int, bool) {
		r := xtensaRegisters(name)
		return r.First(), r != 0
	}
	for i := range xtensaShapes {
		if !xtensaShapes[i].takes(mnemonic, operands, register, s) {
			continue
		}
		if mnemonic == "or" && s.Src != s.Index {
			s.Op = relocs.Other
		}
		if s.Op == relocs.Constant {
			s.Imm -= (at + 3) &^ 3
		}
		s.Imm = int64(int32(s.Imm))
		return
	}
}
