package link

import (
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs"
)

// heapSupport is a support library with a heap; it has no weak symbols, so an
// object that defines the same is in nobody's way only if its member is not in.
func heapSupport(t *testing.T) func(*relocs.Machine) (*elfload.Archive, error) {
	return func(*relocs.Machine) (*elfload.Archive, error) {
		return archive(t, "mpyld", member("malloc.o", "malloc"), member("free.o", "free"), member("realloc.o", "realloc"),
			member("malloc_r.o", "_malloc_r", "malloc"), member("sbrk.o", "_sbrk"), member("write.o", "_write")), nil
	}
}

// atEnd makes an object refer to an end of the module's memory, in data that its
// code refers to.
func atEnd(o elfmake.Object, end string) elfmake.Object {
	data := elfmake.Symbol{Name: "heap_" + end, Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: len(o.Sections)}
	o.Sections[0].Relocs = append(o.Sections[0].Relocs, elfmake.Reloc{Off: 8, Type: x64GOTPCREL, Sym: len(o.Symbols), A: -4})
	o.Symbols = append(o.Symbols, data)
	o.Sections = append(o.Sections, section(".data.rel", alloc|write, 8, elfmake.Reloc{Type: x64Abs64, Sym: len(o.Symbols)}))
	o.Symbols = append(o.Symbols, undef(end))
	return x64Object(o)
}

// described makes a section that is not in the module refer to a symbol.
func described(o elfmake.Object, name string) elfmake.Object {
	o.Sections = append(o.Sections, section(".eh_frame", alloc, 8, elfmake.Reloc{Type: x64Abs64, Sym: len(o.Symbols)}))
	o.Symbols = append(o.Symbols, undef(name))
	return x64Object(o)
}

func memberOf(file, symbol string, o elfmake.Object) elfmake.Member {
	return elfmake.Member{Name: file, Symbol: symbol, Data: o.Bytes()}
}

// TestHeap: whose heap a program has.
func TestHeap(t *testing.T) {
	libc := []elfmake.Member{
		member("strtol.o", "strtol"), member("malloc.o", "malloc", "_malloc_r"), member("free.o", "free", "_sbrk_r"), member("malloc_r.o", "_malloc_r", "_sbrk_r"),
		member("sbrkr.o", "_sbrk_r", "_sbrk"), member("size.o", "malloc_usable_size"), member("writer.o", "_write_r", "_write"),
	}
	nosys := []elfmake.Member{memberOf("sbrk.o", "_sbrk", atEnd(calling("_sbrk"), "end")), member("write.o", "_write")}
	entry := func(calls ...string) elfmake.Object { return calling("mpy_init", calls...) }
	array := calling("own")
	array.Symbols = append(array.Symbols, elfmake.Symbol{Name: "_end", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 0})

	for _, tt := range []struct {
		name    string
		objects []elfmake.Object
		own     []elfmake.Member // in an archive of the user's
		opt     func(*Input)
		want    string // the members that come in
		warning string
		golden  string // of the error
	}{
		{name: "C library's", objects: []elfmake.Object{entry("malloc", "free")}, want: "mpyld(malloc.o) mpyld(free.o)"},
		{name: "newlib's inner names", objects: []elfmake.Object{entry("_malloc_r")}, want: "mpyld(malloc_r.o) mpyld(malloc.o)"},
		{name: "the break", objects: []elfmake.Object{entry("_sbrk_r")}, want: "libc.a(sbrkr.o) mpyld(sbrk.o)"},
		{name: "system calls", objects: []elfmake.Object{entry("_write_r")}, want: "libc.a(writer.o) mpyld(write.o)"},
		{
			name: "own break", objects: []elfmake.Object{entry("malloc"), calling("_sbrk")},
			want: "libc.a(malloc.o) libc.a(malloc_r.o) libc.a(sbrkr.o)",
		},
		{
			name: "own break, the end in an unwind table", objects: []elfmake.Object{entry("malloc"), described(calling("_sbrk"), "end")},
			want: "libc.a(malloc.o) libc.a(malloc_r.o) libc.a(sbrkr.o)",
		},
		{
			name: "own break by an option", objects: []elfmake.Object{entry("malloc"), calling("own")},
			opt:  func(in *Input) { in.Scripts = defsyms("_sbrk=own") },
			want: "libc.a(malloc.o) libc.a(malloc_r.o) libc.a(sbrkr.o)",
		},
		{
			name: "break past the end, not called", objects: []elfmake.Object{entry("malloc"), atEnd(calling("_sbrk"), "_end")},
			want: "mpyld(malloc.o)", warning: "_sbrk takes the memory behind _end for a heap",
		},
		{name: "break past an end of the program's own", objects: []elfmake.Object{entry("_sbrk"), atEnd(calling("_sbrk"), "_end"), array}},
		{
			name: "other uses of the end", objects: []elfmake.Object{atEnd(entry("malloc"), "end")},
			want: "mpyld(malloc.o)",
		},
		{
			name: "break past the end", objects: []elfmake.Object{entry("_sbrk"), atEnd(calling("_sbrk"), "end")},
			golden: "heap-past-end",
		},
		{
			name: "in an archive", objects: []elfmake.Object{entry("_sbrk")}, own: nosys, golden: "heap-past-end-member",
		},
		{
			name: "malloc past the end", objects: []elfmake.Object{entry("malloc"), atEnd(calling("malloc"), "__bss_end__")},
			golden: "malloc-past-end",
		},
		{
			name: "own malloc in an archive", objects: []elfmake.Object{entry("malloc", "free")},
			own: []elfmake.Member{member("heap.o", "malloc"), member("rest.o", "free")}, want: "libown.a(heap.o) libown.a(rest.o)",
		},
		{name: "own malloc", objects: []elfmake.Object{entry("malloc", "free"), calling("malloc"), calling("free")}},
		{name: "half a heap", objects: []elfmake.Object{entry("malloc", "free"), calling("malloc")}, golden: "mixed-heap"},
		{name: "inside", objects: []elfmake.Object{entry("malloc_usable_size")}, golden: "heap-inside"},
		{
			name: "inside its own", objects: []elfmake.Object{entry("malloc_usable_size"), calling("_sbrk")}, want: "libc.a(size.o)",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := input(t, "x64", tt.objects...)
			in.Support = heapSupport(t)
			in.Archives = []*elfload.Archive{archive(t, "libc.a", libc...), archive(t, "dir/libnosys.a", nosys...)}
			if tt.own != nil {
				in.Archives = append(in.Archives, archive(t, "libown.a", tt.own...))
			}
			if tt.opt != nil {
				tt.opt(&in)
			}
			res, err := Checked(in)
			if tt.golden != "" {
				golden(t, "testdata/errors/"+tt.golden+".txt", diag.Render("", err))
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range res.Extracted {
				got = append(got, e.Member)
			}
			if !slices.Equal(got, strings.Fields(tt.want)) {
				t.Errorf("took %v, want %s", got, tt.want)
			}
			if text := diag.Render("", res.Warnings.Err()); !strings.Contains(text, tt.warning) || (text == "") != (tt.warning == "") {
				t.Errorf("warnings %q, want %q", text, tt.warning)
			}
		})
	}
}
