// Package mpyld_test holds the rules of the house: who may import whom, what
// an architecture consists of, and how files look. They are tests because rules
// that nobody runs do not last.
package mpyld_test

import (
	"debug/elf"
	"go/ast"
	"go/token"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"mpyld/fixtures"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/supportlib"
)

// imports says which of our packages each package may import. A new package
// needs a row; think before adding to one, because each missing name is a
// promise (see docs/ARCHITECTURE.md). Tests may import what they like.
var imports = map[string]string{
	// The library, and the command over it.
	"mpyld":     "abiheader audit debugelf debuginfo diag diff disasm dump elfload gdbscript inspect internal/inputs internal/readable internal/scaffold ldscript link linkmap mapjson merge mpyfile mpytree mpywriter parallel qstrlink relocs sdk simload size sizetable supportlib target",
	"cmd/mpyld": "mpyld target diag internal/build internal/cmdline internal/doctor internal/host internal/inputs internal/interpreter internal/manifest internal/toolchain pack size sizetable", // the library, and how files are read

	"web":                        "mpyld diag sizetable target",
	"web/wasm":                   "web",
	"web/build":                  "mpyld release/licences",                // its version
	"release":                    "mpyld internal/tarxz release/licences", // its version
	"release/licences":           "",
	"abiheader":                  "mpyfile qstrlink",
	"relocs":                     "",
	"relocs/arm":                 "relocs",
	"relocs/riscv":               "relocs",
	"relocs/x86":                 "relocs",
	"relocs/xtensa":              "relocs",
	"relocs/machines":            "relocs relocs/arm relocs/riscv relocs/x86 relocs/xtensa",
	"diag":                       "",
	"parallel":                   "",
	"edit":                       "relocs",
	"elfload":                    "relocs qstrlink diag edit internal/intern",
	"qstrlink":                   "diag",
	"mpyfile":                    "internal/pattern relocs relocs/machines qstrlink",
	"link":                       "diag elfload link/internal/assign link/internal/bind link/internal/demand link/internal/direct link/internal/emit link/internal/layout link/internal/narrow link/internal/near link/internal/resolve link/internal/rewrite link/internal/shrink linkmap mpyfile relocs",
	"link/internal/resolve":      "diag elfload ldscript linkmap mpyfile qstrlink relocs",
	"link/internal/bind":         "diag elfload link/internal/resolve linkmap mpyfile parallel qstrlink relocs",
	"link/internal/assign":       "link/internal/bind link/internal/resolve linkmap mpyfile relocs",
	"link/internal/demand":       "diag link/internal/assign link/internal/bind link/internal/resolve linkmap mpyfile relocs",
	"link/internal/rewrite":      "diag elfload link/internal/bind link/internal/demand link/internal/resolve linkmap relocs",
	"link/internal/layout":       "diag link/internal/assign link/internal/bind link/internal/demand link/internal/resolve link/internal/rewrite linkmap mpyfile relocs",
	"link/internal/direct":       "edit elfload link/internal/resolve linkmap relocs",
	"link/internal/near":         "edit elfload link/internal/demand link/internal/layout link/internal/resolve linkmap mpyfile relocs",
	"link/internal/narrow":       "edit elfload link/internal/layout link/internal/resolve linkmap mpyfile relocs",
	"link/internal/shrink":       "edit elfload link/internal/layout link/internal/resolve linkmap mpyfile relocs",
	"link/internal/emit":         "diag link/internal/demand link/internal/layout link/internal/resolve linkmap mpyfile parallel relocs",
	"linkmap":                    "diag elfload relocs mpyfile edit",
	"debuginfo":                  "diag elfload relocs",
	"debugedit":                  "edit elfload relocs",
	"debugelf":                   "debugedit debuginfo diag elfload internal/readable linkmap mpyfile relocs relocs/machines",
	"gdbscript":                  "debugelf diag relocs",
	"mapjson":                    "diag internal/readable linkmap mpyfile relocs size",
	"mpytree":                    "mpyfile qstrlink diag relocs relocs/machines",
	"disasm":                     "relocs",
	"diff":                       "diag dump linkmap mpyfile mpytree",
	"dump":                       "diag disasm linkmap mpyfile mpytree",
	"inspect":                    "diag disasm dump mpyfile mpytree relocs",
	"pack":                       "diag inspect internal/pattern internal/tarxz mpyfile mpytree relocs relocs/machines target",
	"merge":                      "mpyfile mpytree diag",
	"mpywriter":                  "mpyfile mpytree qstrlink diag",
	"audit":                      "diag edit elfload ldscript linkmap mpyfile relocs", // nothing of link, and none of its rules
	"simload":                    "mpyfile mpytree relocs linkmap diag parallel edit", // not mpywriter, not elfload: it must not share their mistakes
	"fixtures":                   "internal/tarxz qstrlink",
	"fixtures/aarch64":           "relocs", // for tests alone
	"fixtures/build":             "fixtures",
	"fixtures/compile":           "fixtures",
	"fixtures/oracle":            "fixtures",
	"fixtures/elfmake":           "",
	"fixtures/ldcases":           "fixtures/elfmake diag elfload link linkmap mpyfile relocs relocs/machines", // for tests alone
	"fixtures/assembly":          "relocs",                                                                    // for tests alone
	"fixtures/damage":            "",
	"fixtures/ldimage":           "mpyld fixtures/elfmake linkmap mpyfile mpytree relocs simload", // for tests alone
	"fixtures/modules":           "mpyld fixtures target",                                         // for tests and bench alone
	"fixtures/sources":           "",                                                              // for tests alone
	"fixtures/programs":          "fixtures/elfmake mpyfile relocs relocs/machines",               // for tests alone
	"internal/inputs":            "diag elfload ldscript parallel relocs",
	"internal/intern":            "",
	"internal/lazy":              "",
	"internal/pattern":           "",
	"internal/readable":          "diag internal/pattern",
	"internal/doctor":            "diag internal/host internal/toolchain parallel",
	"internal/build":             "abiheader mpyld diag internal/cmdline internal/host internal/interpreter internal/manifest internal/pattern internal/table internal/toolchain qstrlink sdk size target",
	"internal/cmdline":           "",
	"internal/host":              "",
	"internal/interpreter":       "diag internal/host internal/pattern target",
	"internal/manifest":          "diag internal/cmdline internal/pattern size",
	"internal/toolchain":         "diag internal/cmdline internal/host",
	"internal/scaffold":          "abiheader diag internal/pattern mpyfile",
	"internal/table":             "diag",
	"internal/tarxz":             "",
	"size":                       "diag mpytree",
	"sizetable":                  "diag internal/table mapjson size treemap",
	"treemap":                    "",
	"sdk":                        "diag internal/inputs internal/pattern internal/tarxz mpyfile",
	"target":                     "diag inspect mpyfile mpytree relocs relocs/machines",
	"ldscript":                   "diag",
	"supportlib":                 "elfload relocs",
	"supportlib/build":           "fixtures fixtures/elfmake relocs/machines",
	"mutate":                     "parallel", // for developers alone
	"mutate/links":               "mutate/corpus",
	"mutate/corpus":              "mpyld diag fixtures fixtures/elfmake fixtures/ldcases mpyfile parallel relocs relocs/machines target",
	"bench":                      "audit elfload fixtures fixtures/elfmake fixtures/modules link mpyfile mpyld mpytree mpywriter parallel relocs/machines simload size target",
	"e2e":                        "",
	"internal/nomanpages/md2man": "", // another module, in place of one that costs time at every start
}

// thirdParty says which packages may import which module of others.
var thirdParty = map[string]string{
	"github.com/urfave/cli/v2": "cmd/mpyld",
	"github.com/ulikunitz/xz":  "fixtures internal/tarxz pack sdk",

	// mpyld.toml, and where in it something is.
	"github.com/pelletier/go-toml/v2":          "internal/manifest",
	"github.com/pelletier/go-toml/v2/unstable": "internal/manifest",

	"github.com/ianlancetaylor/demangle": "internal/readable", // names of C++ and Rust

	// Decoders of machine code.
	"golang.org/x/arch/riscv64/riscv64asm": "relocs/riscv",
	"golang.org/x/arch/x86/x86asm":         "relocs/x86",
}

const module, forAll = "mpyld", "internal/lazy" // which any may import

func TestImports(t *testing.T) {
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		pkg := f.pkg()
		allowed, ok := imports[pkg]
		if !ok {
			t.Errorf("%s: package %s has no row in the table of imports", f.name, pkg)
		}
		if f.test {
			continue
		}
		for _, spec := range f.Imports {
			name := strings.Trim(spec.Path.Value, `"`)
			ours, isOurs := strings.CutPrefix(name, module+"/")
			if name == module {
				ours, isOurs = name, true
			}
			used[pkg+" "+ours] = true
			switch {
			case ours == forAll:
			case isOurs && !slices.Contains(strings.Fields(allowed), ours):
				t.Errorf("%s: %s must not import %s", f.name, pkg, ours)
			case !isOurs && strings.Contains(name, ".") && !slices.Contains(strings.Fields(thirdParty[name]), pkg):
				t.Errorf("%s: %s must not import %s", f.name, pkg, name)
			}
		}
	}
	for pkg, allowed := range imports {
		for _, name := range strings.Fields(allowed) {
			if !used[pkg+" "+name] {
				t.Errorf("%s may import %s, but does not: take it from the table", pkg, name)
			}
		}
	}
}

// TestSystem: the command is the only one to ask the system for anything. Others
// are given what they need, so that a link depends on nothing else.
func TestSystem(t *testing.T) {
	for _, f := range goFiles(t) {
		tool := f.Name.Name == "main" || strings.HasPrefix(f.pkg(), "fixtures") || strings.HasPrefix(f.pkg(), "release/") // for tests and developers alone
		for _, spec := range f.Imports {
			name := strings.Trim(spec.Path.Value, `"`)
			if (name == "os" || strings.HasPrefix(name, "os/") || name == "net" || name == "syscall") && !tool && !f.test {
				t.Errorf("%s: imports %s", f.name, name)
			}
		}
	}
}

// TestArchitecture: the table of packages in docs/ARCHITECTURE.md has the
// imports above.
func TestArchitecture(t *testing.T) {
	text, err := os.ReadFile("docs/ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	row := regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\|.*\\| ([^|]*) \\|$")
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		said[m[1]] = m[2]
	}
	remark := regexp.MustCompile(` \([^)]*\)`)
	for pkg, allowed := range imports {
		list, ok := said[pkg]
		switch {
		case !ok && !strings.Contains(pkg, "/") && pkg != "bench" && pkg != "e2e":
			t.Errorf("docs/ARCHITECTURE.md has no row for %s", pkg)
		case !ok || list == "all":
		case list == "nothing" && allowed != "":
			t.Errorf("%s imports %s, docs/ARCHITECTURE.md says nothing", pkg, allowed)
		case list != "nothing":
			want := slices.Sorted(slices.Values(strings.Fields(allowed)))
			if got := slices.Sorted(slices.Values(strings.Split(remark.ReplaceAllString(list, ""), ", "))); !slices.Equal(got, want) {
				t.Errorf("%s imports %s, docs/ARCHITECTURE.md says %s", pkg, want, got)
			}
		}
	}
}

// TestArchComplete: an architecture is a row of a folder under relocs, with
// every column that has no natural zero, objects in fixtures and a support
// library. One of them missing is a half-added architecture.
func TestArchComplete(t *testing.T) {
	code := byte(0)
	for _, m := range machines.All() {
		t.Run(m.Name, func(t *testing.T) {
			if !slices.ContainsFunc(fixtures.Sets(), func(s fixtures.Set) bool { return s.Arch == m.Name }) {
				t.Error("no fixture set")
			}
			if _, err := supportlib.Open(m); err != nil {
				t.Errorf("no support library: %v", err)
			}
			if m.Code <= code {
				t.Errorf("code %d does not belong behind %d", m.Code, code)
			}
			code = m.Code
			for column, missing := range map[string]bool{
				"Word": m.Word != 4 && m.Word != 8, "TextAlign": m.TextAlign == 0, "BlockAlign": m.BlockAlign == 0,
				"ELF": m.ELF == 0, "Class": (m.Class == elf.ELFCLASS64) != (m.Word == 8), "Howtos": m.Howtos == nil, "Entry": len(m.Entry) == 0,
				"Decode": m.Decode == nil, "Unit": m.Unit == 0, "Text or Objdump": m.Text == nil && m.Objdump.Programs == nil,
				"Veneer": m.Veneer.Code == nil, "FarVeneer": m.FarVeneer.Code == nil, "Unwind": m.Unwind == nil, "ABI.Compile": m.ABI.Compile == "",
				"Advice": m.Advice.Runtime == "" || m.Advice.Maths == "" || m.Advice.C == "", "AlsoCalled": m.AlsoCalled == "", "Boards": m.Boards == nil,
			} {
				if missing {
					t.Errorf("the machine's %s is missing or wrong", column)
				}
			}
			checkMachine(t, m)
		})
	}
}

func checkMachine(t *testing.T, m *relocs.Machine) {
	for i, h := range m.Howtos() {
		if i > 0 && h.Type <= m.Howtos()[i-1].Type {
			t.Errorf("%s (%d) does not belong behind %s (%d)", h.Name, h.Type, m.Howtos()[i-1].Name, m.Howtos()[i-1].Type)
		}
		if h.Name == "" || h.Spec == "" {
			t.Errorf("relocation %d: name %q, specified in %q", h.Type, h.Name, h.Spec)
		}
		if (h.Formula == relocs.Refused) != (h.Why != "") {
			t.Errorf("%s: a relocation says why it is refused, and only then", h.Name)
		}
		hasField := h.Field != nil || len(h.Fields) > 0
		if none := slices.Contains([]relocs.Formula{relocs.Nothing, relocs.Align, relocs.Refused}, h.Formula); none == hasField {
			t.Errorf("%s: a relocation with a value has a field for it, and only then", h.Name)
		}
		checkRewrites(t, &h)
	}
}

// checkRewrites checks the ways to make an instruction work.
func checkRewrites(t *testing.T, h *relocs.Howto) {
	for i, r := range h.Rewrites {
		if (r.Part == relocs.Erased) != (r.Field == nil) || r.Part == relocs.Erased && r.Replacement == nil || r.Name == "" {
			t.Errorf("%s: way %d (%s): an instruction that is for a part of an address has a field for it, and one that is for none is another one", h.Name, i, r.Name)
		}
		if h.RewriteTo(r.Part, r.Needs) != r {
			t.Errorf("%s: %s is for what another way is for, and needs the same", h.Name, r.Name)
		}
	}
}

// TestStart: no package compiles regular expressions whenever the program starts,
// which is for a link of 2 ms (pattern.Of).
func TestStart(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || strings.HasPrefix(f.name, "fixtures/") {
			continue
		}
		for _, d := range f.Decls {
			vars, ok := d.(*ast.GenDecl)
			if !ok || vars.Tok != token.VAR {
				continue
			}
			ast.Inspect(vars, func(n ast.Node) bool {
				if _, later := n.(*ast.FuncLit); later {
					return false
				}
				if call, ok := n.(*ast.SelectorExpr); ok && call.Sel.Name == "MustCompile" {
					t.Errorf("%v: a regular expression is compiled when the program starts", f.fset.Position(call.Pos()))
				}
				return true
			})
		}
	}
}

// TestNoArchNames: these packages treat all machines alike. What is special
// about one is data in relocs or mpyfile. (Comments may give examples.)
func TestNoArchNames(t *testing.T) {
	neutral := []string{"link", "link/internal/resolve", "link/internal/bind", "link/internal/assign", "link/internal/demand", "link/internal/rewrite", "link/internal/layout", "link/internal/emit", "linkmap", "mpywriter", "simload", "audit", "elfload", "pack"}
	names := strings.Fields("x86 i386 amd64 arm thumb riscv rv32 rv64 xtensa em_")
	for _, arch := range machines.All() {
		names = append(names, arch.Name)
	}
	check := func(f goFile, pos token.Pos, text string) {
		// EM_ARM is one word in code, but names a machine in each of its parts.
		for _, word := range words(text) {
			if slices.Contains(names, word) {
				t.Errorf("%v: %s names the machine %s", f.fset.Position(pos), text, word)
			}
		}
	}
	for _, f := range goFiles(t) {
		if f.test || !slices.Contains(neutral, path.Dir(f.name)) {
			continue
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Ident:
				check(f, n.Pos(), n.Name)
			case *ast.BasicLit:
				if n.Kind == token.STRING {
					check(f, n.Pos(), n.Value)
				}
			}
			return true
		})
	}
}

// TestFuzzBrief: CI runs all fuzz tests but those of whole links.
func TestFuzzBrief(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(makefile), "FUZZIN='")
	list, _, _ = strings.Cut(list, "'")
	found := 0
	for _, f := range goFiles(t) {
		top, _, _ := strings.Cut(f.name, "/")
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.test && strings.HasPrefix(fn.Name.Name, "Fuzz") {
				found++
				if top != "link" && !slices.Contains(strings.Fields(list), top) {
					t.Errorf("%s: make fuzz-brief does not run %s", f.name, fn.Name.Name)
				}
			}
		}
	}
	if found == 0 {
		t.Error("there are no fuzz tests")
	}
}

const maxLines = 450

// TestTexture: files are short, packages say what they are for, and nothing
// has a name that says nothing.
func TestTexture(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range goFiles(t) {
		pkg := f.pkg()
		documented[pkg] = documented[pkg] || f.Doc != nil && !f.test
		if lines := f.fset.File(f.Pos()).LineCount(); lines > maxLines && !ast.IsGenerated(f.File) {
			t.Errorf("%s has %d lines, more than %d: it holds more than one idea", f.name, lines, maxLines)
		}
		if f.test {
			continue
		}
		empty := func(pos token.Pos, name string) {
			for _, word := range words(name) {
				if slices.Contains([]string{"manager", "helper", "helpers", "util", "utils"}, word) {
					t.Errorf("%v: %s says nothing; name what it does", f.fset.Position(pos), name)
				}
			}
		}
		empty(f.Pos(), strings.TrimSuffix(path.Base(f.name), ".go"))
		for _, name := range declared(f.File) {
			empty(name.Pos(), name.Name)
		}
	}
	for pkg := range imports {
		if got, ok := documented[pkg]; ok && !got {
			t.Errorf("package %s has no comment that says what it is for", pkg)
		}
	}
}

// declared returns the names that a file declares. (Names it uses, such as
// testing's T.Helper, are not its choice.)
func declared(f *ast.File) []*ast.Ident {
	names := []*ast.Ident{f.Name}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			names = append(names, n.Name)
		case *ast.TypeSpec:
			names = append(names, n.Name)
		case *ast.ValueSpec:
			names = append(names, n.Names...)
		case *ast.Field:
			names = append(names, n.Names...)
		}
		return true
	})
	return names
}

// words splits text and names like twoWords, HTTPServer and EM_386 into words
// in lower case. A number belongs to the letters before it.
func words(text string) []string {
	runes := []rune(text)
	list, start := []string(nil), 0
	flush := func(end int) {
		if end > start {
			list = append(list, strings.ToLower(string(runes[start:end])))
		}
		start = end
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			if i > start && r == '_' && strings.EqualFold(string(runes[start:i]), "em") {
				list = append(list, "em_")
			}
			flush(i)
			start = i + 1
		case unicode.IsUpper(r) && i > start &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush(i)
		}
	}
	flush(len(runes))
	return list
}
