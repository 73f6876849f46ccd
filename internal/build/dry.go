package build

import "mpyld/internal/host"

// dry is a system that a build without effect sees: what is written is forgotten.
type dry struct{ host.Host }

func (dry) WriteFile(string, []byte) error { return nil }
func (dry) Append(string, []byte) error    { return nil }
func (dry) MkdirAll(string) error          { return nil }
func (dry) TryLock(string) func()          { return func() {} }
