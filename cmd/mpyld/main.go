// Command mpyld links ELF objects into native MicroPython modules. It takes
// mpy_ld.py's command line, and has verbs of its own.
//
// It is the only place that imports the command-line library, opens files,
// prints or exits. It must never know what is in an object or a module: each
// action makes a call of the library (package mpyld) and writes what came out.
package main

import (
	"os"
	"runtime/debug"
)

// gcPercent lets the heap grow to 64 MiB before the first garbage collection
// (sixteen times the runtime's usual 4 MiB). Nearly all that a link makes
// it needs to the end, and what it makes is in proportion to its input, so that
// collecting only takes time. GOGC in the environment goes before.
const gcPercent = 1600

// collectAsUsual is for the verbs: what they make of a file that is read and
// thrown away is many times the file.
func collectAsUsual() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(100)
	}
}

// collectLate lets the heap grow to eight times a big input first, which links take at most seven
// times of. What is not half a GiB by then does not get larger so.
func collectLate(input int64) {
	const usual, most = 4 << 20, 512 << 20
	if percent := int(min(8*input, most) * 100 / usual); percent > gcPercent && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	deepen(0)
	os.Exit(run(os.Args, os.Stdout, os.Stderr))
}

// deepen is called with 0, which needs no room. But it has room for more, so the stack is
// made as large as a link needs it, before there is anything on it: each time a
// stack grows, the functions on it are looked up in tables that nothing else reads.
//
//go:noinline
func deepen(n int) byte {
	if n == 0 {
		return 0
	}
	var room [48 << 10]byte
	room[n] = byte(n)
	return room[n/2] + deepen(n-1)
}
