package mpyfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpyld/relocs/machines"
)

func TestParseTarget(t *testing.T) {
	for s, want := range map[string]string{
		"1.12": "1.12", "v1.12": "1.12", "1.19.1": "1.19", "v1.24.1": "1.24", "1.28.0": "1.28", "micropython-1.20": "1.20",
		"1.29": "1.29", "1.29.0": "1.29", "1.29-preview": "1.29", "1.29.0-preview": "1.29", "v1.29.0-preview": "1.29", "1.28-preview": "1.28", "1.24-preview": "1.24",
		"1.30": "1.30-preview", "1.30-preview": "1.30-preview", "v1.30.0-preview": "1.30-preview", "1.30.1": "1.30-preview", "latest": "1.30-preview", "LATEST": "1.30-preview",
		"5": "1.18", "6.0": "1.19", "6.1": "1.21", "6.2": "1.22", "6.3": "1.30-preview",
		"circuitpython": "circuitpython-10.4", "CircuitPython": "circuitpython-10.4", "circuitpython-latest": "circuitpython-10.4",
		"circuitpython-9.2": "circuitpython-9.2", "circuitpython-10.1.4": "circuitpython-10.1", "circuitpython-10.3": "circuitpython-10.3", "circuitpython-10.4.0": "circuitpython-10.4", "circuitpython-6.3": "circuitpython-10.4",
		"1.11": "", "1.31": "", "1.31-preview": "", "1.22-preview": "", "1.23-preview": "", "1.21-preview": "", "1.30-previewx": "", "-preview": "", "2.0": "", "6": "", "6.4": "", "": "", "x": "", "1.2": "", "circuitpython-8": "", "circuitpython-1.20": "",
		"1.20-preview": "", "10.3": "", "1.24.x": "",
	} {
		r, err := ParseTarget(s)
		if got := ""; err == nil {
			got = r.Name
			if got != want {
				t.Errorf("%q is %s, want %q", s, got, want)
			}
		} else if want != "" {
			t.Errorf("%q: %v, want %s", s, err, want)
		}
	}
}

// TestReleases: what the table says of each release, in the words of
// sys.implementation (py/persistentcode.h: MPY_FILE_HEADER_INT), taken from
// interpreters for x64.
func TestReleases(t *testing.T) {
	x64 := machines.For("x64")
	numbers := map[string]uint32{
		"1.12": 2821, "1.13": 2821, "1.14": 2821, "1.15": 2821, "1.16": 2821, "1.17": 2821, "1.18": 2565, "1.19": 2054,
		"1.20": 2310, "1.21": 2310, "1.22": 2566, "1.23": 2822, "1.24": 2822, "1.25": 2822, "1.26": 2822, "1.27": 2822, "1.28": 2822,
		"1.29": 2822, "circuitpython-10.3": 2822,
	}
	for name, n := range numbers {
		r, err := ParseTarget(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := ParseDevice(fmt.Sprint(n), r.ABI.Magic == MagicCircuit)
		if err != nil {
			t.Fatal(err)
		}
		if d.ABI != r.For(x64) || d.Arch != x64.Code || !d.Runs(r) {
			t.Errorf("%s: 0x%x is ABI %s flags %d, arch %d", name, n, d.ABI.Name, d.ABI.Sub, d.Arch)
		}
		newest := d.NewestOn()
		if newest == nil || newest.For(x64) != r.For(x64) {
			t.Errorf("0x%x: %v", n, newest)
		}
	}
	if len(numbers) != len(Releases)-6 { // CircuitPython's others and the preview were not asked
		t.Errorf("%d releases, %d numbers", len(Releases), len(numbers))
	}
	for _, r := range Releases {
		for _, a := range r.Archs {
			if machines.For(a) == nil {
				t.Errorf("%s: no architecture %s", r, a)
			}
		}
		if !slices.Contains(ABIs, r.ABI) || r.Config == nil {
			t.Errorf("%s: no ABI or layout", r)
		}
		if circuit := r.ABI.Magic == MagicCircuit; circuit != strings.HasPrefix(r.Name, "circuitpython-") {
			t.Errorf("%s: magic %c", r, r.ABI.Magic)
		}
	}
}

func TestDevice(t *testing.T) {
	for _, c := range []struct {
		number  string
		newest  string
		takes   string // architectures
		refuses string // what it says to a 6.3 module for x64
	}{
		{"2822", "1.30-preview", "x64", ""},
		{"0x1706", "1.30-preview", "armv6m armv7m", SaysArch},
		{"0x2306", "1.30-preview", "armv6m armv7m armv7emsp armv7emdp", SaysArch},
		{"0x0306", "1.30-preview", "", SaysUnsupported},
		{"0x32f06", "1.30-preview", "rv32imc", SaysArch},
		{"0x0a05", "1.18", "x64", SaysFile},
		{"0x0b05", "1.17", "x64", SaysFile},
		{"0x2305", "1.17", "armv6m armv7m armv7emsp armv7emdp", SaysFile}, // the unix port on Arm
		{"0x2205", "1.18", "armv6m armv7m armv7emsp armv7emdp", SaysFile},
		{"0x0906", "1.21", "x64", SaysFile},
	} {
		d, err := ParseDevice(c.number, false)
		if err != nil {
			t.Fatal(err)
		}
		var takes []string
		for _, a := range machines.All() {
			if d.Takes(a.Code) {
				takes = append(takes, a.Name)
			}
		}
		if got := d.NewestOn().Name; got != c.newest || strings.Join(takes, " ") != c.takes {
			t.Errorf("%s: %s, takes %q", c.number, got, takes)
		}
		refusal := d.Loader().Refuses((&File{ABI: Latest, Arch: machines.For("x64")}).Header())
		if (refusal == nil) != (c.refuses == "") || refusal != nil && refusal.Message != c.refuses {
			t.Errorf("%s: %+v", c.number, refusal)
		}
	}
	for _, bad := range []string{"", "x", "0x", "4294967296", "-1", "0x0b04", "0x4b06", "0x0b07", "0x0805"} {
		if d, err := ParseDevice(bad, false); err == nil {
			t.Errorf("%q is %+v", bad, d)
		}
	}
	flagged := &File{ABI: Latest, Arch: machines.For("rv32imc"), ArchFlags: 3}
	for number, want := range map[string]string{"0x32f06": "", "0x12f06": SaysFile, "0x2f06": SaysFile} {
		d, err := ParseDevice(number, false)
		if err != nil {
			t.Fatal(err)
		}
		if r := d.Loader().Refuses(flagged.Header()); (r == nil) != (want == "") || r != nil && r.Message != want {
			t.Errorf("%s: %+v", number, r)
		}
	}
}

// TestRefuses is what the loaders of the unix port said to modules for x64 in
// the matrix of docs/TARGETS.md, and to flagged ones for rv32imc by reading them.
func TestRefuses(t *testing.T) {
	for _, loader := range Releases {
		for _, made := range Releases {
			f := &File{ABI: made.For(machines.For("x64")), Arch: machines.For("x64")}
			want := ""
			switch {
			case loader.For(f.Arch) == f.ABI:
			case loader.ABI.Magic == MagicCircuit:
				want = SaysMicroPython
			default:
				want = SaysFile
			}
			if r := loader.Loader().Refuses(f.Header()); (r == nil) != (want == "") || r != nil && (r.Message != want || r.Why == "" || r.Remedy == "") {
				t.Errorf("%s, made for %s: %+v", loader, made, r)
			}
		}
	}
	rv32 := &File{ABI: Latest, Arch: machines.For("rv32imc")}
	if got := Spans(Accepting(rv32.Header())); got != "MicroPython 1.24 to 1.30-preview" {
		t.Error(got)
	}
	rv32.ArchFlags = 1
	if got := Spans(Accepting(rv32.Header())); got != "MicroPython 1.27 to 1.30-preview" {
		t.Error(got)
	}
	if r := releaseNamed("1.26").Loader().Refuses(rv32.Header()); r == nil || r.Message != SaysArch {
		t.Errorf("%+v", r)
	}
	if r := releaseNamed("1.23").Loader().Refuses(rv32.Header()); r == nil || r.Message != SaysArch {
		t.Errorf("%+v", r)
	}
}
