package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"mpyld"
	"mpyld/diag"
)

// writeConfig is --preprocess: C sources in, config header out.
func (o *linkOptions) writeConfig(files []string, rep *reporter) error {
	output := o.output
	if output == "" {
		base, ok := strings.CutSuffix(files[0], ".c")
		if !ok {
			return usage(diag.New("", "no name for the output: %s does not end in .c", files[0]).
				Note("give it with -o FILE.config.h"))
		}
		output = base + ".config.h"
	}
	opened.expect(files...)
	if err := checkOutput(output); err != nil {
		return usage(err)
	}
	if _, err := o.Target.FindArch(); err != nil {
		return usage(err)
	}
	header, err := mpyld.Preprocess(mpyld.PreprocessOptions{FS: system{}, Files: files, Target: o.Target})
	if err != nil {
		return err
	}
	rep.warn(replaced(output, files))
	if o.ifChanged && stays(output, header) {
		return nil
	}
	return writeOutput(output, header)
}

// stays reports whether a file has this content already.
func stays(name string, data []byte) bool {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return false // a pipe would wait for who writes to it
	}
	old, err := os.ReadFile(name)
	return err == nil && bytes.Equal(old, data)
}

// replaced warns of a Python file with the module's name, where it shows that
// the makefile rules are those that compile it to the very file that the linked
// module is (MicroPython 1.29's dynruntime.mk, which builds in build-ARCH): make
// runs one of the two, and nobody says that the other is missing.
func replaced(config string, files []string) diag.List {
	var warnings diag.List
	dir, base := filepath.Split(config)
	module, ok := strings.CutSuffix(base, ".config.h")
	if !ok || !strings.HasPrefix(filepath.Base(dir), "build-") {
		return nil
	}
	for _, name := range files {
		if filepath.Base(name) == module+".py" {
			warnings.Add(name, "it has the name of the module, so the makefile takes %s.mpy for it and for the linked module, and leaves one out", filepath.Join(dir, module)).
				Note("rename the Python file: what it defines is in the merged module under any name")
		}
	}
	return warnings
}
