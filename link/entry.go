package link

import (
	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
)

// findEntry binds mpy_init.
func (r *program) findEntry(errs *diag.List) {
	name := entryName
	if target, offset := r.final(name); offset == 0 {
		name = target // --defsym mpy_init=…
	}
	d, ok := r.globals.get(name)
	if !ok {
		e := errs.Add("", "no object defines %s, the function that runs when the module is imported", entryName)
		r.noteForeign(name, e)
		for _, obj := range r.objects {
			for i := range obj.Symbols {
				if s := &obj.Symbols[i]; s.Name == entryName && s.Local() {
					e.Note("it is static in %s", obj.Name)
					return
				}
			}
		}
		e.Note("define mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args)")
		return
	}
	if !r.isCode(d) {
		errs.Add(r.where(d), "%s is not a function", entryName).
			Note("define mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args)")
		return
	}
	r.entry = d
	if r.start != nil {
		r.entry = *r.start
	}
}

// isCode reports whether a definition is in code that is part of the module.
func (r *program) isCode(d def) bool {
	s := r.symbol(d)
	if s.Where != elfload.InSection {
		return false
	}
	p := r.sectionOf[d.obj][s.Sect]
	return p >= 0 && r.sections[p].Class == linkmap.Code && s.Value < r.objects[d.obj].Sections[s.Sect].Size
}
