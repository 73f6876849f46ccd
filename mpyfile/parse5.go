package mpyfile

import "mpyld/qstrlink"

// file5 reads what is between the header and the relocation records of
// version 5 (py/persistentcode.c@v1.12: load_raw_code). There are no tables:
// behind the code comes a list of places in it that are to get qstrs.
func (r *reader) file5(f *File) {
	at := r.off
	kindLen := r.vuint("the code's kind and length")
	if r.err != nil {
		return
	}
	switch kind := kindLen & 3; {
	case kind == 0:
		r.notNative(at, "it is bytecode with native functions in it, or several modules merged by mpy-tool.py")
	case kind != CodeViper:
		r.notNative(at, "its code is of kind %d; a linker makes kind %d", kind, CodeViper)
	case kindLen>>2 == 0:
		r.fail(at, "there is no code")
	}
	f.Text = r.bytes(kindLen>>2, "text")
	r.links(f)

	rodata, bss := r.scope(f)
	at = r.off
	objects, children := r.vuint("the number of constant objects"), r.vuint("the number of functions inside")
	if r.err == nil && (objects != 0 || children != 0) {
		r.notNative(at, "it has %d constant objects and %d functions inside; a linker makes none", objects, children)
	}
	if rodata {
		f.Rodata = r.bytes(r.size("rodata"), "rodata")
	}
	if bss {
		r.bss(f)
	}
}

// links reads the qstr links: position << 2 | kind, then the qstr.
func (r *reader) links(f *File) {
	at := r.off
	n := r.vuint("the number of qstr links")
	if r.err == nil && n > r.left() {
		r.fail(at, "%d qstr links, but only %d bytes left", n, r.left())
	}
	for range n {
		at := r.off
		pos := r.vuint("the position of a qstr link")
		l := QStrLink{Off: pos >> 2, Object: pos&3 == LinkObject}
		l.QStr = r.qstr5()
		size := l.Size(f.Arch)
		switch {
		case r.err != nil:
			return
		case pos&3 != LinkValue && !l.Object:
			r.notNative(at, "a qstr link of kind %d; a linker makes %d and %d", pos&3, LinkValue, LinkObject)
		case uint64(len(f.Text)) < size || l.Off > uint64(len(f.Text))-size:
			r.fail(at, "a qstr link at text+0x%x, outside its %d bytes", l.Off, len(f.Text))
		case l.Off%size != 0:
			r.fail(at, "a qstr link at text+0x%x, which is not a multiple of %d", l.Off, size)
		case !isName(l.QStr):
			r.fail(at, "qstr %q is not plain ASCII", l.QStr)
		}
		f.Links = append(f.Links, l)
	}
}

// Size is how many bytes of text the loader stores to.
func (l *QStrLink) Size(a *Arch) uint64 {
	if l.Object {
		return uint64(a.Word)
	}
	return 2
}

// qstr5 reads a qstr of version 5: 0 and the number of a static one, or twice
// the length and the text. Odd numbers mean one of the last strings read,
// which saves room in bytecode; no linker writes them.
func (r *reader) qstr5() string {
	at := r.off
	switch v := r.vuint("a qstr"); {
	case v == 0:
		id := r.byte("the number of a static qstr")
		name, ok := qstrlink.StaticName(int(id))
		if !ok && r.err == nil {
			r.fail(at, "there is no static qstr %d", id)
		}
		return name
	case v&1 != 0:
		r.notNative(at, "it refers to an earlier qstr; a linker writes each out")
		return ""
	default:
		return string(r.bytes(v>>1, "a qstr"))
	}
}
