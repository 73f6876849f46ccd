package link

import (
	"mpyld/mpywriter"
	"mpyld/simload"
)

// Verified returns what the check says of the module that a link makes.
func Verified(res *Result) error {
	data, err := mpywriter.Write(res.File)
	if err != nil {
		return err
	}
	return simload.Verify(data, res.Map)
}
