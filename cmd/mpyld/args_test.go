package main

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"mpyld/diag"
)

func TestParseArgs(t *testing.T) {
	tests := []struct {
		name string
		in   []string
		want []string
	}{
		{"nothing", nil, nil},
		{"operands", []string{"a.o", "b.o"}, []string{"--", "a.o", "b.o"}},
		{"long", []string{"--output", "x", "--output=y"}, []string{"--output=x", "--output=y"}},
		{"short", []string{"-o", "x", "-oy", "-o=z"}, []string{"--output=x", "--output=y", "--output=z"}},
		{"empty value", []string{"--source-name=", "--so", "", "a.o"}, []string{"--source-name=", "--source-name=", "--", "a.o"}},
		{"value with equals sign", []string{"--output=a=b", "-oc=d", "-o", "=e"}, []string{"--output=a=b", "--output=c=d", "--output==e"}},
		{"value with comma and spaces", []string{"-l", " a, b "}, []string{"--libs= a, b "}},
		{"value that is not UTF-8", []string{"-l\xff/x.a"}, []string{"--libs=\xff/x.a"}},
		{"library glued, as dynruntime.mk has it", []string{"-l/usr/lib/libgcc.a", "-l/usr/lib/libm.a"}, []string{"--libs=/usr/lib/libgcc.a", "--libs=/usr/lib/libm.a"}},
		{"counting", []string{"-v", "-vv", "--verbose", "-vvv"}, []string{"--verbose", "--verbose", "--verbose", "--verbose", "--verbose", "--verbose", "--verbose"}},
		{"letters in one word", []string{"-vox", "-vo", "y", "-vvo=z"}, []string{"--verbose", "--output=x", "--verbose", "--output=y", "--verbose", "--verbose", "--output=z"}},
		{"beginnings", []string{"--out", "x", "--q=y", "--verb", "--pre"}, []string{"--output=x", "--qstrs=y", "--verbose", "--preprocess"}},
		{"what mpy_ld.py has goes first", []string{"--e", "x", "--li=y", "--ver"}, []string{"--externs=x", "--libs=y", "--verbose"}},
		{"groups", []string{"-(", "-la.a", "-)", "--start-group", "--end-group"}, []string{"--start-group", "--libs=a.a", "--end-group", "--start-group", "--end-group"}},
		{"map with one dash", []string{"-Map", "m", "-Map=n", "--Map", "o"}, []string{"--Map=m", "--Map=n", "--Map=o"}},
		{"as GNU ld has them", []string{"-R", "fw.elf", "-ufoo", "-L.", "-y", "bar", "-zmuldefs", "-z", "now", "--defsym", "a=b+1", "--defsym=c=0x1"}, []string{"--just-symbols=fw.elf", "--undefined=foo", "--library-path=.", "--trace-symbol=bar", "--keyword=muldefs", "--keyword=now", "--defsym=a=b+1", "--defsym=c=0x1"}},
		{"the long name of -l in GNU ld", []string{"--library=m", "--library", "c", "--library-path=x"}, []string{"--libs=m", "--libs=c", "--library-path=x"}},
		{"a name that begins another", []string{"--arch", "x64"}, []string{"--arch=x64"}},
		{"the longer of those", []string{"--arch-", "x"}, []string{"--arch-flags=x"}},
		{"options after operands", []string{"a.o", "-o", "x", "b.o", "-v"}, []string{"--output=x", "--verbose", "--", "a.o", "b.o"}},
		{"double dash", []string{"-v", "--", "-v", "--output", "--"}, []string{"--verbose", "--", "-v", "--output", "--"}},
		{"lone dash is an operand", []string{"-", "a.o"}, []string{"--", "-", "a.o"}},
		{"lone dash is a value", []string{"-o", "-"}, []string{"--output=-"}},
		{"operand named like an option", []string{"output"}, []string{"--", "output"}},
		{"operand with equals sign", []string{"a=b.o"}, []string{"--", "a=b.o"}},
		{"dynruntime.mk", []string{"--arch", "armv7m", "--qstrs", "build/m.config.h", "-o", "build/m.mpy", "build/m.o"}, []string{"--arch=armv7m", "--qstrs=build/m.config.h", "--output=build/m.mpy", "--", "build/m.o"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			operands, err := parseArgs(test.in, recording(&got))
			if err != nil {
				t.Fatal(err)
			}
			if len(operands) > 0 {
				got = append(append(got, "--"), operands...)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// recording returns the options of a link, which write down what sets them.
func recording(got *[]string) []cli.Flag {
	var flags []cli.Flag
	for _, f := range new(linkOptions).rows(newReporter(io.Discard)) {
		o := *f.(*option)
		o.set = func(value string) {
			if o.arg != "" {
				value = "=" + value
			}
			*got = append(*got, "--"+o.name+value)
		}
		flags = append(flags, &o)
	}
	return flags
}

func TestParseArgsErrors(t *testing.T) {
	tests := []struct {
		in   []string
		want string
	}{
		{[]string{"--outptu", "x"}, "error: unknown option --outptu\nnote: did you mean --output?\n"},
		{[]string{"--zzz=1"}, "error: unknown option --zzz\n"},
		{[]string{"-j"}, "error: unknown option -j\n"},
		{[]string{"-vj"}, "error: unknown option -vj\n"},
		{[]string{"-v\u00e9"}, "error: unknown option -v\u00e9\n"},
		{[]string{"-arch", "x64"}, "error: unknown option -arch\nnote: did you mean --arch?\n"},
		{[]string{"-output", "x"}, "error: unknown option -output\nnote: did you mean --output?\n"},
		{[]string{"--arc"}, "error: --arc could be --arch or --arch-flags\n"},
		{[]string{"--preprocess=1"}, "error: --preprocess takes no value\n"},
		{[]string{"-o"}, "error: -o needs a value: -o FILE\n"},
		{[]string{"--out"}, "error: --output needs a value: --output FILE\n"},
		{[]string{"-o", "-v"}, "error: -o needs a value: -o FILE\n"},
		{[]string{"-o", "--", "a.o"}, "error: -o needs a value: -o FILE\n"},
		{[]string{"--output=", "a.o"}, "error: the file name of --output is empty\nnote: perhaps it is a variable of a Makefile that is not set\n"},
		{[]string{"-e", "", "a.o"}, "error: the file name of --externs is empty\nnote: perhaps it is a variable of a Makefile that is not set\n"},
		{[]string{"a.o", ""}, "error: a file name is empty\nnote: perhaps it is a variable of a Makefile that is not set\n"},
	}
	for _, test := range tests {
		_, err := parseArgs(test.in, recording(new([]string)))
		if err == nil {
			t.Errorf("%q: no error", test.in)
			continue
		}
		if diff := cmp.Diff(test.want, diag.Render("", err)); diff != "" {
			t.Errorf("%q: %s", test.in, diff)
		}
	}
}

// TestForeignOptions: what linkers and compilers have, and mpyld has not, is said with what to
// do instead, and not guessed to be a misspelling.
func TestForeignOptions(t *testing.T) {
	build := new(buildOptions).rows()
	run := runVerb(newReporter(io.Discard)).Flags[0].(optionRows)()
	link := recording(new([]string))
	tests := []struct {
		flags []cli.Flag
		words string
		want  string
	}{
		{link, "-shared --shared -static -s --strip-all -S --build-id --build-id=sha1 -nostdlib -Bsymbolic-functions --hash-style=gnu -N", isAlready},
		{link, "-T -Tlink.ld --script=a.ld -Ttext=0x1000 --section-start=.text=0 --sort-section=name", placesThem},
		{link, "-I. -DX -Wall -fpic -std=c99 -c -mcpu=cortex-m3 -mthumb", forCC},
		{link, "-melf_x86_64 -marmelf", "leave it out: --arch says what the module is for"},
		{link, "--no-gc-sections", "leave it out: sections of objects stay unless --gc-sections is there"},
		{link, "--no-undefined --require-defined=f", "leave it out: each undefined symbol is an error; -u SYM takes the member of an archive that defines SYM"},
		{link, "-Wl,-Map,x.map", "it is for compilers that start a linker: give mpyld what is behind -Wl, with blanks for commas"},
		{link, "--version-script=v -E --export-dynamic", "leave it out: a module has the names that mpy_init stores, and no other"},
		{link, "--whole-archive", "-u SYM takes the member that defines SYM; for all of them give the objects themselves (ar x)"},
		{link, "-O2 -Os -O0", "-O of a link takes no level"},
		{link, "-g -g3 -ggdb", "--debug-elf FILE writes what debuggers want to know of a module whose objects are compiled with -g"},
		{link, "--entry=mpy_init", "leave it out: a module begins at mpy_init; -e is the short form of --externs"},
		{link, "--warn-common", "leave it out; --fatal-warnings makes errors of warnings"},
		{run, "--arch --target=1.24 --board --json", "mpyld run builds for what its interpreter says that it is (--python, --bed, --connect); mpyld build takes the option"},
		{run, "-O2", "flags for a compiler are given with --cflags=-O2, --cxxflags or --asflags"},
		{build, "-Wall", "flags for a compiler are given with --cflags=-Wall, --cxxflags or --asflags"},
		{build, "-O2", "flags for a compiler are given with --cflags=-O2, --cxxflags or --asflags"},
		{build, "-std=c99", "flags for a compiler are given with --cflags=-std=c99, --cxxflags or --asflags"},
		{build, "-mcpu=cortex-m4", "flags for a compiler are given with --cflags=-mcpu=cortex-m4, --cxxflags or --asflags"},
	}
	for _, test := range tests {
		for _, word := range strings.Fields(test.words) {
			_, err := parseArgs([]string{word}, test.flags)
			if err == nil {
				t.Errorf("%s: no error", word)
				continue
			}
			option := word
			if strings.HasPrefix(word, "--") {
				option, _, _ = strings.Cut(word, "=")
			}
			if diff := cmp.Diff("error: unknown option "+option+"\nnote: "+test.want+"\n", diag.Render("", err)); diff != "" {
				t.Errorf("%s: %s", word, diff)
			}
		}
	}
}

// TestRepeatedOptions: the last of an option counts, --libs and --verbose add up.
func TestRepeatedOptions(t *testing.T) {
	var o linkOptions
	words := []string{"-o", "x", "-oy", "-l\xff a,b", "-v", "-lc", "--arch=armv6m", "-vv"}
	if _, err := parseArgs(words, o.rows(newReporter(io.Discard))); err != nil {
		t.Fatal(err)
	}
	want := linkOptions{output: "y", verbose: 3}
	want.Libs, want.Target.Arch = []string{"\xff a,b", "c"}, "armv6m"
	if diff := cmp.Diff(want, o, cmp.AllowUnexported(linkOptions{}, reportOptions{})); diff != "" {
		t.Error(diff)
	}
}
