package simload

import (
	"fmt"

	"mpyld/diag"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/parallel"
)

// Verify proves that the .mpy file in data is what the map of its link says.
// An error is a diag.List, and a bug of the linker, not of its user.
//
// What it proves, for the module loaded at two places:
//   - every input section is in memory, unchanged but for the fields of its
//     relocations, with nothing but zeros between sections: so the firmware
//     relocates no word that it should not;
//   - the value of every field follows from the formula of its relocation, be
//     it directly or by way of a GOT slot or veneer: so the firmware relocates
//     every word that it should, and adds the right address;
//   - execution, which starts at the first byte, gets to mpy_init;
//   - the garbage collector finds the module's RAM;
//   - the module finds its qstrs, in the order it was compiled with.
//
// It cannot prove what the map does not say: that sections left out are not
// needed, and that names were bound to the right definitions.
func Verify(data []byte, m *link.Map) error {
	f, err := mpytree.Module(data)
	if err != nil {
		return diag.List{err.(*diag.Error)}
	}
	v := newVerifier(f, m)
	if v.machine(); len(v.errs) > 0 {
		return v.errs.Err()
	}
	// From here on every index of the map and every address is valid.
	if v.layout(); len(v.errs) > 0 {
		return v.errs.Err()
	}
	bases := invented(f.Arch.Word)
	if v.relocations() < manyRelocations {
		if v.at(bases[0]); len(v.errs) == 0 {
			v.at(bases[1])
		}
		return v.errs.Err()
	}
	return v.atBoth(bases)
}

// manyRelocations is from where on a second goroutine pays, in memory too.
var manyRelocations = 10_000 // but for tests

func (v *verifier) relocations() int {
	n := 0
	for i := range v.m.Pieces {
		n += len(v.m.Pieces[i].Relocs)
	}
	return n
}

// atBoth checks the module at two places at once. It reports what checking
// them in turn would: of the second nothing, if the first has errors, for they
// would mostly repeat.
func (v *verifier) atBoth(bases [2]Bases) error {
	second := newVerifier(v.file, v.m)
	second.order = v.order
	places := [2]*verifier{v, second}
	parallel.Each(len(places), func(i int) { places[i].at(bases[i]) })
	if len(v.errs) > 0 {
		return v.errs.Err()
	}
	return second.errs.Err()
}

// at checks the module loaded at one place.
func (v *verifier) at(at Bases) {
	im := Load(v.file, at)
	v.contents(im)
	v.unused(im)
	v.edges(im)
	v.entry(im)
	v.names(im)
	if !anchored(v.file, im) {
		v.bad("", "no relocated word of text points to the head of the module's RAM, so the garbage collector would free it")
	}
}

// maxErrors stops a verification that finds everything wrong.
const maxErrors = 100

// verifier is the state of one Verify, or of one of its places: what it
// remembers is not for two goroutines.
type verifier struct {
	file  *mpyfile.File
	m     *link.Map
	errs  diag.List
	order [3][]int32 // by region: the pieces with bytes in it, by address

	fields  []*field            // those seen so far
	places  map[int]*placeOrder // by piece
	slots   slotTable
	flows   map[*Image]*flow
	scratch []byte

	last      *placeOrder // of places, the one used last
	lastPiece int
}

func newVerifier(f *mpyfile.File, m *link.Map) *verifier {
	return &verifier{file: f, m: m, places: map[int]*placeOrder{}, flows: map[*Image]*flow{}}
}

func (v *verifier) bad(where, format string, args ...any) {
	if len(v.errs) < maxErrors {
		v.errs.Add(where, format, args...)
	}
}

// machine checks the parts of the map that later checks use without looking.
func (v *verifier) machine() {
	m := v.m
	if m.Machine == nil || m.Machine.Arch != v.file.Arch.Name {
		v.bad("", "the map is not for %s, the architecture of the file", v.file.Arch.Name)
		return
	}
	if m.ABI != v.file.ABI {
		v.bad("", "the map is not for ABI %s, that of the file", v.file.ABI.Name)
		return
	}
	for i := range m.Refs {
		if r := &m.Refs[i]; r.Kind == link.RefPiece && (r.Piece < 0 || int(r.Piece) >= len(m.Pieces)) {
			v.bad("", "%s is in piece %d, which the map has not", r.Name, r.Piece)
		}
	}
	for i := range m.Edges {
		for _, p := range append([]int{m.Edges[i].Piece}, m.Edges[i].Run...) {
			if p < 0 || p >= len(m.Pieces) {
				v.bad("", "a linker-defined symbol is at piece %d, which the map has not", p)
			}
		}
	}
}

// where gives the coordinates of a byte in a piece.
func where(p *link.Piece, off uint64) string {
	if p.Object == "" {
		return fmt.Sprintf("(%s+0x%x)", p.Name, off)
	}
	return fmt.Sprintf("%s:(%s+0x%x)", p.Object, p.Name, off)
}
