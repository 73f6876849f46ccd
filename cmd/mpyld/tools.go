package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"mpyld"
)

// objdumps runs the objdumps of this system.
var objdumps = mpyld.Tools{Find: findProgram, Run: runOnFile}

// findProgram returns the path of a program, the one that the environment names
// before others.
func findProgram(names []string) string {
	if program := os.Getenv("MPYLD_OBJDUMP"); program != "" {
		return program
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// runOnFile runs a program on a temporary file.
func runOnFile(program string, args []string, data []byte) (string, error) {
	dir, err := os.MkdirTemp("", "mpyld-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "code")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return "", err
	}
	out, err := exec.Command(program, append(slices.Clip(args), file)...).Output()
	return string(out), err
}
