package main

import (
	"slices"
	"strings"

	"mpyld/diag"
)

// A foreignOption is one of GNU ld's or of compilers' that mpyld does not have, and what to
// do instead.
type foreignOption struct {
	names  string // blanks between them, without dashes; one that ends in * begins so
	advice string
}

const (
	isAlready  = "leave it out: what it says is so of every module"
	placesThem = "mpyld places the sections of a module itself; addresses of symbols that a script sets are taken with --externs FILE"
	forCC      = "it is for compilers, and mpyld links what those have made: mpyld build takes --cflags"
)

// ofLinkers are options of GNU ld and lld. The first row that fits counts.
var ofLinkers = []foreignOption{
	{"no-gc-sections", "leave it out: sections of objects stay unless --gc-sections is there"},
	{"no-undefined require-defined", "leave it out: each undefined symbol is an error; -u SYM takes the member of an archive that defines SYM"},
	{"unresolved-symbols warn-unresolved-symbols noinhibit-exec", "every symbol needs a place: --defsym SYM=EXPR sets one"},
	{"shared Bshareable pie no-pie static Bstatic Bdynamic dn non_shared nostdlib nostartfiles nodefaultlibs s strip-all S strip-debug x discard-all X discard-locals build-id hash-style eh-frame-hdr no-eh-frame-hdr Bsymbolic* no-dynamic-linker nmagic n omagic N", isAlready},
	{"r relocatable i", "mpyld makes modules alone: ld -r makes one object of several"},
	{"version-script dynamic-list export-dynamic E retain-symbols-file", "leave it out: a module has the names that mpy_init stores, and no other"},
	{"T* script dT default-script section-start image-base Ttext* Tdata* Tbss*", placesThem},
	{"sort-section symbol-ordering-file section-ordering-file", placesThem},
	{"entry", "leave it out: a module begins at mpy_init; -e is the short form of --externs"},
	{"whole-archive no-whole-archive", "-u SYM takes the member that defines SYM; for all of them give the objects themselves (ar x)"},
	{"M print-map", "-Map FILE writes a map, and -Map - prints it"},
	{"t trace", "--dependency-file FILE lists the files of a link, and -y SYM those that name SYM"},
	{"print-memory-usage", "mpyld size says it of a module"},
	{"relax", "-O does that, where the code is compiled for it"},
	{"no-warn-mismatch", "--allow-abi-mismatch makes warnings of such errors"},
	{"Wl,*", "it is for compilers that start a linker: give mpyld what is behind -Wl, with blanks for commas"},
	{"mthumb mcpu=* march=* mabi=* mfpu=* mfloat-abi=*", forCC},
	{"m*", "leave it out: --arch says what the module is for"},
	{"rpath* sysroot* dynamic-linker", "leave it out: -L DIR says where -l NAME looks"},
	{"plugin* flto* lto*", "compile with -fno-lto: mpyld links machine code"},
	{"warn-* no-warn-*", "leave it out; --fatal-warnings makes errors of warnings"},
	{"g g0 g1 g2 g3 ggdb*", "--debug-elf FILE writes what debuggers want to know of a module whose objects are compiled with -g"},
	{"O0 O1 O2 O3 Os Oz", "-O of a link takes no level"},
}

// ofCompilers are options of GCC and clang.
var ofCompilers = []foreignOption{{"I* D* c f* W* std=* E S w pedantic* O0 O1 O2 O3 Os Oz m* nostdinc isystem include ansi", forCC}}

func (f *foreignOption) fits(name string) bool {
	return slices.ContainsFunc(strings.Fields(f.names), func(known string) bool {
		begin, open := strings.CutSuffix(known, "*")
		bare, _, _ := strings.Cut(name, "=")
		return name == known || bare == known || open && strings.HasPrefix(name, begin)
	})
}

// adviseForeign adds to the error about an unknown option what to do instead, where it is one
// of another program that people know. It reports whether it is.
func (s *argScanner) adviseForeign(err *diag.Error, word string) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(s.options, func(o *option) bool { return o.name == name })
	}
	name := strings.TrimLeft(word, "-")
	switch {
	case has("cflags") && strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "--") && ofCompilers[0].fits(name):
		err.Note("flags for a compiler are given with --cflags=%s, --cxxflags or --asflags", word)
		return true
	case has("if-taken") && slices.Contains(decided, name):
		err.Note("mpyld run builds for what its interpreter says that it is (--python, --bed, --connect); mpyld build takes the option")
		return true
	case !has("qstrs"):
		return false
	}
	rows := ofLinkers
	if !strings.HasPrefix(word, "--") {
		rows = slices.Concat(rows, ofCompilers)
	}
	for _, f := range rows {
		if f.fits(name) {
			err.Note("%s", f.advice)
			return true
		}
	}
	return false
}
