package pack

import (
	_ "embed"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// A fat package has a module's files for all boards, and Python code that picks
// one on the board: which it can load is in sys.implementation._mpy, and which of
// several is best is a list that is made here. A Cortex-M4F takes armv7emsp,
// then armv7m, then armv6m, as its loader does; but of modules that exchange floats
// with the firmware never those that pass them in core registers, where it has
// them in the FPU's. Firmware of some chips is the other way round, which its number
// does not say: the chip's name and the release do.

//go:embed fat__init__.py
var fatInit string

// maxFat is from how many bytes on a fat package is a warning: they are on the
// flash of every board, which may have as little as 256 KB for files.
const maxFat = 64 << 10

// softArch is what an architecture's number gets in the table for firmware that
// passes floats in core registers.
const softArch = 16

// fat makes the package of everything at the top.
func fat(p *Package) error {
	var urls [][2]string
	add := func(as string, data []byte) {
		p.add(as, data)
		urls = append(urls, [2]string{as, p.at(".", as)})
	}
	natives, others := p.modules()
	if len(natives) == 0 {
		return diag.New("", "--fat: no file is for MicroPython").Note("for CircuitPython there is --circuitpython")
	}
	for _, list := range natives {
		name := list[0].name
		if _, _, target := targetOf(name); target || slices.Contains([]string{"index", "release", "viper", "circuitpython"}, name) {
			return diag.New("", "--fat: the module is called %s, and so is a directory of another layout", name).Note("pack without --fat, or call the module otherwise")
		}
		add(name+"/__init__.py", []byte(p.init(list)))
		for _, m := range list {
			add(name+"/_"+partName(m, list)+".mpy", m.input.Data)
		}
	}
	for _, f := range others {
		add(f.Name, f.Data)
	}
	size := 0
	for _, u := range urls {
		size += len(p.Files[u[0]])
	}
	if size > maxFat {
		p.Warnings.Add("", "the package for all boards has %d KB, which each of them has to have room for", (size+1023)>>10).
			Note("the directory of a target has what one board needs")
	}
	p.add("package.json", encode(p.packageOf(urls)))
	return nil
}

// modules are MicroPython's: native ones by name, for each target, and what is the
// same for all.
func (p *Package) modules() (natives [][]*module, others []Input) {
	at := map[string]int{}
	seen := map[string]bool{}
	for _, t := range p.Targets {
		if t.circuit() {
			continue
		}
		native := map[string]bool{}
		for _, m := range t.Modules {
			if m.arch == nil {
				continue
			}
			native[m.as()] = true
			i, ok := at[m.name]
			if !ok {
				i = len(natives)
				at[m.name] = i
				natives = append(natives, nil)
			}
			natives[i] = append(natives[i], m)
		}
		for _, f := range p.filesOf(t) {
			if !native[f.Name] && !seen[f.Name] {
				seen[f.Name] = true
				others = append(others, f)
			}
		}
	}
	return natives, others
}

// partName is what a part of a fat package is called: its architecture, and its ABI
// if not all have one.
func partName(m *module, list []*module) string {
	name := archName(m.arch, m.flags)
	if slices.ContainsFunc(list, func(other *module) bool { return other.abi != m.abi }) {
		name += "_" + m.abi.Name
	}
	return inPython(name)
}

// inPython makes a name of Python of an architecture and an ABI.
func inPython(name string) string { return strings.NewReplacer("-", "_", ".", "_").Replace(name) }

// init is the Python code that picks a part.
func (p *Package) init(list []*module) string {
	var abis, targets []string
	var parts strings.Builder
	soft := false
	for _, abi := range mpyfile.ABIs {
		rows := ""
		for code := byte(1); machines.InFormat(code) != nil; code++ {
			hard := candidates(list, abi, code, false)
			rows += row(code, hard, list)
			if other := candidates(list, abi, code, true); mayBeSoft(code) && !slices.Equal(other, hard) {
				soft = true
				rows += row(code|softArch, other, list)
			}
		}
		if rows != "" {
			abis = append(abis, abi.Name)
			fmt.Fprintf(&parts, "        0x%x: {\n%s        },\n", uint(abi.Version)|uint(abi.Sub)<<8, rows)
		}
	}
	for _, m := range list {
		targets = append(targets, m.target())
	}
	name := list[0].name
	if p.Version != "" {
		name += " " + p.Version
	}
	return strings.NewReplacer(
		"NAME", name, "PARTS", parts.String(), "ABIS", strings.Join(slices.Compact(abis), ", "),
		"SOFT", map[bool]string{true: softCode(), false: ""}[soft], "TARGETS", strings.Join(targets, ", "),
	).Replace(fatInit)
}

// row is an entry of the table: firmware and its parts.
func row(code byte, parts, all []*module) string {
	if len(parts) == 0 && code&softArch == 0 {
		return ""
	}
	var names []string
	for _, m := range parts {
		names = append(names, fmt.Sprintf("%q", partName(m, all)))
	}
	tuple := strings.Join(names, ", ")
	if len(names) == 1 {
		tuple += ","
	}
	return fmt.Sprintf("            %d: (%s),\n", code, tuple)
}

// candidates are the parts that firmware for an architecture can load, with
// right floats, best first; soft: it passes them in core registers.
func candidates(list []*module, abi *mpyfile.ABI, code byte, soft bool) []*module {
	device := mpyfile.Device{ABI: abi, Arch: code}
	core := soft || inCore(machines.InFormat(code))
	var parts []*module
	for _, m := range list {
		if m.abi == abi && device.Takes(m.arch.Code) && (!m.exchanges() || inCore(m.arch) == core) {
			parts = append(parts, m)
		}
	}
	slices.SortStableFunc(parts, func(a, b *module) int {
		if a.arch != b.arch {
			return int(b.arch.Code) - int(a.arch.Code)
		}
		return bits.OnesCount64(b.flags) - bits.OnesCount64(a.flags)
	})
	return parts
}

// inCore says whether code for a machine passes floats in core registers.
func inCore(m *relocs.Machine) bool { return m.ABI.Floats != "hard" }

// softChips are the boards whose firmware may pass floats in core registers
// although its architecture's does not.
func softChips() (list []*relocs.Boards, archs []byte) {
	for _, m := range machines.All() {
		for i := range m.Boards {
			if m.Boards[i].Chip != "" {
				list, archs = append(list, &m.Boards[i]), append(archs, m.Code)
			}
		}
	}
	return list, archs
}

// mayBeSoft says whether some firmware for an architecture does that.
func mayBeSoft(code byte) bool {
	_, archs := softChips()
	return slices.Contains(archs, code)
}

// softCode is the Python code that finds such firmware.
func softCode() string {
	var rows []string
	chips, _ := softChips()
	for _, c := range chips {
		rows = append(rows, fmt.Sprintf("(%q, (%s))", c.Chip, strings.ReplaceAll(c.SoftFP[1], ".", ", ")))
	}
	return fmt.Sprintf(`    # Firmware of these chips passes floats in core registers, up to a release.
    for chip, last in (%s,):
        if chip in getattr(i, "_machine", "").lower() and i.version[:2] <= last:
            parts = table.get(m >> 10 & 15 | %d, parts)
`, strings.Join(rows, ", "), softArch)
}
