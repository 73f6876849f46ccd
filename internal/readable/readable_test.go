package readable

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/ianlancetaylor/demangle"
)

// seqID is the number of a substitution as mangled names have it.
func seqID(n int) string {
	if n < 0 {
		return ""
	}
	return strings.ToUpper(strconv.FormatInt(int64(n), 36))
}

// doubling is a name of C++ in which each of levels doubles the one before.
func doubling(levels int) string {
	name := "_Z1f1AIiiE"
	for i := range levels {
		name += "S_I" + strings.Repeat("S"+seqID(i)+"_", 2) + "E"
	}
	return name
}

// rustDoubling is the same in Rust's v0: tuples of two references to the one
// before.
func rustDoubling(levels int) string {
	body := "INvC1a1f" // the path's generic arguments begin behind it
	at := len(body)
	body += "TllE"
	for range levels {
		ref := "B" + base62(at)
		at = len(body)
		body += "T" + ref + ref + "E"
	}
	return "_R" + body + "E"
}

func base62(n int) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if n == 0 {
		return "_"
	}
	s := ""
	for n--; ; n /= 62 {
		s = digits[n%62:n%62+1] + s
		if n < 62 {
			return s + "_"
		}
	}
}

// nestedCasts is a name whose conversion operators could be read in two ways each.
func nestedCasts(levels int) string {
	return "_Z" + strings.Repeat("N1Acv", levels) + "i" + strings.Repeat("IiEE", levels) + "v"
}

// nestedPacks is a name of expansions within expansions of packs.
func nestedPacks(levels, size int) string {
	name := "_Z1fI" + strings.Repeat("J"+strings.Repeat("i", size)+"E", levels) + "Ev"
	for i := range levels {
		name += "DpPFvT" + seqID(i-1) + "_"
	}
	return name + strings.Repeat("E", levels)
}

// allocated is how much memory f takes, whether it keeps it or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// maxDemangling is what demangling a name may take.
const maxDemangling = 16 << 20

// TestDemangleBombs: what a name stands for is shown while it is of use; past that
// the name is shown, without all of it having been made.
func TestDemangleBombs(t *testing.T) {
	for _, tt := range []struct {
		name, mangled string
		readable      string // how it begins; "": it stays mangled
	}{
		{"doubled three times", doubling(3), "f(A<int, int>, A<A<int, int>, A<int, int> >, "},
		{"doubled 60 times", doubling(60), ""},
		{"doubled 200 times", doubling(200), ""},
		{"rust, three times", rustDoubling(3), "a::f::<(i32, i32), ((i32, i32), (i32, i32)), "},
		{"rust, 60 times", rustDoubling(60), ""},
		{"a conversion", "_ZN1AcviEv", "A::operator int()"},
		{"a conversion to a template", "_ZN1AcvT_IiEEv", "A::operator int<int>()"},
		{"conversions in conversions", nestedCasts(40), "A::operator A::operator "},
		{"conversions past the bound", nestedCasts(400), ""},
		{"a pack", "_Z1fIJicdEEvDpOT_", "void f<int, char, double>(int&&, char&&, double&&)"},
		{"packs in packs", nestedPacks(1, 3), "void f<int, int, int>(void (*)(int), void (*)(int), void (*)(int))"},
		{"many packs in packs", nestedPacks(8, 100), ""},
		{"pointers", "_Z1f" + strings.Repeat("P", 100) + "i", "f(int***"},
		{"many pointers", "_Z1f" + strings.Repeat("P", 100_000) + "i", ""},
		{"names with the letters of packs", "_ZN2cv7display8transferIJNS_4recvENS_4spanENS_6cvspDpEEEEvv", "void cv::display::transfer<cv::recv, cv::span, cv::cvspDp>()"},
		{"OpenCV", "_ZN2cv6resizeERKN2cv11_InputArrayERKNS_12_OutputArrayENS_5Size_IiEEddi", "cv::resize("},
		{"no name", "_Z", ""},
		{"legacy rust", "_ZN4core3fmt9Formatter9write_str17h0123456789abcdefE", "core::fmt::Formatter::write_str"},
	} {
		got := ""
		if n := allocated(func() { got = Name(tt.mangled) }); n > maxDemangling {
			t.Errorf("%s: %d MiB", tt.name, n>>20)
		}
		if tt.name == "many packs in packs" {
			if n := allocated(func() { demangle.Filter(tt.mangled, demangle.MaxLength(maxReadableLog)) }); n < maxDemangling {
				t.Errorf("%s: the library itself bounds it", tt.name)
			}
		}
		if tt.readable == "" && got != tt.mangled || !strings.HasPrefix(got, tt.readable) {
			t.Errorf("%s: got %.100s, want %s", tt.name, got, tt.readable)
		}
		if tt.readable != "" && got == tt.mangled {
			t.Errorf("%s: stays mangled", tt.name)
		}
	}
}

// TestDemangleMany: a text that is full of such names is as bounded as one.
func TestDemangleMany(t *testing.T) {
	text := strings.Repeat(doubling(20)+" ", 5000)
	if n := allocated(func() { Text(text) }); n > maxDemangling {
		t.Errorf("%d MiB", n>>20)
	}
}

// FuzzDemangle: no name takes much memory, or panics.
func FuzzDemangle(f *testing.F) {
	f.Add(doubling(20))
	f.Add(rustDoubling(20))
	f.Add(nestedCasts(5))
	f.Add(nestedPacks(3, 5))
	for i := range 4 {
		f.Add(fmt.Sprintf("_ZZN1A1fEvE1x_%d", i))
	}
	f.Fuzz(func(t *testing.T, name string) {
		if n := allocated(func() { Name(name) }); n > 8*maxDemangling { // other goroutines allocate too
			t.Errorf("%q: %d MiB", name, n>>20)
		}
	})
}

// TestText: what is a mangled name in a text, and what only looks like one.
func TestText(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"undefined symbol: _ZN5shape5scaleEif", "undefined symbol: shape::scale(int, float) (_ZN5shape5scaleEif)"},
		{"_Znwj (in _ZNK1aB5cxx11Ev)", "operator new(unsigned int) (_Znwj) (in a[abi:cxx11]() const (_ZNK1aB5cxx11Ev))"},
		{"duplicate symbol _ZTV5shape", "duplicate symbol vtable for shape (_ZTV5shape)"},
		{"undefined symbol: _RNvNtCs1234_7mycrate3foo3bar", "undefined symbol: mycrate::foo::bar (_RNvNtCs1234_7mycrate3foo3bar)"},
		{"_ZN4core9panicking5panic17h0123456789abcdefE", "core::panicking::panic (_ZN4core9panicking5panic17h0123456789abcdefE)"},
		{"_ZN1a1bEv.part.0 in it", "a::b() [clone .part.0] (_ZN1a1bEv.part.0) in it"},
		{"first defined at a.o:(.text._ZN1a1bEv+0x0)", "first defined at a.o:(.text._ZN1a1bEv+0x0)"},
		{"R_X86_64_PLT32 against _Z1fv: 12 is outside", "R_X86_64_PLT32 against f() (_Z1fv): 12 is outside"},
		{"undefined symbol: MY_Z1fv, a_RNv1, _Z, _R, _Zebra, _Reset", "undefined symbol: MY_Z1fv, a_RNv1, _Z, _R, _Zebra, _Reset"},
	} {
		if got := Text(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
	if plain := strings.Repeat("undefined symbol: f\n", 3); Text(plain) != plain {
		t.Error("changes a text without such names")
	}
}
