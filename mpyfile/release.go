package mpyfile

import (
	"slices"
	"strings"

	"mpyld/qstrlink"
	"mpyld/relocs"
)

// Release is a release of firmware as a target of links: its ABI, and what may
// differ between releases with one ABI.
type Release struct {
	Name string // "1.24"; the newest of all may not be out yet: "1.30-preview"
	ABI  *ABI

	// ABIOf has the ABI on architectures that have another one.
	ABIOf map[string]*ABI

	Archs     []string // of machines.All(), those that some firmware of the release loads
	ArchFlags bool     // the loader knows architecture flags

	Entry relocs.EntryStyle // how mpy_ld.py starts texts

	// Config and WideConfig are the layout of the config header, the latter
	// where text can only be read by words.
	Config, WideConfig *qstrlink.Layout

	// Objects: MP_OBJ_NEW_QSTR(x) is an entry of a table that the module has,
	// not the result of a call that older releases do not know.
	Objects bool
}

// Lists of architectures: each is the beginning of the next.
var (
	archsToday = []string{"x86", "x64", "armv6m", "armv7m", "armv7emsp", "armv7emdp", "xtensa", "xtensawin", "rv32imc", "rv64imc"}
	archsRV32  = archsToday[:9:9]
	archsOld   = archsToday[:8:8]
)

// Releases lists MicroPython's releases since 1.12, and CircuitPython's,
// oldest first (py/persistentcode.h and tools/mpy_ld.py of their tags).
// mpy_ld.py may not make what the loader takes: it knows armv6m since 1.19, and
// rv32imc since 1.25.
var Releases = slices.Concat(
	[]*Release{
		release5("1.12", cached), release5("1.13", cached), release5("1.14", cached),
		release5("1.15", cached), release5("1.16", cached), release5("1.17", cached),
		release5("1.18", nil),
	},
	[]*Release{
		{Name: "1.19", ABI: &abi60, Archs: archsOld, Entry: relocs.EntrySince112, Config: &qstrlink.Tables, Objects: true},
		{Name: "1.20", ABI: &abi61, Archs: archsOld, Entry: relocs.EntrySince112, Config: &qstrlink.Tables, Objects: true},
		release6("1.21", &abi61, archsOld, relocs.EntrySince112),
		release6("1.22", &abi62, archsOld, relocs.EntrySince112),
		release6("1.23", &abi63, archsOld, relocs.EntrySince112),
		release6("1.24", &abi63, archsRV32, relocs.EntrySince124),
		release6("1.25", &abi63, archsRV32, relocs.EntrySince124),
		release6("1.26", &abi63, archsRV32, relocs.EntrySince124),
		release6("1.27", &abi63, archsRV32, relocs.EntrySince124).withFlags(),
		release6("1.28", &abi63, archsToday, relocs.EntrySince128).withFlags(),
		release6("1.29", &abi63, archsToday, relocs.EntryToday).withFlags(),
		// Like 1.29 as far as anybody knows. Nothing else has to change when it is out.
		release6("1.30-preview", &abi63, archsToday, relocs.EntryToday).withFlags(),
	},
	[]*Release{
		release6("circuitpython-9.2", &abiCircuit63, archsOld, relocs.EntrySince112),
		release6("circuitpython-10.0", &abiCircuit63, archsRV32, relocs.EntrySince124),
		release6("circuitpython-10.1", &abiCircuit63, archsRV32, relocs.EntrySince124),
		release6("circuitpython-10.2", &abiCircuit63, archsRV32, relocs.EntrySince124).withFlags(),
		release6("circuitpython-10.3", &abiCircuit63, archsRV32, relocs.EntrySince124).withFlags(),
		release6("circuitpython-10.4", &abiCircuit63, archsRV32, relocs.EntrySince124).withFlags(),
	},
)

// cached is the ABI of the architectures whose usual firmware is the unix port, up
// to 1.17.
var cached = map[string]*ABI{"x86": &abi5Cache, "x64": &abi5Cache}

// release5 is a row of version 5. unix is the ABI of the architectures whose
// usual firmware is the unix port, where it is another.
func release5(name string, unix map[string]*ABI) *Release {
	return &Release{
		Name: name, ABI: &abi5, ABIOf: unix,
		Archs: archsOld, Entry: relocs.EntrySince112,
		Config: &qstrlink.Links, WideConfig: &qstrlink.WideLinks, Objects: true,
	}
}

func release6(name string, abi *ABI, archs []string, entry relocs.EntryStyle) *Release {
	return &Release{Name: name, ABI: abi, Archs: archs, Entry: entry, Config: &qstrlink.Table}
}

func (r *Release) withFlags() *Release {
	r.ArchFlags = true
	return r
}

// Newest is the release that links are for unless told otherwise.
var Newest = releaseNamed("1.30-preview")

func releaseNamed(name string) *Release {
	for _, r := range Releases {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// For returns the ABI of the release on an architecture.
func (r *Release) For(arch *relocs.Machine) *ABI {
	if abi := r.ABIOf[arch.Name]; abi != nil {
		return abi
	}
	return r.ABI
}

// Layout returns the layout of the release's config headers.
func (r *Release) Layout(arch *relocs.Machine) *qstrlink.Layout {
	if r.WideConfig != nil && arch.SeparateRodata {
		return r.WideConfig
	}
	return r.Config
}

// Loads reports whether some firmware of the release loads code of an
// architecture.
func (r *Release) Loads(arch *relocs.Machine) bool { return slices.Contains(r.Archs, arch.Name) }

// System is whose release it is.
func (r *Release) System() string {
	if r.ABI.Magic == MagicCircuit {
		return "CircuitPython"
	}
	return "MicroPython"
}

// Number is the release's number alone: "1.24", "10.2", "1.30-preview".
func (r *Release) Number() string { return strings.TrimPrefix(r.Name, "circuitpython-") }

// String is how people call the release.
func (r *Release) String() string { return r.System() + " " + r.Number() }

// Spans names releases, runs of neighbours in the table by the first and the
// last: "MicroPython 1.23 to 1.30-preview". They must be in the table's order.
func Spans(list []*Release) string {
	var spans []string
	for len(list) > 0 {
		n, at := 1, slices.Index(Releases, list[0])
		for n < len(list) && list[n] == Releases[at+n] && list[n].System() == list[0].System() {
			n++
		}
		span := list[0].String()
		if n > 1 {
			span += " to " + list[n-1].Number()
		}
		spans = append(spans, span)
		list = list[n:]
	}
	return strings.Join(spans, ", ")
}
