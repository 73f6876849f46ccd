package debuginfo

import "mpyld/elfload"

// ObjectForTest is an object with sections of debug information.
func ObjectForTest(sections map[string][]byte) *elfload.Object { return object(sections) }
