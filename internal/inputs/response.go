package inputs

import (
	"slices"
	"strings"

	"mpyld/diag"
)

// Bounds of what files with arguments may come to. The first is that of GNU
// programs; the others are several times what the longest command lines have.
const (
	maxResponses   = 2000    // files, one as often as it is named
	maxArgs        = 1 << 16 // arguments in all of them
	maxResponseLen = 4 << 20 // bytes of all of them
)

// ExpandArgs replaces each argument @FILE by the arguments in that file, as all
// GNU programs do (libiberty, expandargv): they are separated by white space;
// quotes of either kind keep it, and a backslash takes the next character as it
// is, in quotes too. Files may name files.
func (d Dir) ExpandArgs(argv []string) ([]string, error) {
	e := expander{dir: d}
	return e.expand(argv)
}

type expander struct {
	dir   Dir
	open  []string // files being expanded, each named by the one before
	files int
	args  int
	bytes int
}

func (e *expander) expand(argv []string) ([]string, error) {
	if !hasResponse(argv) {
		return argv, nil
	}
	out := make([]string, 0, len(argv))
	for _, arg := range argv {
		name, ok := strings.CutPrefix(arg, "@")
		if !ok || name == "" {
			out = append(out, arg)
			continue
		}
		args, err := e.read(name)
		if err != nil {
			return nil, err
		}
		e.open = append(e.open, name)
		if args, err = e.expand(args); err != nil {
			return nil, err
		}
		e.open = e.open[:len(e.open)-1]
		out = append(out, args...)
	}
	return out, nil
}

// read returns the arguments in a file.
func (e *expander) read(name string) ([]string, error) {
	if slices.Contains(e.open, name) {
		return nil, diag.New(name, "files with arguments name each other in a circle")
	}
	if e.files++; e.files > maxResponses {
		return nil, diag.New(name, "is one file with arguments too many: there can be %d", maxResponses)
	}
	data, err := e.dir.ReadText(name)
	if err != nil {
		return nil, CannotRead(name, err).Note("@%s stands for the arguments in the file; a file whose name begins with @ is given as ./@%s", name, name)
	}
	if !IsText(data) {
		return nil, diag.New(name, "is not text: @%s stands for the arguments in the file", name).
			Note("to link the file, leave out the @")
	}
	if e.bytes += len(data); e.bytes > maxResponseLen {
		return nil, diag.New(name, "files with arguments have more than %d MiB with this one", maxResponseLen>>20)
	}
	args, err := splitArgs(name, string(unmarked(data)))
	if err != nil {
		return nil, err
	}
	if e.args += len(args); e.args > maxArgs {
		return nil, diag.New(name, "files with arguments have more than %d with this one", maxArgs)
	}
	return args, nil
}

func hasResponse(argv []string) bool {
	for _, arg := range argv {
		if len(arg) > 1 && arg[0] == '@' {
			return true
		}
	}
	return false
}

// splitArgs splits the text of a file into arguments.
func splitArgs(file, text string) ([]string, error) {
	var args []string
	var arg strings.Builder
	inArg, escaped, quote := false, false, byte(0)
	for _, c := range []byte(text) {
		if len(args) > maxArgs {
			return args, nil // too many, as the caller will say
		}
		switch {
		case escaped:
			arg.WriteByte(c)
			escaped = false
		case c == '\\':
			inArg, escaped = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			arg.WriteByte(c)
		case c == '\'' || c == '"':
			inArg, quote = true, c
		case strings.IndexByte(" \t\n\v\f\r", c) >= 0:
			if inArg {
				args = append(args, arg.String())
			}
			inArg = false
			arg.Reset()
		default:
			inArg = true
			arg.WriteByte(c)
		}
	}
	if quote != 0 {
		return nil, diag.New(file, "a quotation %c has no end", quote).
			Note("a quotation mark with a backslash in front of it is one like any letter")
	}
	if inArg {
		args = append(args, arg.String())
	}
	return args, nil
}
