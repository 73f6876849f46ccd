package mpyld

import "mpyld/internal/scaffold"

// NewFile is a file of a new module's directory.
type NewFile = scaffold.File

// New returns the files that a module in a language ("c", "c++", "rust") starts with:
// source, manifest, test. The directory is the caller's to make.
func New(name, language string) ([]NewFile, error) { return scaffold.Files(name, language) }

// NewLanguages are the languages that New knows.
func NewLanguages() []string { return scaffold.Languages() }
