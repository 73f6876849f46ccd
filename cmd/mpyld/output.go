package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"mpyld/diag"
)

// writeOutput makes data the content of the file at path, or leaves what was
// there. Nobody ever sees a part: the data goes to a new file beside it, which
// then gets the name. (make takes a target that exists for one that is done.)
func writeOutput(path string, data []byte) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeSpecial(path, info, data)
	}
	// A name that is a symbolic link stays one.
	target := path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		target = real
	}
	f, err := createBeside(target)
	if err != nil {
		return cannotWrite(path, err)
	}
	temp := f.Name()
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(temp, target)
	}
	if err != nil {
		os.Remove(temp)
		return cannotWrite(path, err)
	}
	return nil
}

// createBeside creates a file in the directory of target. It is not
// os.CreateTemp, whose files only their owner may read: an output has the
// permissions that any program would give it.
func createBeside(target string) (*os.File, error) {
	dir, base := filepath.Split(target)
	for i := 0; ; i++ {
		name := fmt.Sprintf("%s.%s.%d-%d.tmp", dir, base, os.Getpid(), i)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) || i == 100 {
			return f, err
		}
	}
}

// writeSpecial writes to what is no regular file, such as /dev/null: it cannot
// be replaced and has no content to protect.
func writeSpecial(path string, info fs.FileInfo, data []byte) error {
	if info.IsDir() {
		return diag.New(path, "cannot write the output: it is a directory")
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

func cannotWrite(path string, err error) error {
	e := diag.New(path, "cannot write the output: %s", reason(err))
	if dir := filepath.Dir(path); !exists(dir) {
		e.Note("there is no directory %s", dir)
	}
	return e
}

// checkOverwrite refuses an output that is one of the inputs too.
func checkOverwrite(output string, inputs []string) error {
	out, err := os.Stat(output)
	if err != nil {
		return nil
	}
	for _, name := range inputs {
		if in, err := os.Stat(name); err == nil && in.Mode().IsRegular() && os.SameFile(in, out) {
			return diag.New("", "the output %s is also an input", output)
		}
	}
	return nil
}

// checkDistinct refuses two outputs of one name, of which only one would stay.
// Names that stand for no file of their own may be given twice.
func checkDistinct(outputs []string) error {
	seen := map[string]bool{}
	for _, name := range outputs {
		info, err := os.Stat(name)
		if name == "" || name == "-" || err == nil && !info.Mode().IsRegular() {
			continue
		}
		full, err := filepath.Abs(name)
		if err != nil {
			full = name
		}
		if seen[full] {
			return diag.New("", "%s is the name of two outputs", name)
		}
		seen[full] = true
	}
	return nil
}

// sideOutputs are texts to write beside the module.
type sideOutputs []struct{ name, text string }

// add adds a file, if it has a name. Only then is its text made: that of a big
// link takes as long as a good part of the link.
func (s *sideOutputs) add(name string, text func() string) {
	if name != "" {
		*s = append(*s, struct{ name, text string }{name, text()})
	}
}

// write writes them, and the module last: to make, a module that exists is one
// that is done. If anything fails, none of the files is left.
func (s sideOutputs) write(stdout io.Writer, module func() error) error {
	var done []string
	err := func() error {
		for _, f := range s {
			if f.name == "-" {
				if _, err := io.WriteString(stdout, f.text); err != nil {
					return err
				}
				continue
			}
			if err := writeOutput(f.name, []byte(f.text)); err != nil {
				return err
			}
			done = append(done, f.name)
		}
		return module()
	}()
	if err != nil {
		for _, name := range done {
			if info, statErr := os.Stat(name); statErr == nil && info.Mode().IsRegular() {
				os.Remove(name)
			}
		}
	}
	return err
}
