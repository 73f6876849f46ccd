// Command mpyld links ELF objects into native MicroPython modules. It takes
// mpy_ld.py's command line, and has verbs of its own.
//
// It is the only place that imports the command-line library, opens files,
// prints or exits. It must never know what is in an object or a module: each
// action reads files, makes one call per package, and writes what came out.
package main

import "os"

func main() {
	os.Exit(run(os.Args, os.Stdout, os.Stderr))
}
