package mpytree_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mpyld/diff"
	"mpyld/dump"
	"mpyld/fixtures"
	"mpyld/inspect"
	"mpyld/merge"
	"mpyld/mpytree"
	"mpyld/mpywriter"
)

// TestSaveAndLoad: any tree, written and read, is the same tree.
func TestSaveAndLoad(t *testing.T) {
	kinds := map[string]int{}
	for seed := range uint64(2000) {
		f := randomFile(rand.New(rand.NewPCG(seed, 1)))
		data, err := mpywriter.WriteTree(f)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, fields, err := parseFields(data)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, hex.Dump(data))
		}
		if !reflect.DeepEqual(f, got) { // which is quick, but tells nil from empty
			if diff := cmp.Diff(f, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("seed %d: %s", seed, diff)
			}
		}
		checkFields(t, data, fields)
		for _, c := range f.Codes() {
			kinds[fmt.Sprintf("%c%d %s", f.Maker, f.Version, c.Kind)]++
		}
	}
	if len(kinds) != 16 {
		t.Errorf("only %v", kinds)
	}
	for kind, n := range kinds {
		if n < 100 {
			t.Errorf("%d of %s", n, kind)
		}
	}
}

// parseFields returns the fields as a list.
func parseFields(data []byte) (f *mpytree.File, fields []mpytree.Field, err error) {
	f, err = mpytree.ParseFields(data, func(f mpytree.Field) { fields = append(fields, f) })
	return f, fields, err
}

// checkFields: fields follow each other from the first byte to the last.
func checkFields(t *testing.T, data []byte, fields []mpytree.Field) {
	t.Helper()
	off := 0
	for _, f := range fields {
		if f.Off != off || f.Size <= 0 || f.Path == "" {
			t.Fatalf("field %q at 0x%x of %d bytes; the one before ends at 0x%x", f.Path, f.Off, f.Size, off)
		}
		off += f.Size
	}
	if off != len(data) {
		t.Fatalf("the fields end at 0x%x of 0x%x", off, len(data))
	}
}

// FuzzTree: whatever the bytes, the reader gives a tree that is written as the
// same bytes, or an error with an offset; and what shows trees shows it.
func FuzzTree(f *testing.F) {
	for _, release := range []string{"1.17", "1.29-preview"} {
		list, err := fixtures.Compiled(release)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range list {
			f.Add(file.Data)
		}
	}
	for _, arch := range []string{"x64", "x86", "armv6m", "rv32imc", "xtensawin"} {
		for _, name := range []string{"hello", "tables", "callbacks"} {
			f.Add(must(fixtures.Oracle(arch + "-gcc12.2-Os-fpic"))[name].Mpy)
		}
	}
	for seed := range uint64(20) {
		f.Add(must(mpywriter.WriteTree(randomFile(rand.New(rand.NewPCG(seed, 2))))))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tree, fields, err := parseFields(data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "0x") {
				t.Errorf("no offset: %v", err)
			}
			return
		}
		checkFields(t, data, fields)
		got, err := mpywriter.WriteTree(tree)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("written as other bytes (%v)\n%x\n%x", err, data, got)
		}
		for _, err := range []error{
			dump.Text(io.Discard, tree, dump.Options{}), dump.Hex(io.Discard, data, true), dump.JSON(io.Discard, "x", len(data), tree),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		inspect.Inspect(tree)
		if list := diff.Compare(diff.Side{File: tree}, diff.Side{File: tree}); len(list) > 0 {
			t.Errorf("differs from itself: %q", list)
		}
		if merged, err := merge.Merge([]merge.Input{{Name: "a", File: tree}, {Name: "b", File: tree}}, merge.Options{}); err == nil {
			again := must(mpywriter.WriteTree(merged))
			if _, err := mpytree.Parse(again); err != nil {
				t.Errorf("merged with itself: %v", err)
			}
		}
	})
}

// TestTruncated: a file that ends early is an error at its end, wherever that is.
func TestTruncated(t *testing.T) {
	for _, release := range []string{"1.12", "1.28"} {
		for _, file := range must(fixtures.Compiled(release)) {
			if len(file.Data) > 1200 {
				continue // the time is quadratic
			}
			for n := range file.Data {
				if _, err := mpytree.Parse(file.Data[:n]); err == nil {
					t.Errorf("%s %s: %d of %d bytes are enough", release, file.Name, n, len(file.Data))
				}
			}
		}
	}
}

func TestErrors(t *testing.T) {
	const (
		head6 = "4d06001f 0100 026d00 "
		arm6  = "4d06171f 0100 026d00 "
	)
	for _, c := range []struct{ data, want string }{
		{"", "0x0 header.maker: truncated: the file ends here"},
		{"4e", "0x0 header.maker: not an .mpy file: it starts with 0x4e instead of 'M' or 'C'"},
		{"4d04", "0x1 header.version: mpy version 4 (MicroPython 1.11); mpyld knows 5 and 6"},
		{"4d06801f", "0x2 header.feature: byte 0x80 has unknown bits"},
		{"4d05001f 21", "0x4 header.window: a window of 33 qstrs; the firmware has 32"},
		{"4d06001f ffffff7f 00", "0x4 n_qstr: 268435455 of them, but only 1 bytes left"},
		{"4d06001f 8001 00", "0x4 n_qstr: the number is not in its shortest form"},
		{"4d06001f 848001 00" + strings.Repeat("03", 1<<16+1), "0x4 n_qstr: 65537 of them: with these the file has 65537 names, objects and functions, more than 65536"},
		{"4d06001f 838000 838001 " + strings.Repeat("03", 1<<16), "0x7 n_obj: 49153 of them: with these the file has 98305 names, objects and functions, more than 65536"},
		{"4d06001f 02 01 0303 0a 848000" + strings.Repeat("01", 1<<16), "0x8 objects[0].n_items: 65536 of them: with these the file has 65539 names, objects and functions, more than 65536"},
		{"4d06001f ffffffffffffffffffff7f", "0x4 n_qstr: the number does not fit 64 bits"},
		{"4d06001f 0100 7e", "0x7 qstrs[0]: truncated: 63 bytes, but the file has 0 left"},
		{"4d06001f 0100 8553", "0x6 qstrs[0]: there is no static qstr 361"},
		{"4d06001f 0100 026d01", "0x8 qstrs[0].nul: 0x01 in place of the NUL at the end of a string"},
		{"4d06001f 0001 0b", "0x6 objects[0].type: object type 11 is unknown"},
		{"4d06001f 0001 0a7f", "0x6 objects[0].n_items: 127 items, but only 0 bytes left"},
		{head6 + "0a", "0x9 code.kind_len: native code, but the header names no architecture: it would run on any"},
		{head6 + "00", "0xa code.prelude: the code ends at 0, within the prelude"},
		{head6 + "18 000200", ""},
		{head6 + "18 000201", "0xc code.prelude: there is no qstr 1"},
		{head6 + "18 000400", "0xd code.prelude: the code ends at 3, within the prelude's 2 bytes of names and lines and 0 cells"},
		{head6 + "20 00020023", "0xd code.body: the code ends at 4, within the instruction LOAD_CONST_OBJ at 3"},
		{head6 + "28 0002002300", "0xd code.body: instruction LOAD_CONST_OBJ at 3: there is no object 0"},
		{head6 + "28 0002001101", "0xd code.body: instruction LOAD_NAME at 3: there is no qstr 1"},
		{head6 + "28 0002003200", "0xf code.body: instruction MAKE_FUNCTION at 3: there is no code 0"},
		{head6 + "1c 000200 00", "0xd code.n_children: children are announced, but there are none"},
		{head6 + "18 000200 00", "0xd end: 1 bytes after the end of the module"},
		{arm6 + "22 00000000 8100", "0xe code.scope_flags: 0x80 has flags that viper code cannot have"},
		{arm6 + "22 00000000 40 ffffffff7f", "0xf code.bss_size: bss of 34359738367 bytes does not fit the address space"},
		{arm6 + "22 00000000 10 00", "0xf code.relocations[0]: record 0x00 has no position to go on from"},
		{arm6 + "22 00000000 10 0102", "0xf code.relocations[0]: record 0x01 of 1 words at text word 1: the region ends before"},
		{arm6 + "22 00000000 10 0100 0100", "0x11 code.relocations[1]: record 0x01 of 1 words at text word 0: a word is relocated twice"},
		{arm6 + "22 00000000 10 030000", "0xf code.relocations[0]: record 0x03 is for no words"},
		{arm6 + "22 00000000 10 0100", "0x11 code.relocations[1]: truncated: the file ends here"},
		{"4d05001f20 03", "0x5 code.kind_len: native code, but the header names no architecture: it would run on any"},
		{"4d05001f20 18 0008000100010000", ""},
		{"4d05001f20 1c 0008 01", "0x8 code.prelude.name: refers to the qstr that is 1 back, but there are 0"},
		{"4d05001f20 1c 0008 0000", "0x8 code.prelude.name: there is no static qstr 0"},
		{"4d05001f20 1c 0006", "0x6 code.prelude: 3 bytes of names and lines and 0 cells in 7 bytes of code"},
		{"4d05001f20 1c 0008 00010001 11", "0xd code.body: truncated: the file ends here"},
	} {
		data, err := hex.DecodeString(strings.ReplaceAll(c.data, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		_, err = mpytree.Parse(data)
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %v, want %s", c.data, err, c.want)
		}
	}
}

// TestDeep: nesting ends before the stack does.
func TestDeep(t *testing.T) {
	deep := []byte{'M', 6, 0, 31, 1, 0, 2, 'm', 0}
	for range 1000 {
		deep = append(deep, 3<<3|4, 0, 2, 0, 1)
	}
	if _, err := mpytree.Parse(deep); err == nil || !strings.Contains(err.Error(), "codes nest more than") {
		t.Error(err)
	}
	tuples := append([]byte{'M', 6, 0, 31, 0, 1}, bytes.Repeat([]byte{10, 1}, 1000)...)
	if _, err := mpytree.Parse(tuples); err == nil || !strings.Contains(err.Error(), "tuples nest more than") {
		t.Error(err)
	}
}
