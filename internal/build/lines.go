package build

import (
	"path/filepath"
	"strings"

	"mpyld/diag"
)

// unlined adds to the first error about code that was compiled here how to see its line, if that
// is not known.
func (t *work) unlined(err error) error {
	var errs diag.List
	errs.Join(err)
	own := filepath.Join(t.dir, "obj") + string(filepath.Separator)
	for _, e := range errs {
		if at := e.Place; !t.Debug && strings.HasPrefix(at.Object, own) && !at.Source.Known() && !at.Whole {
			e.Note("with -g, mpyld build says which line it is")
			break
		}
	}
	return errs.Err()
}
