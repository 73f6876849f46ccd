package mpyld

import (
	"mpyld/audit"
	"mpyld/link"
	"mpyld/parallel"
	"mpyld/simload"
)

// check proves that a link made what it was asked for: that the bytes are what its map
// says, and that the map is what the inputs ask for.
func (i *Inputs) check(data []byte, res *link.Result) error {
	var verified, audited error
	look := func(n int) {
		if n == 0 {
			verified = simload.Verify(data, res.Map)
		} else {
			audited = audit.Check(i.asked(), made(res))
		}
	}
	if len(data) < small {
		look(0)
		look(1)
	} else {
		parallel.Each(2, look)
	}
	switch {
	case verified != nil:
		return &InternalError{"the linked module fails mpyld's own check", verified}
	case audited != nil:
		return &InternalError{"the link is not what its inputs ask for", audited}
	}
	return nil
}

// small is the size of a module, in bytes, below which another processor takes longer to
// wake up than either check does.
const small = 16 << 10

// asked is what was to be linked, for a second look.
func (i *Inputs) asked() *audit.Input {
	in := &i.in
	return &audit.Input{
		Objects: in.Objects, Archives: in.Archives, Support: i.support, Names: in.Names,
		Machine: in.Arch, ABI: in.ABI, Scripts: i.scripts, Externs: in.Externs,
		Wrap: in.Wrap, Undefined: in.Undefined, AllowMultiple: in.AllowMultiple,
		GCSections: in.GCSections, KeepUnwind: in.KeepUnwind, NoWritableText: in.NoWritableText,
		ArchFlags: in.ArchFlags, OwnFlags: in.OwnFlags, SourceName: i.opts.SourceName, Config: i.config,
		AllowABIMismatch: in.AllowABIMismatch, FloatABI: in.FloatABI, NoExtensions: in.NoExtensions,
	}
}

// made is what a link says that it made.
func made(res *link.Result) audit.Output {
	out := audit.Output{Map: res.Map, File: res.File, Direct: res.Direct, Shrunk: res.Shrunk}
	for _, e := range res.Extracted {
		out.Members = append(out.Members, audit.Extraction{Member: e.Member, Symbol: e.Symbol})
	}
	return out
}
