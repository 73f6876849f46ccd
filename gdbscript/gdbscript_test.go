package gdbscript

import "testing"

// TestQuote: one word for gdb, which takes words apart as libiberty's buildargv does.
func TestQuote(t *testing.T) {
	for name, want := range map[string]string{
		"wave.elf":       "wave.elf",
		`C:\my dir\w'"x`: `C:\\my\ dir\\w\'\"x`,
		"~x.elf":         "./~x.elf",
		"-o":             "./-o",
		"a\tb":           "a\\\tb",
	} {
		if got, err := quote(name); got != want || err != nil {
			t.Errorf("%s is %s for gdb, error %v, want %s", name, got, err, want)
		}
	}
	if _, err := quote("a\nb"); err == nil {
		t.Error("a name of two lines is taken")
	}
}

// TestVariable: names of variables are letters, digits and _.
func TestVariable(t *testing.T) {
	for module, want := range map[string]string{"wave.mpy": "wave", "my-wave": "my_wave", "wäve.mpy": "w_ve", "": ""} {
		if got := variable(module); got != want {
			t.Errorf("%s has variables %s, want %s", module, got, want)
		}
	}
}
