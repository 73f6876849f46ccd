package main

import (
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
)

// mergeVerb takes mpy-tool.py's spelling too: MPY_TOOL="mpyld merge" in a
// Makefile makes $(MPY_TOOL) --merge -o OUT IN... of it.
func mergeVerb() *cli.Command {
	var output string
	var opts mpyld.MergeOptions
	var asTool bool
	rows := func() []cli.Flag {
		return []cli.Flag{
			&option{"output", "o", "FILE", "write FILE", setText(&output)},
			&option{"share-names", "", "", "store a name once that several modules of bytecode have", setTrue(&opts.ShareNames)},
			&option{"merge", "", "", "nothing: mpy-tool.py's spelling", setTrue(&asTool)},
		}
	}
	return fileVerb("merge", "make one module that runs several", "-o FILE.mpy FILE.mpy...", 1, rows, func(files []string, app *cli.App) error {
		if output == "" {
			return usage(diag.New("", "no name for the output").Note("give it with -o FILE.mpy"))
		}
		opened.expect(files...)
		if err := checkOutput(output); err != nil {
			return usage(err)
		}
		return mergeFiles(output, files, opts)
	})
}

func mergeFiles(output string, files []string, opts mpyld.MergeOptions) error {
	errs := twice(files)
	var inputs []*mpyld.File
	errs.Join(eachFile(files, func(f *mpyld.File) error {
		inputs = append(inputs, f)
		return nil
	}))
	if err := errs.Err(); err != nil {
		return err
	}
	data, err := mpyld.Merge(inputs, opts)
	if err != nil {
		return err
	}
	return writeOutput(output, data)
}

// twice is the error about files that are given more than once, under whatever
// names: they would run as often, and what should be there instead is missing.
func twice(files []string) diag.List {
	var errs diag.List
	type key struct {
		inode uint64
		size  int64
		at    time.Time
	}
	alike := map[key][]int{} // files that may be one: a file has one inode, size and time
	infos := make([]os.FileInfo, len(files))
	for i, name := range files {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue // reading it says what is wrong; a pipe is another each time
		}
		infos[i] = info
		of := key{inode(info), info.Size(), info.ModTime()}
		k := slices.IndexFunc(alike[of], func(other int) bool { return os.SameFile(infos[other], info) })
		if k < 0 {
			alike[of] = append(alike[of], i)
			continue
		}
		first := alike[of][k]
		errs.Add(name, "is given twice: file %d of the merge is file %d too (%s)", i+1, first+1, files[first]).
			Note("give it once; a .py file that has the module's name needs another, as compiled it would replace the linked module")
	}
	return errs
}
