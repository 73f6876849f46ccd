package cmdline

import (
	"slices"
	"testing"
)

func TestWords(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" \t", nil},
		{"gcc", []string{"gcc"}},
		{" clang  --target=thumbv7m-none-eabi\t-v ", []string{"clang", "--target=thumbv7m-none-eabi", "-v"}},
		{`"/opt/my tools/gcc" -m32`, []string{"/opt/my tools/gcc", "-m32"}},
		{`'C:\Program Files\Arm "x"\gcc.exe'`, []string{`C:\Program Files\Arm "x"\gcc.exe`}},
		{`gcc -DNAME="a" '-DTWO=b c'`, []string{"gcc", `-DNAME="a"`, "-DTWO=b c"}},
		{`"not ended`, []string{"not ended"}},
		{`""`, []string{""}},
	} {
		if got := Words(test.text); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, not %q", test.text, got, test.want)
		}
	}
}
