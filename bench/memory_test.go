//go:build linux

package main

import (
	"testing"

	"mpyld/elfload"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/simload"
)

// linkModule does what the mpyld command does, but for reading and writing.
func linkModule(arch string, objects [][]byte) ([]byte, error) {
	in := link.Input{ABI: mpyfile.Latest, Arch: mpyfile.ArchByName(arch), SourceName: "module.mpy"}
	mach := relocs.For(arch)
	for _, data := range objects {
		obj, err := elfload.Load("part.o", data, mach)
		if err != nil {
			return nil, err
		}
		in.Objects = append(in.Objects, obj)
	}
	res, err := link.Link(in)
	if err != nil {
		return nil, err
	}
	data, err := mpywriter.Write(res.File)
	if err != nil {
		return nil, err
	}
	return data, simload.Verify(data, res.Map)
}

func BenchmarkBig(b *testing.B) {
	for _, r := range recipes {
		b.Run(r.arch, func(b *testing.B) {
			objects := generate(r, 16000, 8)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := linkModule(r.arch, objects); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
