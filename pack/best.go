package pack

import (
	"math/bits"

	"mpyld/diag"
	"mpyld/target"
)

// Best returns the target that a device should get: of those whose modules it
// imports with right floats, the one with the richest code. Its error says why
// there is none.
func (p *Package) Best(to target.Target) (*Target, error) {
	var best *Target
	var errs diag.List
	for _, t := range p.Targets {
		switch why := t.unfit(to); {
		case why != nil:
			errs.Join(why)
		case best == nil || t.richer(best):
			best = t
		}
	}
	if best != nil {
		return best, nil
	}
	e := diag.New("", "nothing in the package is for %s", to.Loader().Name)
	for _, why := range errs {
		e.Note("%s: %s", why.Where, why.Text)
	}
	return nil, e
}

// unfit is the error about the first module that the device does not take.
func (t *Target) unfit(to target.Target) error {
	for _, m := range t.Modules {
		if a := to.Answer(m.tree); !a.Yes {
			return diag.New(t.Name, "%s", a.Text)
		}
	}
	return nil
}

// richer says whether a target's code needs more than another's.
func (t *Target) richer(than *Target) bool {
	if t.Arch != than.Arch {
		return t.Arch.Code > than.Arch.Code
	}
	return bits.OnesCount64(t.Flags) > bits.OnesCount64(than.Flags)
}

// Command is what installs a target from where the package will be.
func (p *Package) Command(t *Target) string {
	if t.circuit() {
		return "copy what is in it to lib on the board's drive"
	}
	return p.mip(t.Name + "/")
}
