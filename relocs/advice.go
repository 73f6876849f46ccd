package relocs

// Advice is what to tell people whose links fail or come out badly, where it
// depends on the machine's toolchains. A %s is the symbol's name.
type Advice struct {
	Runtime string // who has a function of libgcc
	Beyond  string // who has one that libgcc.a was given for and does not have; "" if nobody
	Maths   string // who has a function of math.h
	C       string // who has another function of ISO C

	// RAM is the flag that makes code reach static variables in RAM, where
	// -fpic makes it reach them relative to itself; "" if there is none.
	RAM string

	// HabitAlign is the alignment that compilers give to big variables for speed
	// alone, in bytes.
	HabitAlign uint64
}

const (
	fromLibgcc = "libgcc.a of the toolchain has %s: pass -l with the path that CC --print-libgcc-file-name prints (LINK_RUNTIME=1 with dynruntime.mk)"
	fromLibm   = "libm.a of the toolchain has %s: pass -l with the path that CC --print-file-name=libm.a prints (LINK_RUNTIME=1 with dynruntime.mk)"
	fromLibc   = "libc.a of the toolchain has %s: pass -l with the path that CC --print-file-name=libc.a prints"
)

// newlib has two libraries, both where the compiler finds them.
var newlibAdvice = Advice{Runtime: fromLibgcc, Maths: fromLibm, C: fromLibc, RAM: "-fno-pic"}

// Debian's RISC-V compilers find a C library with --specs=picolibc.specs, but do
// not print where it is.
var riscvAdvice = Advice{
	Runtime: fromLibgcc, Maths: fromPicolibc, C: fromPicolibc, RAM: "-fno-pic",
}

const fromPicolibc = "libc.a of picolibc has %s: pass -l /usr/lib/picolibc/riscv64-unknown-elf/lib/$(CC --print-multi-directory)/libc.a (of the package picolibc-riscv64-unknown-elf; elsewhere, the path that CC --print-file-name=libc.a prints)"

// The compiler for the ESP8266 leaves out of libgcc what the chip has in ROM.
// Its C library is picolibc, which has the mathematics in libc.a.
var esp8266Advice = Advice{
	Runtime: fromLibgcc, Maths: fromLibc, C: fromLibc,
	Beyond: "the ESP8266 has %s in ROM: pass -e with ports/esp8266/boards/eagle.rom.addr.v6.ld of MicroPython's source (MPY_EXTERN_SYM_FILE with dynruntime.mk)",
}

var esp32Advice = Advice{Runtime: fromLibgcc, Maths: fromLibm, C: fromLibc}

// glibc picks functions when a dynamic loader runs, and keeps its state in
// threads; musl does neither.
func glibcAdvice(musl string, habit uint64) Advice {
	from := "libc.a of musl has %s (glibc's needs a dynamic loader): pass -l " + musl + "/libc.a (of the package musl-dev)"
	return Advice{Runtime: fromLibgcc, Maths: from, C: from, HabitAlign: habit}
}
