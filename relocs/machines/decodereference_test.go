package machines

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mpyld/relocs"
)

// The reading of LLVM's text. It knows nothing of encodings: the first operand is what an
// instruction writes, registers in brackets are addresses, all others are read.
// Lists of mnemonics below say which do not follow that.

// A disassembler returns the text of each word, "" for what it does not take for
// an instruction or calls undefined.
type disassembler func(t *testing.T, size int, words []uint32) []string

var thumbLLVM = []disassembler{
	llvm("-triple=thumbv7em-none-eabi", "-mcpu=cortex-m7", "-mattr=+fp-armv8d16"),
	llvm("-triple=thumbv8m.main-none-eabi", "-mcpu=cortex-m33", "-mattr=+fp-armv8d16,+dsp,+8msecext"),
}

func riscvLLVM(triple string) []disassembler {
	return []disassembler{llvm("-triple="+triple, "-mattr=+m,+a,+f,+d,+c,+zba,+zbb,+zbs", "-M=no-aliases", "-M=numeric")}
}

func llvm(args ...string) disassembler {
	return func(t *testing.T, size int, words []uint32) []string { return askLLVM(t, args, size, words) }
}

func askLLVM(t *testing.T, args []string, size int, words []uint32) []string {
	var in bytes.Buffer
	for _, w := range words {
		if size == 4 && strings.Contains(args[0], "thumb") {
			w = w<<16 | w>>16
		}
		in.WriteByte('[') // what is in brackets is no instruction or one
		for i := range size {
			fmt.Fprintf(&in, " 0x%02x", w>>(8*i)&0xff)
		}
		in.WriteString(" ]\n")
	}
	cmd := exec.Command("llvm-mc", append([]string{"--disassemble"}, args...)...)
	var out, warnings bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &warnings
	if err := cmd.Run(); err != nil && out.Len() == 0 { // it also fails when some are invalid
		t.Fatalf("llvm-mc: %v", err)
	}
	invalid, undefined := map[int]bool{}, map[int]bool{}
	for _, m := range regexp.MustCompile(`(?m)^<stdin>:(\d+):\d+: warning: (invalid|potentially undefined)`).FindAllStringSubmatch(warnings.String(), -1) {
		n, _ := strconv.Atoi(m[1])
		map[string]map[int]bool{"invalid": invalid, "potentially undefined": undefined}[m[2]][n-1] = true
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")[1:] // .text
	texts := make([]string, len(words))
	for i := range words {
		if !invalid[i] {
			if !undefined[i] {
				texts[i] = strings.TrimSpace(strings.ReplaceAll(lines[0], "\t", " "))
			}
			lines = lines[1:]
		}
	}
	if len(lines) != 0 {
		t.Fatalf("llvm-mc printed %d lines more than there are instructions", len(lines))
	}
	return texts
}

// split takes text apart into the mnemonic and operands.
func split(text string) (mnemonic string, ops []string) {
	mnemonic, rest, _ := strings.Cut(text, " ")
	depth, start := 0, 0
	for i, c := range rest + "," {
		switch {
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',' && depth == 0:
			if op := strings.TrimSpace(rest[start:i]); op != "" {
				ops = append(ops, op)
			}
			start = i + 1
		}
	}
	return mnemonic, ops
}

var (
	thumbRegister = regexp.MustCompile(`\b(r\d+|sp|lr|pc)\b`)
	riscvRegister = regexp.MustCompile(`\bx\d+\b`)
	brackets      = regexp.MustCompile(`\[.*\]|\(.*\)`)
)

// registersIn returns those that a text names.
func registersIn(text string) (r relocs.Registers) {
	for _, name := range thumbRegister.FindAllString(text, -1) {
		n, ok := map[string]int{"sp": 13, "lr": 14, "pc": 15}[name]
		if !ok {
			n, _ = strconv.Atoi(name[1:])
		}
		r |= 1 << n
	}
	return r
}

// parseNumber reads a number as disassemblers write it, "=" in front of it or not.
func parseNumber(text string) (int64, error) {
	return strconv.ParseInt(strings.TrimPrefix(text, "="), 0, 64)
}

func isOne(of, mnemonic string) bool { return slices.Contains(strings.Fields(of), mnemonic) }

const (
	noResult  = "cmp cmn tst teq msr mcr mcr2 mcrr mcrr2 pld pldw pli vstr vstm vstmia vstmdb vmsr vlldm vlstm stc stcl stc2 stc2l ldc ldcl ldc2 ldc2l cdp cdp2 hint nop yield wfe wfi sev sg dmb dsb isb dfb clrex csdb ssbb pssbb esb cpsid cpsie tbb tbh str strb strh strd strt strbt strht stl stlb stlh cbz cbnz vldr vldm vldmia vldmdb fstmiax fldmiax fstmdbx fldmdbx"
	twoResult = "ldrd smull umull smlal umlal umaal smlalbb smlalbt smlaltb smlaltt smlald smlaldx smlsld smlsldx mrrc mrrc2"
	addsTo    = "movt bfi bfc smlal umlal umaal smlalbb smlalbt smlaltb smlaltt smlald smlaldx smlsld smlsldx"
	// With two operands the first is both.
	twice = "add adds adc adcs sub subs sbc sbcs and ands orr orrs eor eors bic bics orn orns lsl lsls lsr lsrs asr asrs ror rors mul muls"
)

var (
	condition = regexp.MustCompile(`^b(eq|ne|hs|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)$`)
	immediate = regexp.MustCompile(`#(-?\d+)`)
)

// readThumb reads the text of a Thumb instruction.
func readThumb(text string, s *relocs.Insn) {
	mnemonic, ops := split(text)
	defer computesThumb(strings.TrimSuffix(mnemonic, ".w"), strings.Join(ops, ", "), s)
	mnemonic = strings.TrimSuffix(strings.TrimSuffix(mnemonic, ".w"), ".n")
	all := strings.Join(ops, ", ")
	s.Flow = relocs.FlowNext
	target := func() {
		n, _ := strconv.ParseInt(immediate.FindStringSubmatch(ops[len(ops)-1])[1], 10, 64)
		s.Target = n + 4
	}
	first := func() relocs.Registers {
		if len(ops) == 0 {
			return 0
		}
		return registersIn(ops[0])
	}
	var values, found relocs.Registers
	switch {
	case mnemonic == "b":
		s.Flow = relocs.FlowGoto
		target()
	case mnemonic == "bl":
		s.Flow, s.Writes = relocs.FlowCall, 1<<14
		target()
	case condition.MatchString(mnemonic):
		s.Flow = relocs.FlowBranch
		target()
	case isOne("cbz cbnz", mnemonic):
		s.Flow, values = relocs.FlowBranch, first()
		target()
	case isOne("bx bxns", mnemonic):
		s.Flow, values = relocs.FlowJump, first()
		if first() == 1<<14 {
			s.Flow = relocs.FlowStop
		}
	case isOne("blx blxns", mnemonic):
		s.Flow, values, s.Writes = relocs.FlowCall, first(), 1<<14
	case isOne("udf trap __brkdiv0 hlt", mnemonic):
		s.Flow = relocs.FlowStop
	case isOne("svc bkpt", mnemonic):
		s.Flow = relocs.FlowCall
	case isOne("push pop", mnemonic):
		found, s.Writes = 1<<13, 1<<13
		if mnemonic == "push" {
			values = first()
		} else {
			s.Writes |= first()
		}
	case regexp.MustCompile(`^(ld|st)m(db|ia)?$`).MatchString(mnemonic):
		found = first()
		if strings.HasSuffix(ops[0], "!") {
			s.Writes = found
		}
		if mnemonic[0] == 'l' {
			s.Writes |= registersIn(ops[1])
		} else {
			values = registersIn(ops[1])
		}
	case isOne("vpush vpop", mnemonic):
		found, s.Writes = 1<<13, 1<<13
	case strings.HasPrefix(mnemonic, "vmov"):
		if first() != 0 { // from the other registers to these
			for _, op := range ops {
				s.Writes |= registersIn(op)
			}
		} else {
			values = registersIn(all)
		}
	case strings.HasPrefix(mnemonic, "strex"), strings.HasPrefix(mnemonic, "stlex"):
		s.Writes, values, found = first(), registersIn(ops[1]), registersIn(ops[2])
	case mnemonic[0] == 'v' && !strings.HasPrefix(mnemonic, "vmrs") || isOne(noResult, mnemonic):
		if multiple := regexp.MustCompile(`^(vldm|vstm|fldm|fstm)`); multiple.MatchString(mnemonic) {
			found = first()
			if strings.HasSuffix(ops[0], "!") {
				s.Writes = found
			}
			break
		}
		found = registersIn(strings.Join(brackets.FindAllString(all, -1), " "))
		values = registersIn(brackets.ReplaceAllString(all, ""))
		s.Writes = thumbWriteBack(ops)
		if isOne("tbb tbh", mnemonic) {
			s.Flow = relocs.FlowJump
		}
		if isOne("vlldm vlstm", mnemonic) {
			found, values = first(), 0
		}
	default:
		n := 1
		if isOne(twoResult, mnemonic) {
			n = 2
		}
		if strings.HasPrefix(mnemonic, "mr") && mnemonic != "mrs" { // behind the coprocessor and an opcode
			ops = ops[2:]
		}
		results := registersIn(strings.Join(ops[:min(n, len(ops))], ", "))
		rest := strings.Join(ops[min(n, len(ops)):], ", ")
		s.Writes = results | thumbWriteBack(ops)
		found = registersIn(strings.Join(brackets.FindAllString(rest, -1), " "))
		values = registersIn(brackets.ReplaceAllString(rest, ""))
		if isOne(addsTo, mnemonic) || isOne(twice, mnemonic) && len(ops) == 2 {
			values |= results
		}
	}
	if s.Writes.Has(15) && regexp.MustCompile(`^(add|mov|ldr|ldm.*|pop)$`).MatchString(mnemonic) {
		s.Flow = relocs.FlowJump
		if found.Has(13) || values.Has(14) {
			s.Flow = relocs.FlowStop
		}
	}
	s.Reads = (values | found) &^ (1 << 15)
	s.Writes &^= 1 << 15
	if s.Flow == relocs.FlowNext && (s.Writes != 0 || found != 0) {
		s.Sources = values &^ (1 << 15)
	}
}

// thumbWriteBack returns the base of "[r1, #4]!" and of "[r1], #4".
func thumbWriteBack(ops []string) relocs.Registers {
	for i, op := range ops {
		if strings.HasPrefix(op, "[") && (strings.HasSuffix(op, "!") || i+1 < len(ops) && strings.HasPrefix(ops[i+1], "#")) {
			base, _, _ := strings.Cut(op, ",")
			return registersIn(base) &^ (1 << 15)
		}
	}
	return 0
}

// notThese are encodings that LLVM takes for instructions of extensions that have
// given way to others, whose instructions have a test of their own; and instructions
// of debuggers and of memory management.
var notThese = regexp.MustCompile(`^c\.(fsdsp .*|lui x\d+, 0)$|^\d+ (lddr32|sddr32|read_impwire|wrmsk_expstate|hww|ldpte)`)

const (
	riscvNoResult = "sb sh sw sd fsw fsd c.sw c.sd c.swsp c.sdsp c.fsw c.fsd c.fswsp c.fsdsp fence fence.i fence.tso ecall ebreak c.ebreak unimp c.unimp c.nop sfence.vma mret sret uret dret wfi c.j c.jr beq bne blt bge bltu bgeu c.beqz c.bnez"
	riscvBoth     = "c.addi c.addiw c.addi16sp c.add c.addw c.sub c.subw c.and c.or c.xor c.slli c.srli c.srai c.andi c.slli64 c.srli64 c.srai64"
)

// readRISCV reads the text of a RISC-V instruction.
func readRISCV(text string, s *relocs.Insn) {
	mnemonic, ops := split(text)
	defer computesRISCV(strings.TrimPrefix(mnemonic, "c."), strings.Join(ops, ", "), s)
	named := func(text string) (r relocs.Registers) {
		for _, name := range riscvRegister.FindAllString(text, -1) {
			n, _ := strconv.Atoi(name[1:])
			r |= 1 << n
		}
		return r &^ 1
	}
	n := 1
	if isOne(riscvNoResult, mnemonic) || len(ops) == 0 {
		n = 0
	}
	rest := strings.Join(ops[n:], ", ")
	if n == 1 {
		s.Writes = named(ops[0])
	}
	found, values := named(strings.Join(brackets.FindAllString(rest, -1), " ")), named(brackets.ReplaceAllString(rest, ""))
	if isOne(riscvBoth, mnemonic) {
		values |= s.Writes
	}
	target := func() { s.Target, _ = strconv.ParseInt(ops[len(ops)-1], 0, 64) }
	switch {
	case isOne("beq bne blt bge bltu bgeu c.beqz c.bnez", mnemonic):
		s.Flow = relocs.FlowBranch
		target()
	case isOne("jal c.j c.jal", mnemonic):
		s.Flow = relocs.FlowCall
		if mnemonic == "c.jal" {
			s.Writes = 2
		}
		if mnemonic == "c.j" || ops[0] == "x0" {
			s.Flow = relocs.FlowGoto
		}
		target()
	case isOne("jalr c.jr c.jalr", mnemonic):
		s.Flow = relocs.FlowCall
		switch {
		case mnemonic == "c.jalr":
			s.Writes, values = 2, named(ops[0])
		case mnemonic == "c.jr" || ops[0] == "x0":
			s.Flow = relocs.FlowJump
			if r := values | found; r == 1<<1 || r == 1<<5 {
				s.Flow = relocs.FlowStop
			}
		}
	case isOne("ecall ebreak", mnemonic):
		s.Flow = relocs.FlowCall
	case isOne("c.ebreak c.unimp unimp mret sret", mnemonic):
		s.Flow = relocs.FlowStop
	}
	s.Reads = values | found
	if s.Flow == relocs.FlowNext && (n == 1 && ops[0][0] == 'x' || strings.Contains(rest, "(")) && !strings.HasPrefix(mnemonic, "csr") {
		s.Sources = values
	}
}
