package link_test

import (
	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
	"mpyld/supportlib"
)

// linkCase links a case of a set for a release and writes the module. It is not
// the library's Link: that one asks a release's loader, and mpy_ld.py makes files
// that none loads.
func linkCase(set fixtures.Set, c fixtures.Case, r *mpyfile.Release) (*link.Result, []byte, error) {
	in, err := caseInput(set, c, r)
	if err != nil {
		return nil, nil, err
	}
	res, err := link.Checked(in)
	if err != nil {
		return nil, nil, err
	}
	data, err := mpywriter.Write(res.File)
	return res, data, err
}

// caseInput is what a case is linked from.
func caseInput(set fixtures.Set, c fixtures.Case, r *mpyfile.Release) (link.Input, error) {
	arch := machines.For(set.Arch)
	in := link.Input{
		ABI: r.For(arch), EntryStyle: r.Entry, Arch: arch, SourceName: c.Name + ".mpy", Support: supportlib.Open,
		KeepUnwind: c.Has("--keep-unwind"), GCSections: c.Has("--gc-sections"),
	}
	qstrs, err := r.Layout(arch).Read("config.h", c.Config)
	if err != nil {
		return in, err
	}
	in.QStrs, in.QStrObjs = qstrs.Values, qstrs.Objects
	for _, f := range c.Objects {
		obj, err := elfload.Load(f.Name, f.Data, arch)
		if err != nil {
			return in, err
		}
		in.Objects = append(in.Objects, obj)
	}
	return in, nil
}
