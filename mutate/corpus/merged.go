package corpus

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/mpyfile"
)

// Merges are links of modules. Of each release's compiled files there are lists to merge, in which tables get so
// large that indices and jumps are longer, or which cannot be merged.

// mergedLists are the files of a release that are merged, by what is said of them.
var mergedLists = map[string]string{
	"all kinds":                 "flow-O0 functions-O1 constants-O2 functions-native-armv7m flow-O3 functions-O0 generators-O1 constants-O0 flow-O2 functions-O3",
	"native code first":         "functions-native-x64 flow-O0 constants-O0",
	"native code last":          "constants-O0 flow-O0 functions-native-x64",
	"two machines":              "functions-native-x64 functions-native-armv7m",
	"two of one machine":        "functions-native-armv7m generators-armv7m",
	"with and without a cache":  "flow-O0 flow-cache",
	"small integers":            "flow-smallint constants-O0",
	"small integers last":       "constants-O0 flow-smallint",
	"the same twice, and again": "functions-O0 functions-O0 functions-O0",
}

// linkedArch is the machine of the linked modules that are merged, of which bytecode and one module of a compiler's code are.
const linkedArch = "armv7m"

// jobsMerged are the merges, with names shared and not; and one of modules that are linked.
func jobsMerged() (jobs []job, err error) {
	releases, err := fixtures.CompiledReleases()
	if err != nil {
		return nil, err
	}
	var files map[string]*mpyld.File
	for _, release := range releases {
		if files, err = compiled(release); err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(mergedLists)) {
			var list []*mpyld.File
			for word := range strings.FieldsSeq(mergedLists[name]) {
				if f := files[word]; f != nil { // releases know other machines, and caches
					list = append(list, f)
				}
			}
			if len(list) > 1 {
				jobs = append(jobs, jobsOf(release, name, list)...)
			}
		}
	}
	list, err := linked(files["functions-native-"+linkedArch], files["flow-O0"], files["constants-O0"])
	if err != nil {
		return nil, err
	}
	return append(jobs, jobsOf(releases[len(releases)-1], "linked modules", list)...), nil
}

// jobsOf are the two merges of a list.
func jobsOf(release, name string, files []*mpyld.File) (jobs []job) {
	for _, share := range []bool{false, true} {
		jobs = append(jobs, job{
			set: "merged " + release, name: fmt.Sprintf("%s, share %v", name, share),
			merge: func() ([]byte, error) { return mpyld.Merge(files, mpyld.MergeOptions{ShareNames: share}) },
		})
	}
	return jobs
}

// compiled are the files of a release, by name.
func compiled(release string) (map[string]*mpyld.File, error) {
	list, err := fixtures.Compiled(release)
	if err != nil {
		return nil, err
	}
	files := map[string]*mpyld.File{}
	for _, f := range list {
		if files[strings.TrimSuffix(f.Name, ".mpy")], err = mpyld.Parse(f.Name, f.Data); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// linked are files, and the modules of the first set of objects for linkedArch.
func linked(files ...*mpyld.File) ([]*mpyld.File, error) {
	sets := fixtures.Sets()
	set := sets[slices.IndexFunc(sets, func(s fixtures.Set) bool { return s.Arch == linkedArch })]
	cases, err := set.Cases()
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		m, err := mpyld.Link(context.Background(), stored(set, c, mpyfile.Newest.Name))
		if err != nil {
			continue // a mistake may be in the linker
		}
		f, err := mpyld.Parse(c.Name, m.Bytes)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}
