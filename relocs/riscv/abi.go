package riscv

import (
	"slices"
	"strings"

	"mpyld/relocs"
)

// Flags of the ELF header (RISC-V psABI, "ELF Object Files", e_flags). TSO, 0x10,
// asks for a memory model that a single core has anyway.
const (
	flagFloatABI = 0x6 // 0 soft, 2 single, 4 double, 6 quad
	flagRVE      = 0x8 // 16 registers
)

// Build attributes (RISC-V psABI, "Attributes"). The instruction set's name is a
// text.
const (
	tagStackAlign = 4
	tagArch       = 5
	tagAtomicABI  = 14
	tagX3Use      = 16

	x3ShadowStack = 2
)

// agreements are the attributes that GNU ld and lld compare between objects
// (binutils, bfd/elfnn-riscv.c: riscv_merge_attributes; lld, ELF/Arch/RISCV.cpp:
// mergeAtomic, mergeX3RegUse). Unaligned accesses are no matter between objects.
var agreements = []relocs.Agreement{
	{Tag: tagStackAlign, What: "a stack with an alignment of", Settings: map[uint64]relocs.Setting{
		4:  {What: "a stack that is aligned to 4 bytes", Flag: "-mpreferred-stack-boundary=2"},
		8:  {What: "a stack that is aligned to 8 bytes", Flag: "-mpreferred-stack-boundary=3"},
		16: {What: "a stack that is aligned to 16 bytes", Flag: "-mpreferred-stack-boundary=4"},
	}},
	{Tag: tagAtomicABI, What: "atomics of ABI", Free: []uint64{2}, Settings: map[uint64]relocs.Setting{ // 2, A6S, goes with both
		1: {What: "atomics of the ABI A6C"},
		3: {What: "atomics of the ABI A7"},
	}},
	{Tag: tagX3Use, What: "a use of gp by the number", Settings: map[uint64]relocs.Setting{
		1: {What: "gp as the global pointer"},
		3: {What: "gp as a register like others"},
	}},
}

// base is what every core that a module may meet runs: IMC, what those
// consist of, and what is spelled with instructions they have. Cores without
// atomics exist, but py/dynruntime.mk compiles with A. The last row has names of
// profiles that add no instructions, and counters that are read with zicsr's
// (RISC-V profiles, "Glossary of ISA Extensions").
var base = []string{
	"i", "m", "a", "c", "zicsr", "zifencei", "zmmul", "zaamo", "zalrsc", "zca", "zihintpause", "zihintntl",
	"zicntr", "zihpm", "zic64b", "ziccamoa", "ziccif", "zicclsm", "ziccrse", "za64rs", "za128rs",
}

func abi(compile string) relocs.ABI {
	return relocs.ABI{
		Compile: compile, BigEndian: relocs.NotBigEndian + compile, Vendor: "riscv", Shape: relocs.ByParity, ISATag: tagArch, Agree: agreements, Incompatible: incompatible,
		Calls: func(f *relocs.Facts) []string { return relocs.Failing(relocs.CallRules(rules), f) },
	}
}

var rules = []relocs.Rule{
	{When: func(f *relocs.Facts) bool { return f.Flags&flagFloatABI != 0 }, What: "to pass floats in FPU registers (-mabi with f, d or q)", Calls: true},
	{When: func(f *relocs.Facts) bool { return f.Number(tagX3Use) == x3ShadowStack }, What: "for a shadow stack in gp, which nobody sets (-fsanitize=shadow-call-stack)"},
	{When: func(f *relocs.Facts) bool { return f.Flags&flagRVE != 0 }, What: "for cores with 16 registers (RV32E)", Calls: true},
}

func incompatible(f *relocs.Facts, extensions []string) []string {
	list := relocs.Failing(rules, f)
	var unknown []string
	for _, ext := range Extensions(f.Text(tagArch)) {
		if !slices.Contains(base, ext) && !slices.Contains(extensions, ext) {
			unknown = append(unknown, ext)
		}
	}
	if unknown != nil {
		list = append(list, "for extensions that it does not have ("+strings.Join(unknown, ", ")+")")
	}
	return list
}

// Extensions splits the name of an instruction set, with or without versions:
// "rv32i2p1_m2p0_zba1p0" and "rv32im_zba" have i, m and zba.
// (RISC-V unprivileged specification, "ISA Extension Naming Conventions")
func Extensions(isa string) []string {
	isa = strings.TrimLeft(strings.TrimPrefix(isa, "rv"), "0123456789")
	var list []string
	for _, word := range strings.Split(isa, "_") {
		for word != "" {
			n := 1
			if strings.ContainsRune("zsx", rune(word[0])) {
				n = len(word) // its name has more letters
			}
			name := withoutVersion(word[:n])
			list = append(list, name)
			word = skipVersion(word[n:])
		}
	}
	return list
}

// withoutVersion cuts a version like 1p0 off a name.
func withoutVersion(name string) string {
	short := strings.TrimRight(name, "0123456789")
	if major, ok := strings.CutSuffix(short, "p"); ok && short != name {
		if cut := strings.TrimRight(major, "0123456789"); cut != major {
			return cut
		}
	}
	return name
}

// skipVersion cuts a version off the start.
func skipVersion(s string) string {
	rest := strings.TrimLeft(s, "0123456789")
	if rest == s || !strings.HasPrefix(rest, "p") {
		return rest
	}
	return strings.TrimLeft(rest[1:], "0123456789")
}
