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

	// Costly are ways to compile that make modules larger than others do, by more than 5 %.
	Costly []Costly
}

// Costly is a way to compile, as its objects show.
type Costly struct {
	Shows   []uint32 // types of relocations; code with one of them is compiled so,
	Lacks   uint32   // unless it has this one too; 0: whatever else it has
	Flag    string   // what it was compiled with
	Better  string   // the flag to take instead
	Percent int      // by how much modules are smaller then, in the mean (docs/BENCHMARKS.md)
}

// Who has functions, where a toolchain says where it has its libraries.
const (
	FromLibgcc = "libgcc.a of the toolchain has %s: pass -l with the path that CC --print-libgcc-file-name prints (LINK_RUNTIME=1 with dynruntime.mk)"
	FromLibm   = "libm.a of the toolchain has %s: pass -l with the path that CC --print-file-name=libm.a prints (LINK_RUNTIME=1 with dynruntime.mk)"
	FromLibc   = "libc.a of the toolchain has %s: pass -l with the path that CC --print-file-name=libc.a prints"
)
