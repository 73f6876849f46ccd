package main

import (
	"io"
	"reflect"
	"testing"

	"mpyld"
	"mpyld/internal/build"
	"mpyld/target"
)

// TestLinkWords: the command line of a link that a file for ninja has means what the build
// would do itself, with every option that a build sets.
func TestLinkWords(t *testing.T) {
	list := func(name string) []string { return []string{name, "-" + name + " $x"} }
	for _, want := range []mpyld.Options{
		{QStrs: "config.h", SourceName: "wave.mpy", Target: target.Options{Release: "1.26", Arch: "x64"}},
		{
			Files: list("a.o"), Libs: list("lib.a"), LibDirs: list("dir"), QStrs: "config.h", SourceName: "a b.mpy",
			Target:     target.Options{Release: "1.28", Arch: "rv32imc", ArchFlags: "zba", FloatABI: "soft"},
			GCSections: true, Optimise: true, Externs: list("rom.ld"), JustSymbols: list("fw.elf"), Defsyms: list("a=1"), Wrap: list("f"), Undefined: list("u"), FunTable: "-table",
		},
	} {
		var got linkOptions
		words := append(build.LinkWords(want, "-out.mpy"), append([]string{"--"}, want.Files...)...)
		files, err := parseArgs(words, got.rows(newReporter(io.Discard)))
		if err != nil {
			t.Fatalf("%q: %v", words, err)
		}
		if got.Files = files; !reflect.DeepEqual(got.Options, want) || got.output != "-out.mpy" {
			t.Errorf("%q\ngot  %+v\nwant %+v", words, got.Options, want)
		}
	}
}
