package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
)

// sdkVerb makes a small file of a large archive.
func sdkVerb() *cli.Command {
	var output string
	rows := func() []cli.Flag {
		return []cli.Flag{
			&option{"output", "o", "FILE", "write FILE (default: micropython-VERSION-sdk.tar.xz, here)", setText(&output)},
		}
	}
	return newVerb("sdk", "make a small archive of the headers in MicroPython's sources, for builds", "[-o FILE.tar.xz] DIRECTORY|ARCHIVE", rows, func(sources []string, c *cli.Context) error {
		if len(sources) != 1 {
			return usage(diag.New("", "sdk takes one directory or archive of MicroPython's sources").Note("usage: %s", c.Command.UsageText))
		}
		if hasSuffix(output, ".zip", ".gz", ".tgz", ".bz2", ".zst", ".tar") {
			return usage(diag.New("", "--output %s: an SDK file is a .tar.xz, whatever its name", output).Note("give it a name that ends in .tar.xz"))
		}
		headers, err := mpyld.Headers(system{}, sources[0])
		if err != nil {
			return err
		}
		data, err := headers.Pack()
		if err != nil {
			return err
		}
		if output == "" {
			output = headers.Name() + "-sdk.tar.xz"
		}
		if err := checkOutput(output); err != nil {
			return usage(err)
		}
		if err := writeOutput(output, data); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.App.Writer, "%s: the headers of %s, %d files in %d bytes\n", output, headers, headers.Len(), len(data))
		return err
	})
}
