package main

import (
	"crypto/sha256"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

// compilers are the programs that scripts have for compilers: what a name stands for
// is decided by the flags too.
var compilers = map[string]string{
	"x86_64-linux-gnu-gcc": "x64", "arm-none-eabi-gcc": "armv7m", "riscv64-unknown-elf-gcc": "rv32imc",
	"xtensa-esp-elf-gcc": "xtensawin", "my-own-gcc": "armv7m",
}

// byFlags are architectures that flags choose.
var byFlags = map[string]string{
	"-m32": "x86", "-mcpu=cortex-m0": "armv6m", "-mcpu=cortex-m4": "armv7emsp", "-mcpu=cortex-m7": "armv7emdp", "-march=rv64imac": "rv64imc",
}

// A fakeCompiler compiles nothing, but does all else that a build expects: it
// includes files, leaves comments out, stops at #error, warns at #warning, writes what
// the object depends on, and an object, with #room as large as that says. Each run is a line in the file
// compiler.log of the directory in $WORK.
type fakeCompiler struct {
	name             string
	source, output   string
	depfile          string
	dirs             []string
	arch             string
	preprocess       bool
	defines          []string
	deps             []string
	text, diagnostic strings.Builder
	failed           bool
	room             int // of code that does nothing
}

func runFakeCompiler() {
	c := &fakeCompiler{name: strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")}
	c.arch = compilers[c.name]
	c.log(os.Args[1:])
	if err := c.run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// generate is a program for steps: it writes a source, or fails as FAKE_FAIL says.
func generate() {
	if what := os.Getenv("FAKE_FAIL"); what != "" {
		fmt.Println(strings.TrimPrefix(what, "silent"))
		os.Exit(3)
	}
	c := &fakeCompiler{name: "gen"}
	c.log(os.Args[1:])
	if err := os.WriteFile(os.Args[1], []byte("int made;\n"), 0o666); err != nil {
		panic(err)
	}
	meanwhile()
}

// crossCompile is an mpy-cross that knows one module.
func crossCompile() {
	c := &fakeCompiler{name: "mpy-cross"}
	c.log(os.Args[1:])
	data, err := os.ReadFile(filepath.Join(os.Getenv("WORK"), "py/flow-O0-1.29-preview.mpy"))
	if err == nil {
		err = os.WriteFile(os.Args[slices.Index(os.Args, "-o")+1], data, 0o666)
	}
	if err != nil {
		panic(err)
	}
}

func (c *fakeCompiler) log(args []string) {
	if os.Getenv("WORK") == "" {
		panic("who runs a compiler of tests says where they work")
	}
	f, err := os.OpenFile(filepath.Join(os.Getenv("WORK"), "compiler.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	fmt.Fprintln(f, c.name, strings.Join(args, " "))
}

func (c *fakeCompiler) run(args []string) error {
	if slices.Contains(args, "-###") {
		// As GCC does, only a directory that there is.
		if dir := filepath.Join(os.Getenv("WORK"), "lib", c.name); exists(dir) {
			fmt.Fprintf(os.Stderr, " collect2 \"-L%s\" -lc\n", dir)
		}
		return nil
	}
	for i := 0; i < len(args); i++ {
		next := func() string { i++; return args[i] }
		word := args[i]
		switch {
		case byFlags[word] != "":
			c.arch = byFlags[word]
		case word == "-E":
			c.preprocess = true
		case word == "-MF":
			c.depfile = next()
		case word == "-MT", word == "-x":
			next()
		case word == "-o":
			c.output = next()
		case strings.HasPrefix(word, "-I"):
			c.dirs = append(c.dirs, word[2:])
		case strings.HasPrefix(word, "-D"):
			c.defines = append(c.defines, word[2:])
		case word == "-":
			return c.answer(args)
		case !strings.HasPrefix(word, "-"):
			c.source = word
		}
	}
	c.include(c.source)
	fmt.Fprint(os.Stderr, c.diagnostic.String())
	if c.failed {
		os.Exit(1)
	}
	if err := c.depend(); err != nil {
		return err
	}
	if c.preprocess {
		fmt.Print(c.text.String())
		return nil
	}
	if killed := os.Getenv("FAKE_KILL"); killed != "" && c.compiled() == killed {
		return killParent()
	}
	meanwhile()
	return os.WriteFile(c.output, c.object(), 0o666)
}

// meanwhile is what somebody does while a program runs that has read its inputs.
func meanwhile() {
	name := os.Getenv("FAKE_EDIT")
	if name == "" {
		return
	}
	data, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, append(data, "// edited\n"...), 0o666)
	}
	if err != nil {
		panic(err)
	}
}

// compiled is how many times there was something to compile, this time among them.
func (c *fakeCompiler) compiled() string {
	log, err := os.ReadFile(filepath.Join(os.Getenv("WORK"), "compiler.log"))
	if err != nil {
		panic(err)
	}
	return strconv.Itoa(strings.Count(string(log), " -c "))
}

// answer answers the question what the compiler is.
func (c *fakeCompiler) answer(args []string) error {
	if _, err := io.ReadAll(os.Stdin); err != nil {
		return err
	}
	if os.Getenv("FAKE_BROKEN") == c.name {
		return errors.New("<stdin>:1:10: fatal error: stdint.h: No such file or directory")
	}
	order := "little"
	if c.name == "xtensa-esp-elf-gcc" && !slices.Contains(args, "-mdynconfig=xtensa_esp32.so") {
		order = "big"
	}
	fmt.Printf("mpyld_compiler %s this \"12.2.1 fake\"\n", order)
	return nil
}

var directive = regexp.MustCompile(`^#\s*(include|error|warning|room)\s+(.*)$`)

// include takes a file in.
func (c *fakeCompiler) include(name string) {
	data, err := os.ReadFile(name)
	if err != nil {
		c.failed = true
		fmt.Fprintf(&c.diagnostic, "%s: error: %s: No such file or directory\n", c.name, name)
		return
	}
	c.deps = append(c.deps, name)
	for i, line := range strings.Split(string(data), "\n") {
		line, _, _ = strings.Cut(line, "//")
		m := directive.FindStringSubmatch(line)
		switch {
		case m == nil:
			c.text.WriteString(line + "\n")
		case m[1] == "include":
			c.find(name, i+1, m[2])
		case m[1] == "room":
			c.room, _ = strconv.Atoi(m[2])
		case m[1] == "error" && strings.Contains(c.arch, m[2]):
			c.failed = true
			fmt.Fprintf(&c.diagnostic, "%s:%d:2: error: #error %s\n", name, i+1, m[2])
		case m[1] == "warning" && !c.preprocess:
			fmt.Fprintf(&c.diagnostic, "%s:%d:2: warning: #warning %s\n", name, i+1, m[2])
		}
	}
}

// find takes in what an #include names. The headers of a compiler have nothing in
// them here.
func (c *fakeCompiler) find(from string, line int, what string) {
	if what == "MP_CONFIGFILE" {
		for _, d := range c.defines {
			if value, ok := strings.CutPrefix(d, what+"="); ok {
				what = value
			}
		}
	}
	name := strings.Trim(what, `"<>`)
	for _, dir := range append([]string{filepath.Dir(from)}, c.dirs...) {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			if !slices.Contains(c.deps, path) {
				c.include(path)
			}
			return
		}
	}
	if strings.HasPrefix(what, "<std") {
		return
	}
	c.failed = true
	fmt.Fprintf(&c.diagnostic, "%s:%d:10: fatal error: %s: No such file or directory\n", from, line, name)
}

// depend writes the depfile, as GCC quotes names.
func (c *fakeCompiler) depend() error {
	text := "x:"
	for _, name := range c.deps {
		text += " \\\n " + strings.NewReplacer(" ", `\ `, "#", `\#`, "$", "$$").Replace(name)
	}
	return os.WriteFile(c.depfile, []byte(text+"\n"), 0o666)
}

// object is one with mpy_init in it, and another for each other source, which only a
// source that says so does not define.
func (c *fakeCompiler) object() []byte {
	m := machines.For(c.arch)
	sum := sha256.Sum256([]byte(c.text.String() + strings.Join(c.defines, " ")))
	o := elfmake.Object{
		Machine: m.ELF, Class: m.Class, RELA: m.ExplicitAddends,
		Sections: []elfmake.Section{
			{Name: ".text.f", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 16+c.room)},
			{Name: ".rodata.text", Flags: elf.SHF_ALLOC, Align: 4, Data: sum[:8]},
		},
	}
	value := uint64(0)
	if m.ModeBits != 0 {
		value = 1
	}
	if strings.Contains(c.text.String(), "mpy_init") {
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: value})
	}
	for _, m := range regexp.MustCompile(`calls (\w+)`).FindAllStringSubmatch(c.text.String(), -1) {
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: m[1], Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
		o.Sections[0].Relocs = append(o.Sections[0].Relocs, elfmake.Reloc{Off: 4, Type: uint32(elf.R_X86_64_PLT32), Sym: len(o.Symbols) - 1, A: -4})
	}
	return o.Bytes()
}
