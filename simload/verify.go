package simload

import (
	"math"
	"sync"

	"mpyld/diag"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/parallel"
	"mpyld/relocs"
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
func Verify(data []byte, m *linkmap.Map) error {
	own := m.ABI
	if own != nil && own.Base == nil {
		own = nil
	}
	f, err := mpytree.Module(data, own, others(m)...)
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
	if v.findMoved(); len(v.errs) > 0 {
		return v.errs.Err()
	}
	at := v.load(invented(f.Arch.Word))
	v.contents(at)
	for _, place := range at {
		// Of the second place nothing, if the first has errors: they would mostly
		// repeat.
		if place.checkModule(); len(place.errs) > 0 {
			return place.errs.Err()
		}
	}
	return nil
}

// others returns the machine of the map, which may be one that MicroPython does
// not have.
func others(m *linkmap.Map) []*relocs.Machine {
	if m.Machine == nil {
		return nil
	}
	return []*relocs.Machine{m.Machine}
}

// load returns a verifier for each place, with the module loaded there.
func (v *verifier) load(bases [2]Bases) []*verifier {
	v.symbols = symbolsOf(v.m)
	at := make([]*verifier, len(bases))
	load := func(i int) { at[i] = v.withImage(Load(v.file, bases[i])) }
	if v.large() {
		parallel.Each(len(at), load)
	} else {
		for i := range at {
			load(i)
		}
	}
	return at
}

// manyRelocations is from where on a second goroutine pays, in memory too.
var manyRelocations = 10_000 // but for tests

func (v *verifier) large() bool {
	n := 0
	for i := range v.m.Sections {
		n += len(v.m.Sections[i].Relocs)
	}
	return n >= manyRelocations
}

// checkModule checks what is not about one section, of the module loaded at one place.
func (v *verifier) checkModule() {
	im := v.im
	v.unused(im)
	v.boundaries(im)
	v.entry(im)
	v.names(im)
	if !anchored(v.file, im) {
		v.errorf("", "no relocated word of text points to the head of the module's RAM, so the garbage collector would free it")
	}
}

// maxErrors stops a verification that finds everything wrong.
const maxErrors = 100

// verifier is the state of one Verify, or of a part of the work at one of its
// places: what it remembers is not for two goroutines.
type verifier struct {
	file  *mpyfile.File
	m     *linkmap.Map
	errs  diag.List
	order [3][]int32 // by region: the sections with bytes in it, by address

	moved map[*linkmap.Section][]*linkmap.Section // by section: where instructions of it are instead, in the order of their places

	symbols *symbols // the targets of the map

	im    *Image // of the place
	slots func() *slotTable
	flows map[*Image]*flow
	ends  map[uint64]uint64 // by island of that, its offset in text: where the last jump leads to
	*memory
}

// memory is what a goroutine remembers to find it faster the next time, whatever
// the place.
type memory struct {
	fields []*field // those seen so far

	near, nearIn int // number of the relocation found last, and its section

	found int32 // number of the GOT slot found last

	wants [2][]byte // by place: what a section should be
}

func newMemory() *memory { return &memory{} }

func newVerifier(f *mpyfile.File, m *linkmap.Map) *verifier {
	return &verifier{file: f, m: m}
}

// withImage returns a verifier for the module at one place.
func (v *verifier) withImage(im *Image) *verifier {
	return &verifier{
		file: v.file, m: v.m, order: v.order, moved: v.moved, symbols: v.symbols, im: im, flows: map[*Image]*flow{},
		slots: sync.OnceValue(func() *slotTable { return v.slotsOf(im) }),
	}
}

func (v *verifier) errorf(where any, format string, args ...any) {
	if len(v.errs) < maxErrors {
		v.errs.Add(where, format, args...)
	}
}

// machine checks the parts of the map that later checks use without looking.
func (v *verifier) machine() {
	m := v.m
	if m.Machine == nil || m.Machine.Name != v.file.Arch.Name {
		v.errorf("", "the map is not for %s, the architecture of the file", v.file.Arch.Name)
		return
	}
	if m.ABI != v.file.ABI {
		v.errorf("", "the map is not for ABI %s, that of the file", v.file.ABI.Name)
		return
	}
	for i := range m.Sections {
		if m.Sections[i].Origin == nil {
			v.errorf("", "section %d of the map is from nowhere", i)
		}
	}
	for i := range m.Targets {
		if r := &m.Targets[i]; r.Kind == linkmap.InSection && (r.Section < 0 || int(r.Section) >= len(m.Sections)) {
			v.errorf("", "%s is in section %d, which the map does not have", r.Name, r.Section)
		}
		if r := &m.Targets[i]; r.Kind == linkmap.Absolute && m.Machine.Word == 4 && r.Off > math.MaxUint32 && r.Off < 1<<64-1<<31 {
			v.errorf("", "%s is 0x%x, which is no address of a machine with words of 32 bits", r.Name, r.Off)
		}
	}
	for i := range m.Boundaries {
		for _, p := range append([]int{m.Boundaries[i].Section}, m.Boundaries[i].Of...) {
			if p < 0 || p >= len(m.Sections) {
				v.errorf("", "a linker-defined symbol is at section %d, which the map does not have", p)
			}
		}
	}
}
