package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/target"
)

// linkOptions is what the options of the link and preprocess actions set.
type linkOptions struct {
	mpyld.Options
	verbose    int
	preprocess bool
	output     string
	whyExtract string
	reports    reportOptions
	help       bool
	version    bool
}

// rows returns the options as data, in the order of the help text.
func (o *linkOptions) rows(rep *reporter) []cli.Flag {
	flags := slices.Concat([]cli.Flag{
		&option{"output", "o", "FILE", "write FILE (default: the first input, .o -> .mpy or .c -> .config.h)", setText(&o.output)},
		&option{"arch", "", "ARCH", "link for ARCH: " + strings.Join(target.ArchNames(), ", ") + " (default: that of --device, or x64)", setText(&o.Target.Arch)},
		&option{"qstrs", "", "FILE", "take the module's qstrs from FILE, which --preprocess wrote", setText(&o.QStrs)},
		&option{"source-name", "", "NAME", "the name tracebacks show (default: the output's)", setText(&o.SourceName)},
		&option{"preprocess", "", "", "write the config header for C sources instead of linking", setTrue(&o.preprocess)},
		&option{"libs", "l", "FILE.a", "take what is missing from an archive, or from libNAME.a (-lNAME); can be repeated", appendTo(&o.Libs)},
	}, symbolRows(&o.Options, &o.whyExtract), []cli.Flag{
		funTableOption(&o.FunTable),
		&option{"arch-flags", "", "FLAGS", "extensions of the architecture that the module needs; only rv32imc has any", setText(&o.Target.ArchFlags)},
		&option{"no-writable-text", "", "", "refuse variables in text, where code that reaches them PC-relative needs them", setTrue(&o.NoWritableText)},
		&option{"allow-abi-mismatch", "", "", "only warn about objects compiled for another core or calling convention", setTrue(&o.AllowABIMismatch)},
		&option{"gc-sections", "", "", "leave out the sections of objects that nothing refers to", setTrue(&o.GCSections)},
		&option{"keep-unwind", "", "", "keep the tables for stack unwinders (.eh_frame and the like)", setTrue(&o.KeepUnwind)},
		&option{"no-verify", "", "", "do not check the result by loading it as the firmware would", setTrue(&o.NoVerify)},
		&option{"verbose", "v", "", "print sections and GOT too; twice: relocations", func(string) { o.verbose++ }},
	}, o.reports.rows(rep), []cli.Flag{
		&option{"version", "", "", "print the version", setTrue(&o.version)},
		helpOption(&o.help),
	})
	return slices.Insert(flags, 2, targetRows(&o.Target)...)
}

// newApp returns the command line as data.
func newApp(stdout io.Writer, rep *reporter) *cli.App {
	o := &linkOptions{}
	return quiet(&cli.App{
		Name:      "mpyld",
		Usage:     "links ELF objects into native MicroPython modules",
		UsageText: "mpyld [OPTIONS] FILE.o... [@FILE]\nmpyld --preprocess [OPTIONS] FILE.c...",
		Flags:     o.rows(rep),
		Writer:    stdout,
		ErrWriter: rep,
		Commands:  slices.Concat([]*cli.Command{verifyVerb(rep), targetsVerb()}, treeVerbs(), []*cli.Command{helpVerb()}),
		Action: func(c *cli.Context) error {
			files := c.Args().Slice()
			switch {
			case o.help:
				return printHelp(c.App)
			case o.version:
				return printVersion(stdout)
			case len(files) == 0 && (len(o.Libs) == 0 || o.preprocess):
				return usage(diag.New("", "no input files").Note("mpyld --help shows what there is"))
			case o.preprocess:
				return o.writeConfig(files, rep)
			}
			if len(files) > 0 {
				if err := notAVerb(files[0], c.App); err != nil {
					return usage(err)
				}
			}
			return o.link(files, stdout, rep)
		},
	})
}

// quiet turns off what the library does by itself: printing, exiting, and
// help of its own. Errors come back from app.Run instead.
func quiet(app *cli.App) *cli.App {
	app.HideHelp, app.HideVersion = true, true
	app.ExitErrHandler = func(*cli.Context, error) {}
	app.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return usage(err) }
	for _, verb := range app.Commands {
		verb.HideHelp = true
		verb.OnUsageError = app.OnUsageError
	}
	return app
}

// notAVerb refuses an operand that is no input file but, perhaps, a verb with
// a typing mistake in it: to the library every unknown word is an operand.
func notAVerb(word string, app *cli.App) error {
	if exists(word) || hasSuffix(word, ".o", ".a", ".c") {
		return nil
	}
	word = strings.TrimPrefix(word, "./") // which normalizeArgs may have added
	if app.Command(word) != nil {
		return diag.New("", "%s: no such file", word).
			Note("to use it as a verb, put it first: mpyld %s ...", word)
	}
	return unknownVerb(app, word, "neither a file nor a verb")
}

func unknownVerb(app *cli.App, word, what string) *diag.Error {
	var verbs []string
	for _, verb := range app.Commands {
		verbs = append(verbs, verb.Name)
	}
	err := diag.New("", "%s: %s", word, what)
	if like := diag.Closest(word, verbs); like != "" {
		return err.Note("did you mean mpyld %s?", like)
	}
	return err.Note("the verbs are %s; mpyld --help shows more", strings.Join(verbs, ", "))
}

func hasSuffix(name string, suffixes ...string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

func helpVerb() *cli.Command {
	var help bool
	return &cli.Command{
		Name:      "help",
		Usage:     "print this, or the help of a verb",
		UsageText: "mpyld help [VERB]",
		Flags:     []cli.Flag{helpOption(&help)},
		Action: func(c *cli.Context) error {
			if help || !c.Args().Present() {
				return printHelp(c.App)
			}
			name := c.Args().First()
			verb := c.App.Command(name)
			if verb == nil {
				return usage(unknownVerb(c.App, name, "no such verb"))
			}
			return printVerbHelp(c.App.Writer, verb)
		},
	}
}

// printHelp is not the library's template: that one has no room for two ways
// to call a program, and is not the layout of mpy_ld.py --help.
func printHelp(app *cli.App) error {
	var b strings.Builder
	fmt.Fprintf(&b, "mpyld %s.\n\n", app.Usage)
	lead := "usage: "
	for line := range strings.Lines(app.UsageText) {
		fmt.Fprintf(&b, "%s%s\n", lead, strings.TrimSpace(line))
		lead = "       "
	}
	for _, verb := range app.Commands {
		fmt.Fprintf(&b, "%s%s\n", lead, verb.UsageText)
	}
	b.WriteString("\noptions:\n")
	writeOptions(&b, app.Flags)
	b.WriteString("\nverbs:\n")
	for _, verb := range app.Commands {
		fmt.Fprintf(&b, "  %-26s %s\n", verb.Name, verb.Usage)
	}
	b.WriteString("\nexit codes: 0 done, 1 the link failed or the answer is no, 2 bad command line, 3 mistake in mpyld\n")
	_, err := io.WriteString(app.Writer, b.String())
	return err
}

func printVerbHelp(w io.Writer, verb *cli.Command) error {
	var b strings.Builder
	fmt.Fprintf(&b, "usage: %s\n\n%s\n", verb.UsageText, verb.Usage)
	if len(verb.Flags) > 0 {
		b.WriteString("\noptions:\n")
		writeOptions(&b, verb.Flags)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeOptions(b *strings.Builder, flags []cli.Flag) {
	for _, f := range flags {
		fmt.Fprintln(b, f)
	}
}

// printVersion names the version that Go stamped into the program, and what
// its modules are for.
func printVersion(w io.Writer) error {
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	abi := mpyfile.Latest
	_, err := fmt.Fprintf(w, "mpyld %s, for %s (.mpy %s)\n", version, abi.Releases, abi.Name)
	return err
}
