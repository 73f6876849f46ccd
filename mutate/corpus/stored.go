package corpus

import (
	"bytes"
	"debug/elf"
	"fmt"
	"slices"
	"testing/fstest"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/fixtures/ldcases"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
	"mpyld/target"
)

// Smaller ends the names of sets that are linked with -O; those without it are in front.
const Smaller = " -O"

// jobsStored are the links of stored objects, for each release, as their sources
// ask for, and for one with -O; and for the newest, all with --gc-sections, and with all objects in an
// archive but the one with mpy_init.
func jobsStored() (jobs []job, err error) {
	for _, set := range slices.Concat(fixtures.Sets(), fixtures.ReleaseSets()) {
		releases := []string{mpyfile.Newest.Name}
		if set.Family != nil {
			releases = set.Family.Releases
		}
		cases, err := set.Cases()
		if err != nil {
			return nil, err
		}
		for _, release := range releases {
			for _, c := range cases {
				jobs = append(jobs, job{set: set.Name + " " + release, name: c.Name, asked: func() mpyld.Options { return stored(set, c, release) }})
			}
		}
		for _, c := range cases {
			jobs = append(jobs, job{set: set.Name + " " + releases[0] + Smaller, name: c.Name, asked: func() mpyld.Options {
				o := stored(set, c, releases[0])
				o.Optimise = true
				return o
			}})
		}
		if set.Family != nil {
			continue
		}
		for _, c := range cases {
			jobs = append(jobs, job{set: set.Name + " --gc-sections", name: c.Name, asked: func() mpyld.Options {
				o := stored(set, c, mpyfile.Newest.Name)
				o.GCSections = true
				return o
			}})
		}
		for _, c := range cases {
			if len(c.Objects) > 1 {
				jobs = append(jobs, job{set: set.Name + " archive", name: c.Name, asked: func() mpyld.Options { return archived(stored(set, c, mpyfile.Newest.Name), c) }})
			}
		}
	}
	return jobs, nil
}

func stored(set fixtures.Set, c fixtures.Case, release string) mpyld.Options {
	return mpyld.Options{
		FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: c.Name + ".mpy",
		Target:     target.Options{Release: release, Arch: set.Arch},
		KeepUnwind: c.Has("--keep-unwind"), GCSections: c.Has("--gc-sections"),
	}
}

// archived puts all objects into an archive but those with mpy_init.
func archived(o mpyld.Options, c fixtures.Case) mpyld.Options {
	fs := fstest.MapFS{"config.h": {Data: c.Config}}
	var members []elfmake.Member
	o.FS, o.Files, o.Libs = fs, nil, []string{"lib/lib.a"}
	for _, obj := range c.Objects {
		if defines(obj.Data, "mpy_init") {
			fs[obj.Name] = &fstest.MapFile{Data: obj.Data}
			o.Files = append(o.Files, obj.Name)
		} else {
			members = append(members, elfmake.Member{Name: obj.Name, Data: obj.Data})
		}
	}
	fs["lib/lib.a"] = &fstest.MapFile{Data: elfmake.Dialects[1].Build(members)} // without an index
	return o
}

func defines(object []byte, name string) bool {
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return false
	}
	symbols, _ := f.Symbols()
	return slices.ContainsFunc(symbols, func(s elf.Symbol) bool { return s.Name == name && s.Section != elf.SHN_UNDEF })
}

// likeLD is how many of the small links there are whose meaning GNU ld was asked
// for.
const likeLD = 400

// jobsLikeLD are those.
func jobsLikeLD() (jobs []job) {
	for _, arch := range []string{"armv7m", "x64", "rv32imc"} {
		m := machines.For(arch)
		for seed := range uint64(likeLD) {
			jobs = append(jobs, job{set: "ldcases " + arch, name: fmt.Sprint(seed), addresses: true, asked: func() mpyld.Options {
				c, fs := ldcases.New(seed), fstest.MapFS{}
				o := mpyld.Options{FS: fs, SourceName: "m.mpy", Target: target.Options{Arch: arch}, AllowMultiple: c.Multiple, GCSections: seed%5 == 0}
				for _, f := range c.Objects(m) {
					fs[f.Name] = &fstest.MapFile{Data: f.Data}
					o.Files = append(o.Files, f.Name)
				}
				for _, f := range c.Archives(m) {
					fs["lib/"+f.Name] = &fstest.MapFile{Data: f.Data}
					o.Libs = append(o.Libs, "lib/"+f.Name)
				}
				return o
			}})
		}
	}
	return jobs
}
