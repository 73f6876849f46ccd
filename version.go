package mpyld

import (
	_ "embed"
	"strings"

	"mpyld/mpyfile"
)

//go:embed VERSION
var version string

// Version is that of the library and the command: a release's, or the one that
// is being made ("0.1.0-dev").
func Version() string { return strings.TrimSpace(version) }

// Newest names the releases that a link is for when its options name none.
func Newest() string {
	return mpyfile.Latest.Releases + " (.mpy " + mpyfile.Latest.Name + ")"
}
