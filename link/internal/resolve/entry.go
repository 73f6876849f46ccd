package resolve

import (
	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
)

// findEntry binds mpy_init.
func (r *Program) findEntry(errs *diag.List) {
	name, offset := r.final(entryName) // --defsym mpy_init=…
	_, named := r.Aliases[entryName]
	if e, fixed := r.Fixed(entryName); fixed && !e.Provide && !named || offset != 0 {
		errs.Add("", "%s is set to what is no start of a function", entryName).
			Note("set it to the name of a function, or leave it to the objects: the module starts there when it is imported")
		return
	}
	d, ok := r.Globals.Get(name)
	if !ok {
		e := errs.Add("", "no object defines %s, the function that runs when the module is imported", entryName)
		r.NoteOtherMachine(name, e)
		for _, obj := range r.Objects {
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
		errs.Add(r.Where(d), "%s is not a function", entryName).
			Note("define mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args)")
		return
	}
	r.Entry = d
	if r.start != nil {
		r.Entry = *r.start
	}
}

// isCode reports whether a definition is in code that is part of the module.
func (r *Program) isCode(d Def) bool {
	s := r.Symbol(d)
	if s.Where != elfload.InSection {
		return false
	}
	p := r.SectionOf[d.Obj][s.Sect]
	return p >= 0 && r.Sections[p].Class == linkmap.Code && s.Value < r.Objects[d.Obj].Sections[s.Sect].Size
}
