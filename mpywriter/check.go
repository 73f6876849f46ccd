package mpywriter

import (
	"fmt"

	"mpyld/diag"
	"mpyld/mpyfile"
)

// check refuses what the format has no room for, and words outside their
// region: the firmware would relocate whatever it finds there.
func check(f *mpyfile.File) error {
	links := f.ABI.Names == mpyfile.NameLinks
	switch {
	case f.ABI.Version != 5 && f.ABI.Version != 6:
		return diag.New("", "cannot write mpy version %d", f.ABI.Version)
	case !links && len(f.QStrs) == 0:
		return diag.New("", "the qstr table needs the name of the source file")
	case links && len(f.QStrs) > 0 || !links && len(f.Links) > 0 || !f.ABI.Objects && len(f.Objects) > 0:
		return diag.New("", "%d qstrs, %d objects and %d qstr links: ABI %s does not have all of these", len(f.QStrs), len(f.Objects), len(f.Links), f.ABI.Name)
	case links && f.ArchFlags != 0:
		return diag.New("", "ABI %s has no architecture flags", f.ABI.Name)
	case len(f.Text) == 0:
		return diag.New("", "there is no code")
	case f.BSSSize>>(8*f.Arch.Word-1) != 0:
		return diag.New("", "bss of %d bytes does not fit the address space", f.BSSSize)
	}
	for i, s := range f.QStrs {
		if err := checkName(s); err != nil {
			if i == 0 {
				return err.Note("this is the name of the source file: choose another with --source-name")
			}
			return err
		}
	}
	for _, s := range f.Objects {
		if err := checkQStr(s); err != nil {
			return err
		}
	}
	for i := range f.Links {
		if err := checkLink(f, &f.Links[i]); err != nil {
			return err
		}
	}
	for i := range f.Words {
		if err := checkWord(f, &f.Words[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkQStr(s string) *diag.Error {
	for i := range len(s) {
		if s[i] == 0 || s[i] >= 0x80 {
			return diag.New("", "qstr %q: only ASCII without NUL can be written", s)
		}
	}
	return nil
}

// checkName is checkQStr of what the loader makes a name of. (Objects are strings of any length.)
func checkName(s string) *diag.Error {
	if len(s) > mpyfile.MaxQStr {
		return diag.New("", "qstr %q has %d bytes: firmware takes no name of more than %d", s[:16]+"...", len(s), mpyfile.MaxQStr)
	}
	return checkQStr(s)
}

func checkWord(f *mpyfile.File, w *mpyfile.Word) error {
	var size int
	switch w.Region {
	case mpyfile.Text:
		size = len(f.Text)
	case mpyfile.Rodata:
		size = len(f.Rodata)
	}
	place := func() string { return fmt.Sprintf("%s+0x%x", w.Region, w.Off) }
	word := uint64(f.Arch.Word)
	packed := f.ABI.Wire.Packed // the loader would read behind the end of its table
	switch code := wireCode(&f.ABI.Wire, w.Dest, len(f.Rodata) > 0); {
	case w.Off%word != 0:
		return diag.New(place(), "the firmware can only relocate words at multiples of %d bytes", word)
	case uint64(size) < word || w.Off > uint64(size)-word:
		return diag.New(place(), "a word to relocate outside the region's %d bytes", size)
	case w.Dest.Kind == mpyfile.ToFunEntry && (w.Dest.Entry < 0 || int(w.Dest.Entry) >= len(f.ABI.Fun)):
		return diag.New(place(), "mp_fun_table has no entry %d in ABI %s", w.Dest.Entry, f.ABI.Name)
	case code < 0, packed && w.Dest.Kind == mpyfile.ToBSS && f.BSSSize == 0:
		return diag.New(place(), "ABI %s has no %s to relocate by", f.ABI.Name, w.Dest)
	case code > maxCode:
		return diag.New(place(), "destination code %d does not fit a relocation record", code)
	}
	return nil
}

func checkLink(f *mpyfile.File, l *mpyfile.QStrLink) error {
	size, text := l.Size(f.Arch), uint64(len(f.Text))
	switch err := checkName(l.QStr); {
	case err != nil:
		return err
	case text < size || l.Off > text-size || l.Off%size != 0:
		return diag.New(fmt.Sprintf("text+0x%x", l.Off), "a place for the qstr %s of %d bytes does not fit there", l.QStr, size)
	}
	return nil
}
