package mpyld

import (
	"context"
	"errors"
	"slices"
	"testing"

	"mpyld/fixtures"
	"mpyld/target"
)

// TestChecked: a link whose module is wrong, or is not what was asked for, gives none, unless nobody wants to know.
func TestChecked(t *testing.T) {
	set, c, err := fixtures.Stored("armv7m-gcc12.2-Os-fpic", "hello")
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(in *Inputs){
		"the first instruction jumps elsewhere": func(in *Inputs) {
			mach := *in.in.Arch
			mach.Entry = slices.Clone(mach.Entry)
			for i := range mach.Entry {
				field, right := *mach.Entry[i].Field, mach.Entry[i].Field.Write
				field.Write = func(b []byte, v int64) { right(b, v+2) }
				mach.Entry[i].Field = &field
			}
			in.in.Arch = &mach
		},
		"another name of the source": func(in *Inputs) { in.in.SourceName = "other.mpy" },
	} {
		for _, no := range []bool{false, true} {
			in, err := Read(context.Background(), Options{
				FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: "hello.mpy", Target: target.Options{Arch: set.Arch}, NoVerify: no,
			})
			if err != nil {
				t.Fatal(err)
			}
			spoil(in)
			m, err := in.Link(context.Background())
			if is := new(InternalError); errors.As(err, &is) == no || (m.Bytes != nil) != no {
				t.Errorf("%s, NoVerify %v: %d bytes, error %v", name, no, len(m.Bytes), err)
			}
		}
	}
}
