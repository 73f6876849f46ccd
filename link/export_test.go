package link

import (
	"fmt"

	"mpyld/audit"
	"mpyld/elfload"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/simload"
)

// Checked links, and checks what comes out as the tool does (check.go at the top): what the tests link, users may.
func Checked(in Input) (*Result, error) {
	var support *elfload.Archive
	if open := in.Support; open != nil {
		in.Support = func(m *relocs.Machine) (a *elfload.Archive, err error) {
			support, err = open(m)
			return support, err
		}
	}
	res, err := Link(in)
	if err != nil {
		return res, err
	}
	if err := Verified(res); err != nil {
		return res, fmt.Errorf("the link fails its check: %v", err)
	}
	if err := audited(&in, support, res); err != nil {
		return res, fmt.Errorf("the link fails its second look: %v", err)
	}
	return res, nil
}

// Verified returns what the check says of the module that a link makes.
func Verified(res *Result) error {
	data, err := mpywriter.Write(res.File)
	if err != nil {
		return err
	}
	return simload.Verify(data, res.Map)
}

// audited returns what the second look says, but of the names of a config header: tests give them without.
func audited(in *Input, support *elfload.Archive, res *Result) error {
	if len(in.QStrs)+len(in.QStrObjs) > 0 {
		return nil
	}
	out := audit.Output{Map: res.Map, File: res.File, Direct: res.Direct, Shrunk: res.Shrunk}
	for _, e := range res.Extracted {
		out.Members = append(out.Members, audit.Extraction{Member: e.Member, Symbol: e.Symbol})
	}
	return audit.Check(&audit.Input{
		Objects: in.Objects, Archives: in.Archives, Support: support, Names: in.Names,
		Machine: in.Arch, ABI: in.ABI, Scripts: in.Scripts, Externs: in.Externs,
		Wrap: in.Wrap, Undefined: in.Undefined, AllowMultiple: in.AllowMultiple,
		GCSections: in.GCSections, KeepUnwind: in.KeepUnwind, NoWritableText: in.NoWritableText,
		ArchFlags: in.ArchFlags, OwnFlags: in.OwnFlags, SourceName: in.SourceName,
		AllowABIMismatch: in.AllowABIMismatch, FloatABI: in.FloatABI, NoExtensions: in.NoExtensions,
	}, out)
}
