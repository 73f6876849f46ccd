package mpyld

import (
	"fmt"
	"slices"

	"mpyld/elfload"
	"mpyld/relocs"
)

// Flags of a compiler may cost more than a linker can save. Who asks for a small module is told,
// in a line for each way to compile:
//
//	compiled with -fpic: wave.o; -fno-pic makes modules about 9 % smaller

// costly returns notes about how the objects are compiled, of links that are to make modules
// smaller. Of mended ones there is nothing to say: their code loads addresses directly.
func (i *Inputs) costly(mended map[*elfload.Object]*elfload.Object) (notes []string) {
	if !i.opts.Optimise {
		return nil
	}
	for _, way := range i.to.Arch.Advice.Costly {
		first, more := "", 0
		for _, obj := range i.in.Objects {
			switch {
			case mended[obj] != nil, !compiledSo(obj, &way):
			case first == "":
				first = obj.Name
			default:
				more++
			}
		}
		switch {
		case first == "":
			continue
		case more > 0:
			first += fmt.Sprintf(" and %d more", more)
		}
		notes = append(notes, fmt.Sprintf("compiled with %s: %s; %s makes modules about %d %% smaller", way.Flag, first, way.Better, way.Percent))
	}
	return notes
}

// compiledSo reports whether an object has code that is compiled in a way.
func compiledSo(obj *elfload.Object, way *relocs.Costly) bool {
	shows := false
	for k := range obj.Sections {
		for h := range obj.Sections[k].RelocSymbols {
			if h == nil {
				continue
			}
			if way.Lacks != 0 && h.Type == way.Lacks {
				return false
			}
			shows = shows || slices.Contains(way.Shows, h.Type)
		}
	}
	return shows
}
