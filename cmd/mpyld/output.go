package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mpyld/diag"
	"mpyld/internal/inputs"
)

// An output is a file to be written. Nobody ever sees a part of one: its data goes
// to a new file beside it, and only when those of all outputs are complete do
// they get their names. (make takes a target that exists for one that is done.)
//
// A link with -o m.mpy -Map m.map writes .mpyld-71-0.tmp and .mpyld-71-1.tmp,
// renames the one to m.map and then the other to m.mpy. If the disk is full,
// both are removed, and an older m.mpy and m.map are as they were.
type output struct {
	path string // as on the command line
	data []byte

	target string      // where path leads: a name that is a symbolic link stays one
	was    fs.FileInfo // of what is there; nil if nothing is
	temp   string      // "" if there is none: the target cannot be replaced, or
	bare   *os.File    // without a name, which vanishes by itself; nil: there is none
	locked bool        // for nothing can be made in its directory
}

// writeOutput makes data the content of the file at path, or leaves what was
// there.
func writeOutput(path string, data []byte) error {
	return writeOutputs([]output{{path: path, data: data}})
}

// writeOutputs writes all files or none, and the last one last.
func writeOutputs(list []output) error {
	g := &tempGuard{}
	defer g.release()
	for i := range list {
		defer list[i].close()
		if err := list[i].prepare(g); err != nil {
			return err
		}
	}
	for i := range list {
		if err := list[i].commit(g); err != nil {
			for _, done := range list[:i] {
				done.remove()
			}
			return err
		}
	}
	return nil
}

// writeBeside writes texts, and the module last: to make, a module that exists is
// one that is done. If anything fails, none of the files is left. "-" is the
// standard output.
func writeBeside(stdout io.Writer, texts []output, module output) error {
	var files []output
	for _, f := range texts {
		if f.path != "-" {
			files = append(files, f)
		} else if _, err := stdout.Write(f.data); err != nil {
			return err
		}
	}
	return writeOutputs(append(files, module))
}

// prepare writes the data beside the target, where that is possible.
func (o *output) prepare(g *tempGuard) error {
	if err := checkOutput(o.path); err != nil {
		return usage(err)
	}
	special := false
	var err error
	if o.target, special, err = followLinks(o.path); err != nil {
		return cannotWrite(o.path, err)
	}
	o.was, err = os.Stat(o.target)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return cannotWrite(o.path, err)
	case err != nil:
		o.was = nil
	case o.was.IsDir():
		return diag.New(o.path, "cannot write the output: it is a directory")
	case special || !o.was.Mode().IsRegular() || standardFile(o.was) != nil:
		return nil
	}
	if o.was == nil && o.writeBare() {
		return nil
	}
	err = o.writeTemp(g)
	if err != nil && o.was != nil && errors.Is(err, fs.ErrPermission) {
		return o.mayOverwrite() // the directory is locked, which does not say that the file is
	}
	if err != nil {
		return cannotWrite(o.path, err)
	}
	return nil
}

// writeTemp writes a new file beside the target with the mode of the old one,
// if there is one. Not all of its mode: as when a program writes to the file
// itself, the bits that make others run it as its owner go.
func (o *output) writeTemp(g *tempGuard) error {
	mode := fs.FileMode(0o666) // less the umask
	if o.was != nil {
		mode = o.was.Mode().Perm()
	}
	f, err := g.create(filepath.Dir(o.target), mode)
	if err != nil {
		return err
	}
	o.temp = f.Name()
	if o.was != nil {
		keepOwner(f, o.was)
		err = f.Chmod(mode) // what the umask took
	}
	_, errWrite := f.Write(o.data)
	return errors.Join(err, errWrite, f.Close())
}

// writeBare writes a new file without a name, where the system has such. It reports
// whether it could.
func (o *output) writeBare() bool {
	var err error
	if o.bare, err = createBare(filepath.Dir(o.target)); err != nil {
		return false
	}
	if _, err = o.bare.Write(o.data); err != nil {
		o.close()
	}
	return err == nil
}

// close closes the file without a name.
func (o *output) close() {
	if o.bare != nil {
		o.bare.Close()
	}
	o.bare = nil
}

// commit gives the data its name, or writes it to what is no file to replace.
func (o *output) commit(g *tempGuard) error {
	var err error
	if o.bare != nil {
		if err = nameBare(o.bare, o.target); err == nil {
			return nil
		}
		o.close() // somebody else has made a file of that name, or it cannot have any
		if err = o.writeTemp(g); err != nil {
			return cannotWrite(o.path, err)
		}
	}
	switch {
	case o.temp != "":
		err = g.rename(o.temp, o.target)
	case o.was != nil && standardFile(o.was) != nil:
		_, err = standardFile(o.was).Write(o.data)
	case o.locked:
		err = g.hold(func() error { return overwrite(o.target, o.data) })
	default:
		err = os.WriteFile(o.path, o.data, 0o666)
	}
	if err != nil {
		return cannotWrite(o.path, err)
	}
	return nil
}

// remove takes an output away that is of no use without another.
func (o *output) remove() {
	if o.temp != "" || o.bare != nil {
		os.Remove(o.target)
	}
}

// mayOverwrite reports the error about a file that cannot be written to, before
// anything is written anywhere.
func (o *output) mayOverwrite() error {
	f, err := os.OpenFile(o.target, os.O_RDWR, 0)
	if err != nil {
		return cannotWrite(o.path, err)
	}
	o.locked = true
	return f.Close()
}

// overwrite writes into a file in a directory where no other can be made. If
// that fails, it gets back what was in it.
func overwrite(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	old, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	if err == nil {
		err = f.Truncate(int64(len(data)))
	}
	if err != nil {
		_, back := f.WriteAt(old, 0)
		return errors.Join(err, back, f.Truncate(int64(len(old))))
	}
	return nil
}

// followLinks returns where a name leads, also if there is nothing yet. Links of
// /proc, such as /dev/stdout's, stand for open files, which have to be written to.
func followLinks(path string) (target string, special bool, err error) {
	target = path
	for range maxLinks {
		info, err := os.Lstat(target)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return target, false, nil
		}
		dir := filepath.Dir(target)
		if real, err := filepath.EvalSymlinks(dir); err == nil && strings.HasPrefix(real, "/proc/") {
			return path, true, nil
		}
		next, err := os.Readlink(target)
		if err != nil {
			return "", false, err
		}
		if !filepath.IsAbs(next) {
			next = dir + string(filepath.Separator) + next // not cleaned: dir/.. may be elsewhere
		}
		target = next
	}
	return "", false, errors.New("too many levels of symbolic links")
}

// maxLinks is how many links Linux follows (path_resolution(7)).
const maxLinks = 40

// standardFile returns the standard output or error, if a file or pipe is what
// that is redirected to: it must be written there, where the rest goes too.
func standardFile(info fs.FileInfo) *os.File {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if is, err := f.Stat(); err == nil && is.Mode()&fs.ModeDevice == 0 && os.SameFile(is, info) {
			return f
		}
	}
	return nil
}

// isStandardOutput reports whether a path is the standard output.
func isStandardOutput(path string) bool {
	info, err := os.Stat(path)
	return err == nil && standardFile(info) == os.Stdout
}

// createBeside creates a file in a directory. It is not os.CreateTemp, whose
// files only their owner may read: an output has the permissions that any
// program would give it.
func createBeside(dir string, mode fs.FileMode) (*os.File, error) {
	for i := 0; ; i++ {
		name := filepath.Join(dir, fmt.Sprintf(".mpyld-%d-%d.tmp", os.Getpid(), i))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) || i == 100 {
			return f, err
		}
	}
}

// reason is what went wrong, without the operation and the path around it.
func reason(err error) string {
	var link *os.LinkError
	if errors.As(err, &link) {
		err = link.Err
	}
	return inputs.Reason(err)
}

func cannotWrite(path string, err error) error {
	e := diag.New(path, "cannot write the output: %s", reason(err))
	if dir := filepath.Dir(path); !exists(dir) {
		e.Note("there is no directory %s", dir)
	}
	return e
}
