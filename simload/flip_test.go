package simload

import (
	"bytes"
	"fmt"
	"testing"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
)

// TestEveryBit flips every bit of a file. Nothing in a file may change without
// notice, except the names of qstrs, which no map has.
func TestEveryBit(t *testing.T) {
	for _, l := range []*module{x64Module(), thumbModule(), toyModule()} {
		data, err := mpywriter.Write(l.file)
		if err != nil {
			t.Fatal(err)
		}
		name := bytes.Index(data, []byte(l.file.QStrs[0]))
		for i := range data {
			if i >= name && i < name+len(l.file.QStrs[0]) {
				continue
			}
			for bit := range 8 {
				bad := bytes.Clone(data)
				bad[i] ^= 1 << bit
				if Verify(bad, l.m) == nil {
					t.Errorf("%s: bit %d of byte 0x%x does not matter", l.file.Arch.Name, bit, i)
				}
			}
		}
	}
}

// largeModule has n calls and n relocated words.
func largeModule(n int) *module {
	mach := machines.For("x64")
	calls, data := make([]byte, 0, 5*n), make([]byte, 8*n)
	code := linkmap.Section{Origin: &linkmap.Origin{Object: "a.o", Name: ".text", Align: 8}, Region: mpyfile.Text, Size: uint64(5 * n)}
	words := linkmap.Section{Origin: &linkmap.Origin{Object: "a.o", Name: ".data.rel.ro", Align: 8, Data: data}, Region: mpyfile.Text, Addr: uint64(5*n+7) &^ 7, Size: uint64(8 * n)}
	f := &mpyfile.File{ABI: mpyfile.Latest, Arch: machines.For("x64"), QStrs: []string{"m"}, BSSSize: 8}
	for i := range n {
		calls = append(calls, 0xe8, 0, 0, 0, 0)
		code.Relocs = append(code.Relocs, linkmap.Reloc{Off: uint32(5*i + 1), Howto: mach.Howto(4), A: -4})
		words.Relocs = append(words.Relocs, linkmap.Reloc{Off: uint32(8 * i), S: 1, Howto: mach.Howto(1)})
		f.Words = append(f.Words, inText(words.Addr+uint64(8*i), toBSS))
	}
	code.Data = calls
	f.Text = append(append(bytes.Clone(calls), make([]byte, int(words.Addr)-5*n)...), data...)
	for i := range n {
		code.Relocs[i].Howto.Field.Write(f.Text[5*i+1:], int64(-5*i-5))
	}
	return &module{f, &linkmap.Map{
		Machine: mach, ABI: mpyfile.Latest, Sections: []linkmap.Section{code, words, {Origin: &linkmap.Origin{Object: "a.o", Name: ".bss", Align: 8}, Region: mpyfile.BSS, Size: 8}},
		Targets: []linkmap.Target{{Name: "start", Kind: linkmap.InSection}, {Name: "x", Kind: linkmap.InSection, Section: 2}},
	}}
}

// BenchmarkVerify shows that the time is linear in the number of relocations.
func BenchmarkVerify(b *testing.B) {
	bench := func(l *module) func(b *testing.B) {
		return func(b *testing.B) {
			data, err := mpywriter.Write(l.file)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := Verify(data, l.m); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("small", bench(x64Module()))
	for _, n := range []int{500, 5_000, 50_000} {
		b.Run(fmt.Sprintf("%d", 2*n), bench(largeModule(n)))
	}
}
