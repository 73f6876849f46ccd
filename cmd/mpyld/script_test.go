package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mpyld/fixtures"
	"mpyld/internal/inputs"
)

var update = flag.Bool("update", false, "write what mpyld prints into the scripts")

func TestMain(m *testing.M) {
	programs["gen"], programs["mpy-cross"] = generate, crossCompile
	programs["some-python"], programs["some-mpremote"] = runFakePython, runFakeMpremote
	for name := range compilers {
		programs[name] = runFakeCompiler
	}
	testscript.Main(m, programs)
}

// programs are what the test's own program is when it has another name.
var programs = map[string]func(){
	"mpyld":        func() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) },
	"objdump-once": objdumpOnce,
}

// TestScripts runs the transcripts in testdata/script. Each has in its working
// directory what it mentions of the directories ARCH/CASE/ (and x64@FAMILY/CASE/
// of older releases, ARCH-g/lines/ with debug information), with the objects and config header of each fixture of the
// sets in scriptSets, and an archive libNAME.a for each object NAME.o; bad/ with
// the files of badInputs; firmware/ and abi/ (script_objects_test.go); and py/ (script_modules_test.go).
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			// No script depends on what is installed.
			env.Setenv("MPYLD_OBJDUMP", "none")
			if name := scriptName(env.WorkDir); strings.HasPrefix(name, "build") || name == "doctor" {
				bin := filepath.SplitList(env.Getenv("PATH"))[0]
				env.Setenv("PATH", bin)
				env.Setenv("BIN", bin) // for scripts that have no PATH
			}
			return writeMentioned(env.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"files":    listFiles,
			"hardlink": hardLink,
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %s", cond)
		},
	})
}

// exits is the command "exits CODE PROGRAM ARGS...".
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// listFiles is the command "files DIR NAME...": DIR contains these and, hidden
// ones included, no others.
func listFiles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: files DIR NAME...")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	want := slices.Sorted(slices.Values(args[1:]))
	if !slices.Equal(got, want) {
		ts.Fatalf("%s contains %q, want %q", args[0], got, want)
	}
}

// hardLink is the command "hardlink OLD NEW".
func hardLink(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: hardlink OLD NEW")
	}
	ts.Check(os.Link(ts.MkAbs(args[0]), ts.MkAbs(args[1])))
}

// scriptSets are the fixture sets that scripts see, one for each word size.
var scriptSets = []string{"x64-gcc12.2-Os-fpic", "armv7m-gcc12.2-Os-fpic"}

// testFiles are the files that scripts can have in their directories, by name, made
// once for all.
type testFiles map[string][]byte

var scriptInputs = sync.OnceValues(func() (testFiles, error) {
	in := testFiles{}
	err := errors.Join(in.addFixtures(), in.addStored())
	in.addBad()
	in.addMade()
	return in, err
})

// scriptName is the name of the script that runs in a directory.
func scriptName(work string) string { return strings.TrimPrefix(filepath.Base(work), "script-") }

// writeMentioned writes those whose directories a script mentions: to write all
// for each would take most of the test's time.
func writeMentioned(work string) error {
	in, err := scriptInputs()
	if err != nil {
		return err
	}
	script, err := os.ReadFile(filepath.Join("testdata", "script", scriptName(work)+".txtar"))
	if err != nil {
		return err
	}
	var errs []error
	for name, data := range in {
		if dir := path.Dir(name); strings.Contains(string(script), dir+"/") {
			errs = append(errs, writeTestFile(filepath.Join(work, filepath.FromSlash(name)), data))
		}
	}
	// A file over the limit needs no room on disk.
	if huge := filepath.Join(work, "bad", "huge.o"); strings.Contains(string(script), "bad/huge.o") {
		errs = append(errs, writeTestFile(huge, binary.LittleEndian.AppendUint32(nil, 0x464c457f)), os.Truncate(huge, inputs.MaxFile+1))
	}
	return errors.Join(errs...)
}

func (in testFiles) addFixtures() error {
	for _, set := range fixtures.DebugSets() {
		name, _ := strings.CutSuffix(set.Name, "-g")
		if !slices.Contains(scriptSets, name) {
			continue
		}
		c, err := set.DebugCase()
		if err != nil {
			return err
		}
		at := set.Arch + "-g/" + c.Name + "/"
		in[at+"config.h"] = c.Config
		for _, o := range c.Objects {
			in[at+o.Name] = o.Data
		}
	}
	for _, set := range slices.Concat(fixtures.Sets(), fixtures.FamilySets()) {
		name, family, old := strings.Cut(set.Name, "@")
		if !slices.Contains(scriptSets, name) || old && set.Arch != "x64" {
			continue
		}
		dir := set.Arch
		if old {
			dir += "@" + family
		}
		cases, err := set.Cases()
		if err != nil {
			return err
		}
		for _, c := range cases {
			at := path.Join(dir, c.Name) + "/"
			in[at+"config.h"] = c.Config
			for _, o := range c.Objects {
				in[at+o.Name] = o.Data
				in[at+"lib"+strings.TrimSuffix(o.Name, ".o")+".a"] = archive(o)
			}
		}
	}
	return nil
}

// archive is what ar makes of one object, without an index.
func archive(o fixtures.File) []byte {
	header := fmt.Sprintf("!<arch>\n%-16s%-12d%-6d%-6d%-8o%-10d`\n", o.Name+"/", 0, 0, 0, 0o644, len(o.Data))
	return append([]byte(header), o.Data...)
}

// badInputs are the beginnings of files that people pass where an object
// belongs.
var badInputs = map[string]string{
	"empty.o":     "",
	"archive.a":   "!<arch>\nmember.o/       0           0     0     644     4         `\n....",
	"thin.a":      "!<thin>\n",
	"lto.o":       "BC\xc0\xde\x35\x14\x00\x00\x05\x00\x00\x00\x62\x0c\x30\x24",
	"macho.o":     "\xcf\xfa\xed\xfe\x07\x00\x00\x01\x03\x00\x00\x00\x01\x00\x00\x00",
	"fat.o":       "\xca\xfe\xba\xbe\x00\x00\x00\x02",
	"coff.o":      "\x64\x86\x06\x00" + strings.Repeat("\x00", 16) + ".text",
	"bigcoff.o":   "\x00\x00\xff\xff\x02\x00\x64\x86",
	"program.exe": "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00",
	"wasm.o":      "\x00asm\x01\x00\x00\x00",
	"module.mpy":  "M\x06\x0b\x1f\x01\x00",
	"cp.mpy":      "C\x06\x0b\x1f\x01\x00",
	"objects.gz":  "\x1f\x8b\x08\x00\x00\x00\x00\x00",
	"source.c":    "#include \"py/dynruntime.h\"\n\n// caf\u00e9: MP_QSTR_ab\n",
	"script.o":    "/* GNU ld script */\nINPUT(a.o b.o)\n",
	"random.o":    "\x01\x02\x03\x04\x05\x06\x07\x08\x09",
	"cut.o":       "\x7fELF\x02\x01\x01",
	"big-endian.o": "\x7fELF\x01\x02\x01" + strings.Repeat("\x00", 9) +
		"\x00\x01\x00\x28\x00\x00\x00\x01" + strings.Repeat("\x00", 16) + "\x05\x00\x00\x00\x00\x34" + strings.Repeat("\x00", 10),
}

func (in testFiles) addBad() {
	for name, data := range badInputs {
		in["bad/"+name] = []byte(data)
	}
}

func writeTestFile(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o666)
}
