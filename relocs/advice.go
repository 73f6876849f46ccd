package relocs

// Advice is what to tell people whose links fail or come out badly, where it
// depends on the machine's toolchains. A %s is the symbol's name.
type Advice struct {
	Runtime    string   // who has a function of libgcc
	RuntimeOwn []string // beginnings of names that libgcc has for this machine alone
	Maths      string   // who has a function of math.h
	C          string   // who has another function of ISO C

	// RAM is the flag that makes code reach static variables in RAM, where
	// -fpic makes it reach them relative to itself; "" if there is none.
	RAM string

	// HabitAlign is the alignment that compilers give to big variables for speed
	// alone, in bytes.
	HabitAlign uint64
}

// Who has functions, where a toolchain says where it has its libraries.
const (
	FromLibgcc = "libgcc.a of the toolchain has %s: pass -l with the path that CC --print-libgcc-file-name prints (LINK_RUNTIME=1 with dynruntime.mk)"
	FromLibm   = "libm.a of the toolchain has %s: pass -l with the path that CC --print-file-name=libm.a prints (LINK_RUNTIME=1 with dynruntime.mk)"
	FromLibc   = "libc.a of the toolchain has %s: pass -l with the path that CC --print-file-name=libc.a prints"
)
