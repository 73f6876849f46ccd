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

	// Flags are extensions that a module can say it needs: bit n of the
	// arch-flags field is the n-th (py/asmrv32.h: RV32_EXT_*).
	Flags []string
}

// Archs lists the architectures mpyld links for.
var Archs = []*Arch{
	{Name: "x86", Code: 1, Word: 4, WritableText: true},
	{Name: "x64", Code: 2, Word: 8, WritableText: true},
	{Name: "armv6m", Code: 4, Word: 4, WritableText: true},
	{Name: "armv7m", Code: 5, Word: 4, WritableText: true},
	{Name: "armv7emsp", Code: 7, Word: 4, WritableText: true},
	{Name: "armv7emdp", Code: 8, Word: 4, WritableText: true},
	{Name: "xtensa", Code: 9, Word: 4},
	{Name: "xtensawin", Code: 10, Word: 4, SeparateRodata: true},
	{Name: "rv32imc", Code: 11, Word: 4, WritableText: true, Flags: []string{"zba", "zcmp"}},
	{Name: "rv64imc", Code: 12, Word: 8, WritableText: true},
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
func ArchByCode(code byte) *Arch {
	for _, a := range Archs {
		if a.Code == code {
			return a
		}
	}
	return nil
}
