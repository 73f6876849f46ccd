package main

import (
	"strings"

	"mpyld/diag"
)

// writeConfig is --preprocess: C sources in, config header out.
func (o *linkOptions) writeConfig(files []string) error {
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
	to, arch, _, err := o.checkArch()
	if err != nil {
		return usage(err)
	}
	var errs diag.List
	sources := make([][]byte, len(files))
	for i, name := range files {
		var err error
		sources[i], err = readSource(name)
		errs.Join(err)
	}
	if err := errs.Err(); err != nil {
		return err
	}
	return writeOutput(output, to.Layout(arch).Preprocess(sources...))
}
