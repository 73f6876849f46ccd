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
	"mpyld/target"
)

// linkOptions is what the options of the link and preprocess actions set.
type linkOptions struct {
	mpyld.Options
	verbose    int
	quiet      bool
	preprocess bool
	ifChanged  bool
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
		&option{"arch", "", "ARCH", "link for ARCH: " + strings.Join(target.ArchNames(), ", ") + ", or that of a chip or board: esp32, pico, ... (default: that of --device or --board, or x64)", setText(&o.Target.Arch)},
		&option{"qstrs", "", "FILE", "take the module's qstrs from FILE, which --preprocess wrote", setText(&o.QStrs)},
		&option{"source-name", "", "NAME", "the name tracebacks show (default: the output's)", setText(&o.SourceName)},
		&option{"preprocess", "", "", "write the config header for C sources instead of linking", setTrue(&o.preprocess)},
		&option{"if-changed", "", "", "with --preprocess, do not touch an output that would stay as it is (restat of ninja)", setTrue(&o.ifChanged)},
		&option{"libs", "l", "FILE.a", "take what is missing from an archive, or from libNAME.a (-lNAME); can be repeated", appendTo(&o.Libs)},
	}, symbolRows(&o.Options, &o.whyExtract), []cli.Flag{
		funTableOption(&o.FunTable),
		&option{"arch-flags", "", "FLAGS", "extensions of the architecture that the module needs; only " + target.WithFlags() + " has any", setText(&o.Target.ArchFlags)},
		&option{"no-writable-text", "", "", "refuse variables in text, where code that reaches them PC-relative needs them", setTrue(&o.NoWritableText)},
		&option{"allow-abi-mismatch", "", "", "only warn about objects compiled for another core or calling convention", setTrue(&o.AllowABIMismatch)},
		&option{"gc-sections", "", "", "leave out the sections of objects that nothing refers to", setTrue(&o.GCSections)},
		&option{"optimize", "O", "", "make the module smaller than mpy_ld.py would", setTrue(&o.Optimise)},
		&option{"no-relax", "", "NAME[,NAME]", "but do not use these ways of -O, which docs/SMALLER.md lists; can be repeated", func(names string) {
			o.NoRelax = append(o.NoRelax, strings.Split(names, ",")...)
		}},
		&option{"keep-unwind", "", "", "keep the tables for stack unwinders (.eh_frame and the like)", setTrue(&o.KeepUnwind)},
		&option{"no-verify", "", "", "do not check the result, neither by loading it as the firmware would nor by looking at the inputs again", setTrue(&o.NoVerify)},
		&option{"quiet", "", "", "print nothing but errors and warnings", setTrue(&o.quiet)},
		&option{"verbose", "v", "", "print sections and GOT too; twice: relocations", func(string) { o.verbose++ }},
	}, o.reports.rows(rep), []cli.Flag{
		&option{"version", "", "", "print the version", setTrue(&o.version)},
		helpOption(&o.help),
	})
	return slices.Insert(flags, 2, targetRows(&o.Target)...)
}

// newApp returns the command line as data. urfave/cli finds the verb, prints
// help from it, and complete completes words; words behind the verb are parseArgs's, for
// mpy_ld.py's and GNU ld's spellings are not the library's.
func newApp(stdout io.Writer, rep *reporter) *cli.App {
	o := &linkOptions{}
	options := laterRows(func() []cli.Flag { return o.rows(rep) })
	return &cli.App{
		Name:                  "mpyld",
		Usage:                 "links ELF objects into native MicroPython modules",
		UsageText:             "mpyld [OPTIONS] FILE.o... [@FILE]\n       mpyld --preprocess [OPTIONS] FILE.c...",
		Flags:                 []cli.Flag{options},
		SkipFlagParsing:       true,
		Writer:                stdout,
		ErrWriter:             rep,
		HideHelp:              true, // ours are rows like any
		HideVersion:           true,
		CustomAppHelpTemplate: appHelp,
		ExitErrHandler:        func(*cli.Context, error) {}, // errors come back from app.Run
		Commands: []*cli.Command{
			newVerbOf(), buildVerb(rep), runVerb(rep), doctorVerb(), verifyVerb(rep), targetsVerb(), dumpVerb(), inspectVerb(), addr2lineVerb(), gdbVerb(), sizeVerb(rep), whyVerb(), checkVerb(), diffVerb(), mergeVerb(), packVerb(rep), headerVerb(), sdkVerb(), completionVerb(), manVerb(), helpVerb(),
		},
		Action: func(c *cli.Context) error {
			a := action{linkOptions: o, stdout: stdout, rep: rep, app: func() *cli.App { return c.App }}
			a.help = func() error { return printHelp(c, "") }
			return a.run(c.Args().Slice(), options())
		},
	}
}

// needsNoVerbs reports whether words cannot mean anything but the action without a verb. It
// is what most runs are for, and takes half as long without a row for each verb.
func needsNoVerbs(words []string) bool {
	return len(words) > 0 && (strings.HasPrefix(words[0], "-") || hasSuffix(words[0], ".o", ".a", ".c"))
}

// action is what is done without a verb.
type action struct {
	*linkOptions
	stdout io.Writer
	rep    *reporter
	app    func() *cli.App // for what is said about verbs
	help   func() error
}

func (a *action) run(words []string, options []cli.Flag) error {
	files, err := parseArgs(words, options)
	switch {
	case err != nil:
		return usage(err)
	case a.linkOptions.help:
		return a.help()
	case a.version:
		return printVersion(a.stdout)
	case len(files) == 0 && (len(a.Libs) == 0 || a.preprocess):
		return usage(diag.New("", "no input files").Note("mpyld --help shows what there is"))
	case a.preprocess:
		return a.writeConfig(files, a.rep)
	}
	if len(files) > 0 {
		if err := notAVerb(files[0], a.app); err != nil {
			return usage(err)
		}
	}
	return a.link(files, a.stdout, a.rep)
}

// notAVerb refuses an operand that is no input file but, perhaps, a verb with
// a typing mistake in it: to the library every unknown word is an operand.
func notAVerb(word string, makeApp func() *cli.App) error {
	if hasSuffix(word, ".o", ".a", ".c") || exists(word) {
		return nil
	}
	app := makeApp()
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
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}

// printVersion names the version, the commit that Go stamped into the program,
// and what its modules are for.
func printVersion(w io.Writer) error {
	commit := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				commit = " (" + s.Value[:12] + ")"
			}
		}
	}
	_, err := fmt.Fprintf(w, "mpyld %s%s, for %s\n", mpyld.Version(), commit, mpyld.Newest())
	return err
}
