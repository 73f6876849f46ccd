package mpyld

import (
	_ "embed"
	"strings"
)

//go:embed VERSION
var version string

// Version is that of the library and the command: a release's, or the one that
// is being made ("0.1.0-dev").
func Version() string { return strings.TrimSpace(version) }
