package mpyfile_test

import (
	"testing"

	"mpyld/fixtures"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

func stored(t *testing.T, release, name string) *mpytree.File {
	t.Helper()
	list, err := fixtures.Compiled(release)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		if file.Name == name+".mpy" {
			f, err := mpytree.Parse(file.Data)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
	}
	t.Fatalf("%s has no %s", release, name)
	return nil
}

// TestLoader: the loader's checks, in its order.
func TestLoader(t *testing.T) {
	arm, rv := stored(t, "1.28", "native-armv7m"), stored(t, "1.28", "native-rv32imc")
	flow := stored(t, "1.28", "flow-O0")
	with := func(f *mpytree.File, change func(*mpytree.File)) *mpytree.File {
		g := *f
		change(&g)
		return &g
	}
	flagged := with(rv, func(f *mpytree.File) { f.Feature |= mpyfile.ArchFlagsBit; f.ArchFlags = 2 })
	for _, c := range []struct {
		file    *mpytree.File
		device  string
		circuit bool
		says    string
	}{
		{flow, "7942", false, ""},
		{with(flow, func(f *mpytree.File) { f.SmallIntBits = 32 }), "7942", false, mpyfile.SaysFile}, // armv7emsp
		{with(flow, func(f *mpytree.File) { f.SmallIntBits = 32 }), "6918", false, mpyfile.SaysFile}, // armv7em
		{with(flow, func(f *mpytree.File) { f.SmallIntBits = 63 }), "2822", false, ""},               // x64
		{with(flow, func(f *mpytree.File) { f.SmallIntBits = 64 }), "2822", false, mpyfile.SaysFile},
		{flow, "7942", true, mpyfile.SaysMicroPython},
		{with(flow, func(f *mpytree.File) { f.Maker = mpytree.CircuitPython }), "7942", false, mpyfile.SaysFile},
		{with(flow, func(f *mpytree.File) { f.Maker = mpytree.CircuitPython }), "7942", true, ""},
		{arm, "7942", false, ""},
		{arm, "0x1306", false, mpyfile.SaysArch},        // armv6m
		{arm, "0x1706", false, ""},                      // armv7m
		{arm, "0x0306", false, mpyfile.SaysUnsupported}, // none
		{arm, "0x1606", false, mpyfile.SaysFile},        // 6.2
		{rv, "0x2f06", false, ""},
		{flagged, "0x2f06", false, mpyfile.SaysFile},
		{flagged, "0x22f06", false, ""},
		{with(arm, func(f *mpytree.File) { f.Feature |= mpyfile.ArchFlagsBit }), "7942", false, mpyfile.SaysFile},
	} {
		d, err := mpyfile.ParseDevice(c.device, c.circuit)
		if err != nil {
			t.Fatal(err)
		}
		says := ""
		if no := d.Loader().Refuses(c.file.Header()); no != nil {
			says = no.Message
		}
		if says != c.says {
			t.Errorf("%s (%v): %q, want %q", c.device, c.circuit, says, c.says)
		}
	}
}
