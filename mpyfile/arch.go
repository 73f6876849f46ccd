package mpyfile

// Arch is a native architecture of the .mpy format.
type Arch struct {
	Name string // as --arch spells it
	Code byte   // arch field of header byte 2 (MP_NATIVE_ARCH_* of py/persistentcode.h)
	Word int    // bytes of a machine word, the unit of load-time relocation

	// SeparateRodata: text cannot be read byte-wise on this architecture, so
	// read-only data goes to the rodata region instead of into text.
	SeparateRodata bool

	// WritableText: text is RAM that can be written in any width, so variables
	// may live in it.
	WritableText bool

	// What the firmware's allocators align a module's text and its RAM to, in
	// bytes, on all ports: a block of the garbage collector's heap is four words;
	// text on Unix is pages, on ESP boards words (ports/esp32/main.c, esp8266/esp_mphal.c).
	TextAlign, BlockAlign uint64

	// Floats is how code passes floats, where that is a choice (-mfloat-abi, as
	// relocs.ABI has it): "soft" or "hard".
	Floats string

	// Flags are extensions that a module can say it needs: bit n of the
	// arch-flags field is the n-th (py/asmrv32.h: RV32_EXT_*).
	Flags []string
}

// Archs lists the architectures mpyld links for.
var Archs = []*Arch{
	{Name: "x86", Code: 1, Word: 4, TextAlign: 4096, BlockAlign: 16, WritableText: true},
	{Name: "x64", Code: 2, Word: 8, TextAlign: 4096, BlockAlign: 32, WritableText: true},
	{Name: "armv6m", Floats: "soft", Code: 4, Word: 4, TextAlign: 16, BlockAlign: 16, WritableText: true},
	{Name: "armv7m", Floats: "soft", Code: 5, Word: 4, TextAlign: 16, BlockAlign: 16, WritableText: true},
	{Name: "armv7emsp", Floats: "hard", Code: 7, Word: 4, TextAlign: 16, BlockAlign: 16, WritableText: true},
	{Name: "armv7emdp", Floats: "hard", Code: 8, Word: 4, TextAlign: 16, BlockAlign: 16, WritableText: true},
	{Name: "xtensa", Code: 9, Word: 4, TextAlign: 4, BlockAlign: 16},
	{Name: "xtensawin", Code: 10, Word: 4, TextAlign: 4, BlockAlign: 16, SeparateRodata: true},
	{Name: "rv32imc", Code: 11, Word: 4, TextAlign: 16, BlockAlign: 16, WritableText: true, Flags: []string{"zba", "zcmp"}},
	{Name: "rv64imc", Code: 12, Word: 8, TextAlign: 32, BlockAlign: 32, WritableText: true},
}

// ArchByName returns the architecture that --arch names, or nil.
func ArchByName(name string) *Arch {
	for _, a := range Archs {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// ArchByCode returns the architecture with the given header code, or nil.
func ArchByCode(code byte) *Arch { return archIn(Archs, code) }

// Architectures of the format that nobody links for: Arm without Thumb, and
// Cortex-M4 without a floating-point unit, whose firmware runs armv7m code.
var (
	armv6   = &Arch{Name: "armv6", Code: 3, Word: 4, Floats: "soft"}
	armv7em = &Arch{Name: "armv7em", Code: 6, Word: 4, Floats: "soft"}
)

// ArchInFormat returns the architecture with the given header code, one that
// only compilers know too, or nil.
func ArchInFormat(code byte) *Arch {
	if a := ArchByCode(code); a != nil {
		return a
	}
	return archIn([]*Arch{armv6, armv7em}, code)
}

// ArchName names a header code: "none" is 0.
func ArchName(code byte) string {
	if a := ArchInFormat(code); a != nil {
		return a.Name
	}
	if code == 0 {
		return "none"
	}
	return "unknown"
}

func archIn(list []*Arch, code byte) *Arch {
	for _, a := range list {
		if a.Code == code {
			return a
		}
	}
	return nil
}
