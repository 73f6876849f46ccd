// Command links prints what comes of linking everything that is stored, a line a
// link. Lines about links that the linker's own check found wrong begin with the
// word caught.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"

	"mpyld/mutate/corpus"
)

func main() {
	first := flag.Bool("first", false, "end when a check has found something")
	flag.Parse()
	links, err := corpus.All(*first)
	w := bufio.NewWriter(os.Stdout)
	for _, l := range links {
		if l.Caught {
			fmt.Fprint(w, "caught ")
		}
		fmt.Fprintln(w, l.Set, l.Case, l.Outcome)
	}
	if err := w.Flush(); err != nil {
		panic(err)
	}
	if err != nil {
		panic(err)
	}
}
