package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
	"mpyld/internal/build"
)

func buildVerb(rep *reporter) *cli.Command {
	o := &buildOptions{}
	return newVerb("build", "make a module from its sources, for many architectures", "[OPTIONS] [FILE.c...]", o.rows, func(files []string, c *cli.Context) error {
		o.Sources = files
		return untilEnded(func(ctx context.Context) error {
			if o.ninja != "" {
				return o.writeNinja(ctx, c.App.Writer)
			}
			if err := o.read(); err != nil {
				return err
			}
			return o.build(ctx, c.App.Writer, rep)
		})
	})
}

// build is the action of the verb.
func (o *buildOptions) build(ctx context.Context, stdout io.Writer, rep *reporter) error {
	start := time.Now()
	opened.expect(o.Sources...)
	if err := checkOutputs([]string{o.json}); err != nil {
		return usage(err)
	}
	if !o.DryRun {
		if err := o.findInterpreters(); err != nil {
			return err
		}
	}
	res, err := o.make(ctx, stdout, rep)
	if res == nil {
		return err
	}
	if !o.DryRun {
		var errs diag.List
		errs.Join(err)
		errs.Join(o.tellResult(res, time.Since(start), stdout))
		err = errs.Err()
	}
	if err == nil && res.Failed() {
		return errNo
	}
	return err
}

// findInterpreters finds those that the test is to run in, if it is.
func (o *buildOptions) findInterpreters() (err error) {
	if o.test || o.given() {
		o.Interpreters, err = o.interpreters()
	}
	return err
}

// tellResult prints the result and writes what else tells of it.
func (o *buildOptions) tellResult(res *build.Result, took time.Duration, stdout io.Writer) error {
	var errs diag.List
	text := res.Text(took)
	if o.json != "" {
		report, err := res.JSON(took, mpyld.Version())
		errs.Join(err)
		if o.json == "-" {
			text = report
		} else {
			errs.Join(writeReport(o.json, report, res))
		}
	}
	if _, err := io.WriteString(stdout, text); err != nil {
		return unprinted(err)
	}
	if o.database {
		errs.Join(writeDatabase(res.Compilations))
	}
	// A job of GitHub's shows what is written there.
	if page := os.Getenv("GITHUB_STEP_SUMMARY"); page != "" {
		errs.Join(thisHost{}.Append(page, []byte(res.Markdown(took))))
	}
	return errs.Err()
}

// writeReport writes the report, which must not replace what the build is of, or has made.
func writeReport(name, report string, res *build.Result) error {
	opened.expect(res.Files...)
	made := slices.DeleteFunc(slices.Clone(res.Outputs), func(output string) bool { return !exists(output) })
	if err := checkOutputs(append(made, name)); err != nil {
		return err
	}
	return writeOutput(name, []byte(report))
}

// writeDatabase writes how sources are compiled, where clangd looks for it.
func writeDatabase(list []build.Compilation) error {
	const name = "compile_commands.json"
	dir, err := os.Getwd()
	if err != nil {
		return cannotWrite(name, err)
	}
	for i := range list {
		list[i].Directory = dir
	}
	text, err := diag.JSON(list)
	if err != nil {
		return err
	}
	if stays(name, []byte(text)) {
		return nil
	}
	return writeOutput(name, []byte(text))
}

// make builds, and prints what is wrong.
func (o *buildOptions) make(ctx context.Context, stdout io.Writer, rep *reporter) (*build.Result, error) {
	collectAsUsual()
	line := newProgress(rep, stdout, o)
	o.Host, o.Tool, o.Colours = thisHost{}, thisTool(), isTerminal(rep.Writer)
	o.Tell = line.tell
	o.Wait = func(dir string) { fmt.Fprintf(rep, "mpyld: waiting for another build in %s\n", diag.Plain(dir)) }
	res, err := build.Build(ctx, o.Options)
	line.clear()
	if res == nil {
		return nil, mistaken(err)
	}
	o.report(res, rep)
	return res, err
}

// mistaken marks an error about the options as such.
func mistaken(err error) error {
	if mistake := (build.Mistake{}); errors.As(err, &mistake) {
		return usage(err)
	}
	return err
}

// report prints what is wrong.
func (o *buildOptions) report(res *build.Result, rep *reporter) {
	for _, w := range res.Warnings() {
		o.tellGroup(w, res, rep, func(err diag.List) { rep.warn(err) })
	}
	for _, e := range res.Errors() {
		o.tellGroup(e, res, rep, func(err diag.List) { rep.errors(err) })
	}
}

// tellGroup prints one thing with the targets it is about, if those are not all.
func (o *buildOptions) tellGroup(g build.Group, res *build.Result, rep *reporter, print func(diag.List)) {
	if len(g.Targets) < len(res.Targets) {
		fmt.Fprintf(rep, "%s:\n", g.For())
	}
	if g.Err != nil {
		print(diag.List{g.Err})
	}
	if g.Output != "" {
		io.WriteString(rep, strings.TrimRight(g.Output, "\n")+"\n")
	}
}

// thisTool is another text when this program is another.
func thisTool() string {
	text := mpyld.Version()
	if path, err := os.Executable(); err == nil {
		if info, err := os.Stat(path); err == nil {
			text += fmt.Sprint(" ", info.Size(), " ", info.ModTime().UnixNano())
		}
	}
	return text
}
