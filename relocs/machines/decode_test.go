package machines

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"

	"mpyld/relocs"
)

// What instructions do to registers is compared with what other disassemblers say
// (LLVM's; of Xtensa, GNU objdump), all over the opcode space. A stored result has a line for each block of words: which of them
// those take for instructions (the others are left out), and a digest of what
// these do. It is made by -update, which also prints each word where Decode differs;
// the stored result is never made of what Decode says.

var update = flag.Bool("update", false, "ask the other disassemblers again, which must be installed, and print what differs")

// stepSpace is a set of instructions.
type stepSpace struct {
	name  string
	arch  string
	size  int
	words func() []uint32 // in blocks of blockSize
	text  []disassembler  // an instruction is one that any of them knows
	read  func(text string, insn *relocs.Insn)
}

const blockSize = 512

var stepSpaces = []stepSpace{
	{"thumb 16", "armv7m", 2, allShort(0xe800), thumbLLVM, readThumb},
	{"thumb 32", "armv7emdp", 4, thumbWords, thumbLLVM, readThumb},
	{"rv32 16", "rv32imc", 2, compressed, riscvLLVM("riscv32"), readRISCV},
	{"rv32 32", "rv32imc", 4, riscvWords, riscvLLVM("riscv32"), readRISCV},
	{"rv64 16", "rv64imc", 2, compressed, riscvLLVM("riscv64"), readRISCV},
	{"rv64 32", "rv64imc", 4, riscvWords, riscvLLVM("riscv64"), readRISCV},
	{"xtensa 16", "xtensa", 2, xtensaShort, xtensaObjdump, readXtensa},
	{"xtensa 24", "xtensawin", 3, xtensaWords, xtensaObjdump, readXtensa},
}

func allShort(end uint32) func() []uint32 {
	return func() (words []uint32) {
		for w := range end {
			if w&0xff00 == 0xbf00 && w&15 != 0 {
				w = 0xbf00 // IT: the disassembler would apply it to what follows
			}
			words = append(words, w)
		}
		return words
	}
}

// thumbWords has random second halfwords for each first one; many of them of
// all ones and zeros, which say that an operand is missing.
func thumbWords() (words []uint32) {
	r := rand.New(rand.NewPCG(1, 2))
	for h := uint32(0xe800); h <= 0xffff; h++ {
		for k := range 160 {
			l := r.Uint32() & 0xffff
			for i := 0; i < 16 && k >= 80; i += 4 {
				switch r.IntN(3) {
				case 0:
					l &^= 15 << i
				case 1:
					l |= 15 << i
				}
			}
			if h&0xffd0 == 0xfa90 && l&0xc0 == 0x80 {
				l = l&^15 | h&15 // REV, CLZ: the operand is there twice
			}
			words = append(words, h<<16|l)
		}
	}
	return words
}

func compressed() (words []uint32) {
	for w := range uint32(0x10000) {
		if w&3 != 3 {
			words = append(words, w)
		}
	}
	return words
}

// riscvWords has random registers for each opcode and both function codes.
func riscvWords() (words []uint32) {
	r := rand.New(rand.NewPCG(3, 4))
	for op := uint32(3); op < 0x7f; op += 4 {
		for f := range uint32(8 * 128) {
			for k := range 32 {
				w := op | f&7<<12 | f>>3<<25 | r.Uint32()&0x01ff_8f80
				if k >= 16 {
					w &^= 0x1c << 20 // the second operand is often another function code
				}
				words = append(words, w)
			}
			for second := uint32(0); op == 0x53 && second < 32; second++ { // there it says which conversion it is
				words = append(words, op|f&7<<12|f>>3<<25|second<<20|r.Uint32()&0x000f_8f80)
			}
		}
	}
	return words
}

// reading is what an instruction does by its text.
type reading struct {
	relocs.Insn
	text string
}

// known is what the other disassemblers say: nil for what is no instruction.
func (s *stepSpace) known(t *testing.T, words []uint32) []*reading {
	known := make([]*reading, len(words))
	for _, disassemble := range s.text {
		for i, text := range disassemble(t, s.size, words) {
			if text != "" && known[i] == nil && !notThese.MatchString(text) {
				known[i] = &reading{text: text}
				known[i].Size = s.size
				s.read(text, &known[i].Insn)
				forget(&known[i].Insn)
			}
		}
	}
	return known
}

// line is what is compared of a step, for messages.
func line(s *relocs.Insn) string {
	return fmt.Sprintf("%d bytes, reads %x, writes %x, sources %x, flow %d to %d, computes %x with %d\n", s.Size, s.Reads, s.Writes, s.Sources, s.Flow, s.Target, computes(s), s.Imm)
}

func (s *stepSpace) step(w uint32) *relocs.Insn {
	step := For(s.arch).Decode(s.bytes(w))
	forget(&step)
	return &step
}

// forget clears what an instruction leaves open.
func forget(s *relocs.Insn) {
	switch s.Op {
	case relocs.Other:
		s.Dst, s.Src, s.Index, s.Imm = 0, 0, 0, 0
	case relocs.Number, relocs.Address, relocs.LoadPC, relocs.Constant:
		s.Src, s.Index = 0, 0
	case relocs.LoadSum:
		s.Imm = 0
	default:
		s.Index = 0
	}
}

// computes is Op and its registers as one number.
func computes(s *relocs.Insn) uint64 {
	return uint64(s.Op)<<24 | uint64(uint8(s.Dst))<<16 | uint64(uint8(s.Src))<<8 | uint64(uint8(s.Index))
}

// bytes returns an instruction as it lies in memory: of Thumb, halfwords.
func (s *stepSpace) bytes(w uint32) []byte {
	if s.size == 4 && strings.HasPrefix(s.name, "thumb") {
		w = w<<16 | w>>16
	}
	return []byte{byte(w), byte(w >> 8), byte(w >> 16), byte(w >> 24)}[:s.size]
}

// blockLine describes a block: which words are instructions, and what they do.
func blockLine(valid func(i int) bool, step func(i int) *relocs.Insn, n int) string {
	bits, digest, record := make([]byte, (n+7)/8), fnv.New64a(), []byte(nil)
	for i := range n {
		if valid(i) {
			bits[i/8] |= 1 << (i % 8)
			s := step(i)
			for _, v := range []uint64{uint64(s.Size), uint64(s.Reads), uint64(s.Writes), uint64(s.Sources), uint64(s.Flow), uint64(s.Target), computes(s), uint64(s.Imm)} {
				record = binary.LittleEndian.AppendUint64(record[:0], v)
				digest.Write(record)
			}
		}
	}
	return fmt.Sprintf("%x %x", bits, digest.Sum(nil))
}

// file is the stored result of a space.
func (s *stepSpace) file() string {
	return "testdata/" + strings.ReplaceAll(s.name, " ", "-") + ".txt.xz"
}

// TestDecode compares all blocks with the stored results: about a million words of
// each instruction set. go test -run TestDecode/NAME -update makes one anew.
func TestDecode(t *testing.T) {
	for i := range stepSpaces {
		s := &stepSpaces[i]
		t.Run(s.name, func(t *testing.T) {
			if *update {
				s.update(t)
			}
			s.compare(t)
		})
	}
}

func (s *stepSpace) compare(t *testing.T) {
	packed, err := os.ReadFile(s.file())
	if err != nil {
		t.Fatal(err)
	}
	unpack, err := xz.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpack)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	words, instructions := s.words(), 0
	for at := 0; at < len(words); at += blockSize {
		block := words[at:min(at+blockSize, len(words))]
		if len(lines) == 0 {
			t.Fatal("the stored result is too short: -update")
		}
		var bits []byte
		if _, err := fmt.Sscanf(lines[0], "%x", &bits); err != nil || len(bits) != (len(block)+7)/8 {
			t.Fatalf("the stored result does not fit (%v): -update", err)
		}
		valid := func(i int) bool { return bits[i/8]>>(i%8)&1 != 0 }
		for i := range block {
			if valid(i) {
				instructions++
			}
		}
		if got := blockLine(valid, func(i int) *relocs.Insn { return s.step(block[i]) }, len(block)); got != lines[0] {
			t.Errorf("what some of the instructions 0x%x to 0x%x do differs: -update says which", block[0], block[len(block)-1])
		}
		lines = lines[1:]
	}
	if len(lines) != 0 || instructions < len(words)/4 {
		t.Errorf("%d of %d words are instructions, %d blocks too many", instructions, len(words), len(lines))
	}
}

func (s *stepSpace) update(t *testing.T) {
	var packed bytes.Buffer
	pack, err := xz.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	words := s.words()
	known := s.known(t, words)
	for i, w := range words {
		if known[i] != nil && line(&known[i].Insn) != line(s.step(w)) {
			t.Errorf("%0*x %s: got %swant %s", 2*s.size, w, known[i].text, line(s.step(w)), line(&known[i].Insn))
		}
	}
	for at := 0; at < len(words); at += blockSize {
		block := known[at:min(at+blockSize, len(words))]
		fmt.Fprintln(pack, blockLine(func(i int) bool { return block[i] != nil }, func(i int) *relocs.Insn { return &block[i].Insn }, len(block)))
	}
	if err := pack.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.file(), packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
