package simload

import (
	"fmt"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/relocs"
)

// Report is what VerifyFile found in a file that is in order.
type Report struct {
	File  *mpyfile.File
	Entry uint64 // byte offset in text of the first code behind the entry jump, if there is one

	// Words counts the relocated words, by kind of destination.
	Words [mpyfile.ToFunEntry + 1]int

	// Warnings are what mpyld would not do, but the firmware can load.
	Warnings diag.List
}

// VerifyFile checks a module, or each linked module in a merged file, without
// knowing how it was linked: that it is well formed, that its words are inside
// their regions and apart, and that it starts by jumping to a place inside. The
// error is a *diag.Error.
func VerifyFile(data []byte, own *mpyfile.ABI) ([]*Report, error) {
	files, err := mpytree.Modules(data, own)
	if err != nil {
		return nil, err
	}
	var list []*Report
	for i, f := range files {
		r, err := report(f)
		if err != nil {
			if e, ok := err.(*diag.Error); ok && len(files) > 1 {
				e.Where = fmt.Sprintf("module %d: %s", i+1, e.Where)
			}
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// report checks one module.
func report(f *mpyfile.File) (*Report, error) {
	r := &Report{File: f}
	if e := tooLong(f); e != nil {
		return nil, e
	}
	im := Load(f, invented(f.Arch.Word)[0])
	if mach := f.Arch; mach != nil {
		if err := r.findEntry(mach); err != nil {
			return nil, err
		}
	}
	for i := range f.Words {
		r.Words[f.Words[i].Dest.Kind]++
	}
	if !anchored(f, im) {
		r.Warnings.Add("", "no relocated word of text points to the head of the module's RAM").
			Note("MicroPython ports that do not track that RAM free it during garbage collection: all releases before 1.24, later ones without MICROPY_PERSISTENT_CODE_TRACK_BSS_RODATA").
			Note("files of mpyld have such a word")
	}
	return r, nil
}

// findEntry follows the entry jump. Text that starts with none is mpy_init.
func (r *Report) findEntry(mach *relocs.Machine) error {
	target, size, ok := jump(mach, r.File.Text)
	if !ok {
		return nil
	}
	if target < uint64(size) || target >= uint64(len(r.File.Text)) {
		return diag.New("text", "it starts with a jump to %#x, outside its %d bytes", int64(target), len(r.File.Text))
	}
	for i := range r.File.Words {
		if w := &r.File.Words[i]; w.Region == mpyfile.Text && w.Off < uint64(size) {
			return diag.New(fmt.Sprintf("text+0x%x", w.Off), "the firmware relocates a word of the jump at the start of text")
		}
	}
	r.Entry = target
	return nil
}

// String is the memory that a device has to offer for the module.
func (r *Report) String() string {
	f := r.File
	return fmt.Sprintf("text %d, rodata %d, bss %d, qstrs %d, relocated words %d",
		len(f.Text), len(f.Rodata), f.BSSSize, len(f.QStrs)+len(f.Links), len(f.Words))
}
