package mpyld

import (
	"io/fs"

	"mpyld/sdk"
)

// Headers returns the header files of MicroPython that modules are compiled with:
// from a checkout, an archive of its sources, or an SDK file (sdk.Headers.Pack).
func Headers(fsys fs.FS, name string) (*sdk.Headers, error) { return sdk.Open(fsys, name) }
