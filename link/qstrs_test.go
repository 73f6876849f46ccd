package link

import (
	"slices"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/mpyfile"
	"mpyld/qstrlink"
	"mpyld/relocs/machines"
)

// qstrCases calls f for every stored object of every compiler and release, with
// what a link of it takes.
func qstrCases(t *testing.T, f func(name string, in Input)) {
	t.Helper()
	for _, set := range slices.Concat(fixtures.Sets(), fixtures.FamilySets()) {
		release := mpyfile.Newest
		if _, family, ok := strings.Cut(set.Name, "@"); ok {
			var err error
			if release, err = mpyfile.ParseTarget(family); err != nil {
				t.Fatal(err)
			}
		}
		arch, mach := machines.For(set.Arch), machines.For(set.Arch)
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if !slices.Contains([]string{"hello", "qobjs", "twofiles", "globals"}, c.Name) {
				continue
			}
			in := Input{ABI: release.For(arch), EntryStyle: release.Entry, Arch: arch, SourceName: "m.mpy", Layout: release.Layout(arch)}
			qstrs, err := in.Layout.Read("config.h", c.Config)
			if err != nil {
				t.Fatal(err)
			}
			in.QStrs, in.QStrObjs = qstrs.Values, qstrs.Objects
			for _, o := range c.Objects {
				obj, err := elfload.Load(o.Name, o.Data, mach)
				if err != nil {
					t.Fatal(err)
				}
				in.Objects = append(in.Objects, obj)
			}
			f(set.Name+"/"+c.Name, in)
		}
	}
}

// TestNoQStrs: whatever the compiler, the machine and the release, a module
// with names of its own is not linked without a config header, or with one
// that has none; with its own it is.
func TestNoQStrs(t *testing.T) {
	checked := map[string]int{}
	qstrCases(t, func(name string, in Input) {
		if _, err := Checked(in); err != nil {
			return // with what the case needs beyond its objects
		}
		if len(in.QStrs)+len(in.QStrObjs) == 0 {
			return
		}
		checked[in.ABI.Name+" "+in.Arch.Name]++
		in.QStrs, in.QStrObjs = nil, nil
		for config, want := range map[string]string{
			"":           "name them with --qstrs FILE",
			"m.config.h": "m.config.h has none, so it was compiled with another config header",
		} {
			in.Config = config
			_, err := Checked(in)
			if err == nil || !strings.Contains(diag.Render("", err), want) {
				t.Errorf("%s with %q: %v", name, config, err)
			}
		}
	})
	if len(checked) < 30 {
		t.Errorf("only %v", checked)
	}
}

// TestStaleHeader: an object with another config header's record is not linked,
// whatever refers to the table; one with the right record is, and one without.
func TestStaleHeader(t *testing.T) {
	checked := 0
	qstrCases(t, func(name string, in Input) {
		in.Config = "m.config.h"
		want, err := Checked(in)
		if err != nil || len(in.QStrs) == 0 {
			return
		}
		checked++
		record := func(names ...string) [][]byte {
			header := string(in.Layout.Preprocess([]byte("MP_QSTR_" + strings.Join(names, " MP_QSTR_"))))
			_, text, _ := strings.Cut(header, `.asciz \"`)
			text, _, _ = strings.Cut(text, `\"`)
			return [][]byte{[]byte(text + "\x00")}
		}
		for _, o := range in.Objects {
			o.Records = record(in.QStrs...)
		}
		if res, err := Checked(in); err != nil || !slices.Equal(res.File.Text, want.File.Text) {
			t.Errorf("%s: with its own header: %v", name, err)
		}
		for _, o := range in.Objects {
			o.Records = record(append([]string{"A_new_first_one"}, in.QStrs...)...)
		}
		_, err = Checked(in)
		if text := "is compiled with another config header than m.config.h: number"; err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: with another header: %v", name, err)
		}
	})
	if checked < 100 {
		t.Errorf("only %d", checked)
	}
}

// TestStaleUnused: numbers that nothing uses can be anything.
func TestStaleUnused(t *testing.T) {
	in := input(t, "x64", withEntry)
	in.Config, in.Layout, in.QStrs = "m.config.h", &qstrlink.Table, []string{"a"}
	in.Objects[0].Records = [][]byte{[]byte("1.21 values 1 b\x00")}
	if _, err := Checked(in); err != nil {
		t.Error(err)
	}
}
