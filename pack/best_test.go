package pack_test

import (
	"strings"
	"testing"

	"mpyld/pack"
	"mpyld/target"
)

// TestBest: every device gets the richest code that it imports with right floats.
func TestBest(t *testing.T) {
	all := mustBuild(t, pack.Options{Modules: dist(t, "hello", "x64_6.3 armv6m_6.3 armv7m_6.3 armv7emsp_6.3 armv7emdp_6.3 armv6m_6.2 rv32imc_6.3 armv6m_circuitpython-6.3")})
	floats := mustBuild(t, pack.Options{Modules: dist(t, "floats", "armv6m_6.3 armv7m_6.3 armv7emsp_6.3")})
	soft := mustBuild(t, pack.Options{Modules: dist(t, "floats", "armv6m_6.3")})
	for _, test := range []struct {
		p    *pack.Package
		o    target.Options
		want string
	}{
		{all, target.Options{Device: "4870"}, "armv6m_6.3"},
		{all, target.Options{Device: "5894"}, "armv7m_6.3"},
		{all, target.Options{Device: "6918"}, "armv7m_6.3"}, // armv7em
		{all, target.Options{Device: "7942"}, "armv7emsp_6.3"},
		{all, target.Options{Device: "8966"}, "armv7emdp_6.3"},
		{all, target.Options{Device: "2822"}, "x64_6.3"},
		{all, target.Options{Board: "stm32f4", Release: "1.22"}, "armv6m_6.2"},
		{all, target.Options{Board: "esp32c3"}, "rv32imc_6.3"},
		{all, target.Options{Board: "pico2", Release: "circuitpython"}, "armv6m_circuitpython-6.3"},
		{all, target.Options{Device: "10502"}, "nothing in the package is for the device (0x2906"},
		{floats, target.Options{Device: "7942"}, "armv7emsp_6.3"},
		{floats, target.Options{Board: "pico2", Release: "1.28"}, "armv7m_6.3"},
		{floats, target.Options{Board: "pico2", Release: "1.30-preview"}, "armv7emsp_6.3"},
		{floats, target.Options{Board: "pico2"}, "its floats may be wrong"},
		{floats, target.Options{Device: "6918"}, "armv7m_6.3"},
		{soft, target.Options{Device: "7942"}, "armv6m_6.3: no: "},
	} {
		to, err := test.o.Find()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if best, err := test.p.Best(to); err != nil {
			got = err.Error() + "\n" + strings.Join(notes(err), "\n")
		} else {
			got = best.Name
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%+v: %s, want %s", test.o, got, test.want)
		}
	}
}
