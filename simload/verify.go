package simload

import (
	"fmt"

	"mpyld/diag"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Verify proves that the .mpy file in data is what the map of its link says.
// An error is a diag.List, and a bug of the linker, not of its user.
//
// What it proves, for the module loaded at two places:
//   - every input section is there, unchanged but for the fields of its
//     relocations, and nothing lies between sections but zeros;
//   - the value of every field follows from the formula of its relocation, be
//     it directly or by way of a GOT slot or veneer;
//   - every word the firmware relocates is one that a relocation of the input
//     asks for, or the linker's own;
//   - execution, which starts at the first byte, gets to mpy_init;
//   - the garbage collector finds the module's RAM.
//
// It cannot prove what the map does not say: that sections left out are not
// needed, and that names were bound to the right definitions.
func Verify(data []byte, m *link.Map) error {
	f, err := mpyfile.Parse(data)
	if err != nil {
		return diag.List{err.(*diag.Error)}
	}
	v := &verifier{file: f, m: m, masks: map[*relocs.Field]*mask{}}
	if v.machine(); len(v.errs) > 0 {
		return v.errs.Err()
	}
	// From here on every index of the map and every address is valid.
	if v.layout(); len(v.errs) > 0 {
		return v.errs.Err()
	}
	v.asked[mpyfile.Text] = newBitset(len(f.Text) / f.Arch.Word)
	v.asked[mpyfile.Rodata] = newBitset(len(f.Rodata) / f.Arch.Word)
	for _, at := range invented(f.Arch.Word) {
		im := Load(f, at)
		v.contents(im)
		v.entry(im)
		if !anchored(f, im) {
			v.bad("", "no relocated word of text points to the head of the module's RAM, so the garbage collector would free it")
		}
		if len(v.errs) > 0 {
			return v.errs.Err() // the other place would mostly repeat them
		}
	}
	v.words()
	return v.errs.Err()
}

// maxErrors stops a verification that finds everything wrong.
const maxErrors = 100

// verifier is the state of one Verify.
type verifier struct {
	file  *mpyfile.File
	m     *link.Map
	errs  diag.List
	order [3][]int32 // by region: the pieces with bytes in it, by address

	asked   [2]bitset // by region and word index: a relocation asks for an address there
	masks   map[*relocs.Field]*mask
	scratch []byte
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
	for i := range m.Refs {
		if r := &m.Refs[i]; r.Kind == link.RefPiece && (r.Piece < 0 || r.Piece >= len(m.Pieces)) {
			v.bad("", "%s is in piece %d, which the map has not", r.Name, r.Piece)
		}
	}
}

// words checks that the file relocates nothing but what was asked for. The
// linker may have words of its own in the pieces it made: what they are for
// was checked where a relocation of the input led to them.
func (v *verifier) words() {
	size := uint64(v.file.Arch.Word)
	var p *link.Piece
	for i := range v.file.Words {
		w := &v.file.Words[i]
		if p == nil || p.Region != w.Region || w.Off < p.Addr || w.Off-p.Addr >= p.Size {
			p = v.owner(w.Region, w.Off)
		}
		switch {
		case p == nil:
			v.bad(fmt.Sprintf("%s+0x%x", w.Region, w.Off), "the firmware relocates a word that belongs to no section")
		case w.Off-p.Addr+size > p.Size:
			v.bad(where(p, w.Off-p.Addr), "the firmware relocates a word that extends beyond the section")
		case p.Object != "" && !v.asked[w.Region].has(w.Off/size):
			v.bad(where(p, w.Off-p.Addr), "the firmware relocates a word (with %s) that no relocation asks for", w.Dest)
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

// bitset has one bit for each word of a region.
type bitset []uint64

func newBitset(n int) bitset       { return make(bitset, (n+63)/64) }
func (b bitset) set(i uint64)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i uint64) bool { return b[i/64]&(1<<(i%64)) != 0 }
