package main

import (
	"context"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/internal/build"
	"mpyld/internal/doctor"
	"mpyld/internal/toolchain"
	"mpyld/target"
)

func doctorVerb() *cli.Command {
	archs, json := "", false
	rows := func() []cli.Flag {
		return []cli.Flag{
			&option{"arch", "", "ARCH", "only for these architectures, a list with commas; one without a compiler is a failure", setText(&archs)},
			&option{"json", "", "", "for programs: docs/JSON.md describes it", setTrue(&json)},
		}
	}
	return newVerb("doctor", "say what there is to build with, and how to get what is missing", "[OPTIONS]", rows, func(words []string, c *cli.Context) error {
		if err := noFiles("doctor", words); err != nil {
			return err
		}
		list, err := archList(archs)
		if err != nil {
			return usage(err)
		}
		var r doctor.Report
		if err := untilEnded(func(ctx context.Context) error {
			r = doctor.Examine(ctx, toolchain.Options{Host: thisHost{}}, list)
			return nil
		}); err != nil {
			return err
		}
		text := r.Text()
		if json {
			if text, err = r.JSON(); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(c.App.Writer, text); err != nil {
			return err
		}
		if archs != "" && !r.Complete() {
			return errNo
		}
		return nil
	})
}

// archList is the architectures of a list with commas: all, for an empty one.
func archList(list string) ([]string, error) {
	if list == "" {
		return target.ArchNames(), nil
	}
	var names []string
	var errs diag.List
	for name := range strings.SplitSeq(list, ",") {
		arch, err := build.Arch(strings.TrimSpace(name))
		errs.Join(err)
		names = append(names, arch)
	}
	return names, errs.Err()
}
