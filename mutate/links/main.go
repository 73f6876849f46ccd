// Command links prints what comes of linking everything that is stored, a line a
// link: what the corpus' tests compare. Lines about links that the linker's own check found
// wrong begin with the word caught.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"strings"

	"mpyld/mutate/corpus"
)

func main() {
	first := flag.Bool("first", false, "end when a check has found something")
	flag.Parse()
	links, err := corpus.All(*first)
	w := bufio.NewWriter(os.Stdout)
	was := map[string]corpus.Link{}
	for _, l := range links {
		if l.Caught {
			fmt.Fprint(w, "caught ")
		}
		said := l.Outcome
		set, smaller := strings.CutSuffix(l.Set, corpus.Smaller)
		if smaller && !l.Caught && l.Outcome != corpus.Refused {
			said = l.Larger(was[set+l.Case])
		}
		was[l.Set+l.Case] = l
		fmt.Fprintln(w, l.Set, l.Case, said)
	}
	if err := w.Flush(); err != nil {
		panic(err)
	}
	if err != nil {
		panic(err)
	}
}
