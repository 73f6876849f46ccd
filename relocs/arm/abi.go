package arm

import (
	"fmt"
	"strings"

	"mpyld/relocs"
)

// Build attributes of the Arm ABI (ADDENDA32 section 3.3), by tag. Compilers
// set them to what an object may use, not to what it does.
const (
	tagCPUArch       = 6
	tagCPUProfile    = 7
	tagFPArch        = 10
	tagSIMDArch      = 12
	tagR9Use         = 14
	tagRWData        = 15
	tagWChar         = 18
	tagFPNumberModel = 23
	tagEnumSize      = 26
	tagHardFPUse     = 27
	tagVFPArgs       = 28
	tagFP16Format    = 38
	tagMVEArch       = 48
)

// Values of Tag_ABI_PCS_R9_use and Tag_ABI_PCS_RW_data.
const (
	r9StaticBase, r9ThreadPointer = 1, 2
	rwStaticBase                  = 2
)

// agreements are the attributes that GNU ld compares between objects and that
// are about data (binutils, bfd/elf32-arm.c: elf32_arm_merge_eabi_attributes). It
// has no check of Tag_ABI_align_needed and Tag_ABI_align_preserved, since assembly
// sources seldom say what they preserve. Unaligned accesses depend on the core,
// which is compared with the machine.
var agreements = []relocs.Agreement{
	{Tag: tagEnumSize, What: "enums of size", Free: []uint64{3}, Settings: map[uint64]relocs.Setting{ // 3: 32 bits, if others can see them
		1: {What: "enums that are as small as their values allow", Flag: "-fshort-enums"},
		2: {What: "enums of 32 bits", Flag: "-fno-short-enums"},
	}},
	{Tag: tagWChar, What: "wchar_t of size", Settings: map[uint64]relocs.Setting{
		2: {What: "wchar_t of 2 bytes", Flag: "-fshort-wchar"},
		4: {What: "wchar_t of 4 bytes", Flag: "-fno-short-wchar"},
	}},
	{Tag: tagFP16Format, What: "16-bit floats of format", Settings: map[uint64]relocs.Setting{
		1: {What: "16-bit floats of IEEE 754", Flag: "-mfp16-format=ieee"},
		2: {What: "16-bit floats of Arm's alternative format", Flag: "-mfp16-format=alternative"},
	}},
}

// architectures names the values of Tag_CPU_arch.
var architectures = []string{
	"before Armv4", "Armv4", "Armv4T", "Armv5T", "Armv5TE", "Armv5TEJ", "Armv6", "Armv6KZ", "Armv6T2", "Armv6K", "Armv7",
	"Armv6-M", "Armv6S-M", "Armv7E-M", "Armv8-A", "Armv8-R", "Armv8-M Baseline", "Armv8-M Mainline",
	"Armv8.1-A", "Armv8.2-A", "Armv8.3-A", "Armv8.1-M Mainline", "Armv9-A",
}

// What each core runs of them, as bits by value. Thumb code for Armv4T to Armv6
// is a part of Armv6-M; Thumb-2 of Armv6T2 and of Armv7 without a profile is
// one of Armv7-M.
const (
	runsV6M  = 1<<0 | 1<<2 | 1<<3 | 1<<4 | 1<<5 | 1<<6 | 1<<7 | 1<<9 | 1<<11 | 1<<12
	runsV7M  = runsV6M | 1<<8 | 1<<10
	runsV7EM = runsV7M | 1<<13
)

// Units of floating point by Tag_FP_arch, as bits. With 16 double registers:
// VFPv3-D16 and VFPv4-D16, then FPv5-D16.
const (
	fpNone = 1 << 0
	fpV4   = fpNone | 1<<4 | 1<<6
	fpV5   = fpV4 | 1<<8
)

// core is what tells the Arm machines apart.
type core struct {
	compile string
	archs   uint64 // Tag_CPU_arch it runs, as bits
	fp      uint64 // Tag_FP_arch it runs, as bits
	double  bool   // in double precision too
	hard    bool   // passes floats in registers of that unit
}

func (c core) abi() relocs.ABI {
	return relocs.ABI{
		Compile: c.compile, BigEndian: relocs.NotBigEndian + c.compile, Vendor: "aeabi", Shape: shape,
		Agree: agreements, OtherISA: "$a", OtherISAWhy: "code in ARM state, which Cortex-M cores do not have",
		Floats: c.floats(), OtherFloats: c.otherFloats,
		Incompatible: func(f *relocs.Facts, _ []string) []string { return relocs.Failing(c.rules(f), f) },
		Calls:        func(f *relocs.Facts) []string { return relocs.Failing(relocs.CallRules(c.rules(f)), f) },
	}
}

// floats is the float ABI of the core's code.
func (c core) floats() string {
	switch {
	case c.hard:
		return "hard"
	case c.fp != fpNone:
		return "softfp"
	}
	return "soft"
}

// otherFloats is the ABI of firmware for the core with another float ABI: with
// softfp, code uses the unit, but passes floats in core registers, as code
// without it does.
func (c core) otherFloats(floats string) *relocs.ABI {
	const hard = "-mfloat-abi=hard"
	switch {
	case floats == "hard":
		return nil
	case !c.hard: // as code for a core with a unit and softfp calls it
		abi := c.abi()
		return &abi
	case floats == "softfp":
		c.compile = strings.Replace(c.compile, hard, "-mfloat-abi=softfp", 1)
	case floats == "soft":
		c.compile = c.compile[:strings.Index(c.compile, "-mfpu")] + "-mfloat-abi=soft"
		c.fp, c.double = fpNone, false
	}
	c.hard = false
	abi := c.abi()
	return &abi
}

func (c core) rules(f *relocs.Facts) []relocs.Rule {
	n := f.Number
	// Objects without floats, or for both conventions, say so; so do those that
	// say nothing (Tag_ABI_FP_number_model, Tag_ABI_VFP_args 3).
	floats := n(tagFPNumberModel) != 0 && n(tagVFPArgs) != 3
	return []relocs.Rule{
		{When: func(f *relocs.Facts) bool { return !c.runs(f) }, What: "for " + cpu(f)},
		{When: func(f *relocs.Facts) bool { return floats && c.hard && n(tagVFPArgs) == 0 }, What: "to pass floats in core registers (-mfloat-abi=soft or softfp)", Calls: true},
		// As zig's clang makes of -target thumb-freestanding-eabihf -mcpu=cortex_m4: LLVM then passes them in core registers.
		{When: func(f *relocs.Facts) bool { return floats && c.hard && n(tagVFPArgs) == 1 && n(tagFPArch) == 0 }, What: "to pass floats in FPU registers of a core that has none", Calls: true},
		{When: func(f *relocs.Facts) bool { return !c.hard && n(tagVFPArgs) == 1 }, What: "to pass floats in FPU registers (-mfloat-abi=hard)", Calls: true},
		{When: func(f *relocs.Facts) bool { return c.fp>>n(tagFPArch)&1 == 0 }, What: "for the floating-point unit " + fpName(n(tagFPArch))},
		{When: func(f *relocs.Facts) bool {
			return !c.double && c.fp>>n(tagFPArch)&1 != 0 && n(tagFPArch) != 0 && n(tagHardFPUse) != 1
		}, What: "for a double-precision floating-point unit"},
		{When: func(f *relocs.Facts) bool { return n(tagR9Use) == r9StaticBase || n(tagRWData) == rwStaticBase }, What: "to reach variables from a static base in r9, which nobody sets (-frwpi; rustc: -C relocation-model=rwpi)"},
		{When: func(f *relocs.Facts) bool { return n(tagR9Use) == r9ThreadPointer }, What: "to have a thread pointer in r9, which nobody sets"},
		{When: func(f *relocs.Facts) bool { return n(tagSIMDArch) != 0 || n(tagMVEArch) != 0 }, What: "for vector instructions (Neon or MVE)"},
	}
}

// runs reports whether the core runs the architecture and profile of an object.
// Profile 'S' is "A or R or M", and 0 "any".
func (c core) runs(f *relocs.Facts) bool {
	profile := f.Number(tagCPUProfile)
	return c.archs>>f.Number(tagCPUArch)&1 != 0 && (profile == 0 || profile == 'M' || profile == 'S')
}

// cpu is what an object is compiled for, in words.
func cpu(f *relocs.Facts) string {
	v := f.Number(tagCPUArch)
	name := fmt.Sprintf("Arm architecture %d", v)
	if v < uint64(len(architectures)) {
		name = architectures[v]
	}
	if p := f.Number(tagCPUProfile); v == 10 && (p == 'A' || p == 'R' || p == 'M') {
		name += "-" + string(rune(p))
	}
	return name
}

func fpName(v uint64) string {
	names := []string{"none", "VFPv1", "VFPv2", "VFPv3", "VFPv3-D16", "VFPv4", "VFPv4-D16", "Armv8 FP", "FPv5-D16"}
	if v < uint64(len(names)) {
		return names[v]
	}
	return fmt.Sprintf("Tag_FP_arch %d", v)
}

var (
	coreM0  = core{compile: "-mthumb -mcpu=cortex-m0", archs: runsV6M, fp: fpNone}
	coreM3  = core{compile: "-mthumb -mcpu=cortex-m3", archs: runsV7M, fp: fpNone}
	coreM4F = core{compile: "-mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard", archs: runsV7EM, fp: fpV4, hard: true}
	coreM7  = core{compile: "-mthumb -mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard", archs: runsV7EM, fp: fpV5, double: true, hard: true}
)

// shape: up to 31 all are numbers but the names of the CPU; 32 is a flag
// with a text (ADDENDA32 section 3.2.1).
func shape(tag uint64) (number, text bool) {
	switch {
	case tag == 4, tag == 5:
		return false, true
	case tag == 32:
		return true, true
	case tag < 32:
		return true, false
	}
	return relocs.ByParity(tag)
}
