package debugelf

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// Who finds a module in memory knows where its text may be, and wants to be sure, and to know where
// its variables are. Both is in text: most words of code are in memory as they are in the file, and
// some are addresses of variables once the module is loaded.
//
//	text+0x10    0x4b02b510    in the file and in memory    fixed@0x10
//	text+0x24    8             in the file: 8 bytes into bss; in memory 8 more than where bss is    bss@0x24

// NoteSection has what says which module the companion belongs to: a note of owner "mpyld" whose
// description is the SHA-256 of the .mpy, and behind it words that end in a zero byte: the names of module,
// architecture and ABI, and where in text the words of a Landmark are.
const NoteSection = ".note.mpyld"

// Landmark is a word of text that tells something of where the module is in memory. It is 4 bytes if it
// is fixed, else a word of the machine.
type Landmark struct {
	Off  uint64 // bytes from the start of text
	Kind string // fixed: it is in memory as in the file; bss, rodata: in memory it is that much more than in the file
}

// What Landmark.Kind can be.
const (
	Fixed    = "fixed"
	AtBSS    = "bss"
	AtRodata = "rodata"
)

// mostFixed is how many fixed words there are at most: to tell modules apart takes few.
const mostFixed = 4

// note is the content of NoteSection.
func (in *Input) note() []byte {
	sum := sha256.Sum256(in.Module)
	words := []string{in.Name, in.Map.Machine.Name, in.Map.ABI.Name}
	for _, l := range in.landmarks() {
		words = append(words, fmt.Sprintf("%s@%#x", l.Kind, l.Off))
	}
	desc := append(sum[:], strings.Join(words, "\x00")+"\x00"...)
	const owner = elfload.CompanionOwner + "\x00"
	b := le.AppendUint32(nil, uint32(len(owner)))
	b = le.AppendUint32(b, uint32(len(desc)))
	b = le.AppendUint32(b, elfload.CompanionNote)
	b = padded(append(b, owner...), 4)
	return padded(append(b, desc...), 4)
}

// landmarks finds words of text that tell where the module is.
func (in *Input) landmarks() []Landmark {
	var marks []Landmark
	loader := map[uint64]bool{} // words, by number, that are another in memory
	for i := range in.File.Words {
		w := &in.File.Words[i]
		if w.Region != mpyfile.Text {
			continue
		}
		for at := w.Off; at < w.Off+uint64(in.Map.Machine.Word); at += 4 {
			loader[at/4] = true
		}
		kind := ""
		switch w.Dest {
		case mpyfile.RegionDest(mpyfile.BSS):
			kind = AtBSS
		case mpyfile.RegionDest(mpyfile.Rodata):
			kind = AtRodata
		}
		if kind != "" && !slices.ContainsFunc(marks, func(l Landmark) bool { return l.Kind == kind }) {
			marks = append(marks, Landmark{w.Off, kind})
		}
	}
	for i := range in.File.Links {
		l := &in.File.Links[i]
		for at := l.Off; at < l.Off+l.Size(in.Map.Machine); at++ {
			loader[at/4] = true
		}
	}
	var fixed []uint64
	for i := range in.Map.Sections {
		s := &in.Map.Sections[i]
		if s.Region != mpyfile.Text || s.Class != linkmap.Code {
			continue
		}
		for at := (s.Addr + 3) &^ 3; at+4 <= s.Addr+s.Size && at+4 <= uint64(len(in.File.Text)); at += 4 {
			if !loader[at/4] {
				fixed = append(fixed, at)
			}
		}
	}
	slices.Sort(fixed)
	for i := range min(mostFixed, len(fixed)) { // evenly, the last one too
		marks = append(marks, Landmark{fixed[(i+1)*len(fixed)/min(mostFixed, len(fixed))-1], Fixed})
	}
	slices.SortFunc(marks, func(a, b Landmark) int { return int(a.Off) - int(b.Off) })
	return marks
}

// readNote reads the content of NoteSection, and reports whether it is one.
func (c *Companion) readNote(data []byte) bool {
	const header, sum = 20, 32 // with the owner, "mpyld" and zeros up to whole words
	if len(data) < header+sum || string(data[12:18]) != elfload.CompanionOwner+"\x00" {
		return false
	}
	words := strings.Split(string(data[header+sum:]), "\x00")
	if len(words) < 3 {
		return false
	}
	c.SHA256, c.Module, c.ABI = data[header:header+sum], words[0], words[2]
	c.Machine = machines.For(words[1])
	for _, word := range words[3:] {
		kind, place, _ := strings.Cut(word, "@")
		if off, err := strconv.ParseUint(place, 0, 32); err == nil {
			c.Landmarks = append(c.Landmarks, Landmark{off, kind})
		}
	}
	return c.Machine != nil
}

// modeBits are those that addresses of functions have.
func modeBits(m *relocs.Machine) uint64 { return uint64(m.ModeBits) }
