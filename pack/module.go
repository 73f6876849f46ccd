package pack

import (
	"path"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/inspect"
	"mpyld/internal/pattern"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// What a file is for is in its header, and which floats it exchanges in its code.
// Its name on the board is another matter: a linker's output is build/x64/wave.mpy,
// or wave-1.2.0-mpy6.3-x64.mpy, and both are wave.mpy there. A name or directory
// that says another architecture than the header is a mistake.

// A module is a file that the firmware imports.
type module struct {
	input  Input
	tree   *mpytree.File
	report *inspect.Report
	name   string // that it is imported by
	base   string // its file's name without .mpy

	// Of native code, nil if it has none:
	arch  *relocs.Machine
	abi   *mpyfile.ABI
	flags uint64
}

// as is what the file is called on the board.
func (m *module) as() string { return m.name + ".mpy" }

// target names the directory of what the module is for: "rv32imc-zba_6.3".
func (m *module) target() string { return targetName(m.arch, m.flags, m.abi.Name) }

func targetName(arch *relocs.Machine, flags uint64, abi string) string {
	return archName(arch, flags) + "_" + abi
}

// archName is an architecture with the extensions that code needs.
func archName(arch *relocs.Machine, flags uint64) string {
	if flags == 0 {
		return arch.Name
	}
	return arch.Name + "-" + strings.ReplaceAll(arch.FlagNames(flags), ",", "-")
}

// exchanges says that the module may pass floats to the firmware or take them.
func (m *module) exchanges() bool {
	c, _ := m.report.Floats()
	return c != inspect.No
}

// readModules reads the files and settles their names.
func readModules(o *Options) ([]*module, error) {
	if len(o.Modules) == 0 {
		return nil, diag.New("", "no files to pack").Note("name the .mpy files of all targets, or a directory that has them")
	}
	var errs diag.List
	var list []*module
	native := false
	for _, in := range o.Modules {
		m, err := readModule(in)
		if err != nil {
			errs.Join(err)
			continue
		}
		native = native || m.arch != nil
		list = append(list, m)
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	if !native {
		return nil, diag.New(o.Modules[0].Name, "has no native code, nor has any other file: there are no targets to pack for").
			Note("bytecode runs everywhere: mip installs such a file by its URL, as it is")
	}
	return list, nameAll(list, o.Name)
}

func readModule(in Input) (*module, error) {
	tree, err := mpytree.Parse(in.Data)
	if err != nil {
		return nil, diag.Within(in.Name, err)
	}
	m := &module{input: in, tree: tree, report: inspect.Inspect(tree), base: strings.TrimSuffix(path.Base(in.Name), ".mpy")}
	m.name = m.base
	h := tree.Header()
	if h.ArchCode() == 0 {
		return m, nil
	}
	m.arch, m.abi, m.flags = machines.ByCode(h.ArchCode()), h.ABI(), h.ArchFlags
	if m.arch == nil || m.abi == nil {
		return nil, diag.New(in.Name, "is for %s, mpy version %d.%d: no such module can be packed", h.ArchName(), h.Version, h.Sub()).
			Note("mpyld targets lists what there is")
	}
	if arch, abi, ok := targetOf(path.Base(path.Dir(in.Name))); ok && (arch != archName(m.arch, m.flags) && arch != m.arch.Name || abi != m.abi.Name) {
		return nil, diag.New(in.Name, "is for %s, but it is in the directory for %s_%s", m.target(), arch, abi).
			Note("mpyld inspect shows what it is; put it into its own directory, or the right file into this one")
	}
	return m, nil
}

// IsTarget says whether a directory is named like that of a target.
func IsTarget(dir string) bool {
	_, _, ok := targetOf(dir)
	return ok
}

// targetOf takes the name of a directory apart: "rv32imc-zba_6.3".
func targetOf(dir string) (arch, abi string, ok bool) {
	arch, abi, ok = strings.Cut(dir, "_")
	name, _, _ := strings.Cut(arch, "-")
	return arch, abi, ok && machines.For(name) != nil && slices.ContainsFunc(mpyfile.ABIs, func(a *mpyfile.ABI) bool { return a.Name == abi })
}

// nameAll gives each module the name that it is imported by: its file's, less what
// tells targets apart. Where the only files of all targets have different names, the
// module is called as the package is.
func nameAll(list []*module, name string) error {
	natives := slices.DeleteFunc(slices.Clone(list), func(m *module) bool { return m.arch == nil })
	single := onePerTarget(natives)
	var errs diag.List
	for _, m := range natives {
		m.name = m.base
		short, says, mine := m.withoutTarget()
		differ := slices.ContainsFunc(natives, func(other *module) bool { return other.base != m.base })
		switch {
		case mine && (differ || short == name || !pattern.Identifier.Get().MatchString(m.base)):
			m.name = short
		case single && differ && says != "" && !mine:
			errs.Add(m.input.Name, "is for %s, but its name says %s", m.target(), says).Note("mpyld inspect shows what it is; rename it")
		}
	}
	if err := errs.Err(); err != nil {
		return err
	}
	differ := slices.ContainsFunc(natives, func(m *module) bool { return m.name != natives[0].name })
	for _, m := range natives {
		if single && (differ || !pattern.Identifier.Get().MatchString(m.name)) {
			if name == "" {
				errs.Add(m.input.Name, "%s", map[bool]string{true: "the files of other targets have other names", false: "no module can be imported as " + diag.Plain(m.name)}[differ]).
					Note("say what the module is called: --name NAME")
				continue
			}
			m.name = name
		}
		if !pattern.Identifier.Get().MatchString(m.name) {
			errs.Add(m.input.Name, "no module can be imported as %s", diag.Plain(m.name)).Note("a name has letters, digits and _ only, and does not start with a digit: rename it")
		}
	}
	return errs.Err()
}

func onePerTarget(list []*module) bool {
	seen := map[string]bool{}
	for _, m := range list {
		if seen[m.target()] {
			return false
		}
		seen[m.target()] = true
	}
	return true
}

// version is the part of a file's name that says a version or an ABI.
var version = pattern.Of(`^(.*)[-_.](v?[0-9]+(\.[0-9]+)*|mpy[0-9](\.[0-9])?|cp[0-9]+)$`)

// withoutTarget returns the name without what says a version and a target; the
// architecture that it says, if any, and whether that is the file's own.
func (m *module) withoutTarget() (short, says string, mine bool) {
	short = m.base
	for {
		if parts := version.Get().FindStringSubmatch(short); parts != nil {
			short = parts[1]
			continue
		}
		i := strings.LastIndexAny(short, "-_.")
		if i <= 0 {
			break
		}
		word := short[i+1:]
		if machines.For(word) == nil && (m.flags == 0 || !strings.Contains(","+m.arch.FlagNames(m.flags)+",", ","+word+",")) {
			break
		}
		short = short[:i]
		if machines.For(word) != nil {
			says = word
			mine = word == m.arch.Name
		}
	}
	if says == "" {
		return m.base, "", false
	}
	return short, says, mine
}
