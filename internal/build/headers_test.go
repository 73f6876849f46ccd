package build

import "testing"

// TestNoLibrary: headers of C++ have no suffix.
func TestNoLibrary(t *testing.T) {
	for output, want := range map[string]bool{
		"a.cpp:1:10: fatal error: new: No such file or directory":                                 true,
		"a.cpp:1:10: \x1b[31mfatal error: \x1b[m\x1b[Karray: No such file or directory":           true,
		"a.cpp:1:10: fatal error: 'vector' file not found":                                        true,
		"/usr/include/c++/12/new:40:10: fatal error: bits/c++config.h: No such file or directory": true,
		"gcc: fatal error: cannot execute 'cc1plus': execvp: No such file or directory":           true,
		"a.cpp:1:10: fatal error: own.h: No such file or directory":                               false,
		"a.cpp:1:10: fatal error: sub/own: No such file or directory":                             false,
		"a.cpp:1:10: error: 'x' was not declared in this scope":                                   false,
	} {
		if got := noLibrary("armv7m", languages.Get()[".cpp"], output); (got != nil) != want {
			t.Errorf("%s: %v", output, got)
		}
		if noLibrary("armv7m", languages.Get()[".c"], output) != nil {
			t.Errorf("%s: of C", output)
		}
	}
}
