package main

import (
	"strings"

	"mpyld/diag"
)

// maxResponses caps how deep files with arguments may name each other.
const maxResponses = 16

// expandArgs replaces each argument @FILE by the arguments in that file, as all
// GNU programs do (libiberty, expandargv): they are separated by white space;
// quotes of either kind keep it, and a backslash takes the next character as it
// is, in quotes too. Files may name files.
func expandArgs(argv []string) ([]string, error) { return expand(argv, "", 0) }

func expand(argv []string, file string, depth int) ([]string, error) {
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
		if depth == maxResponses {
			return nil, diag.New(file, "files with arguments name each other in a circle, or %d deep", maxResponses)
		}
		data, err := readFile(name)
		if err != nil {
			e := err.(*diag.Error)
			return nil, e.Note("@%s stands for the arguments in the file; a file whose name begins with @ is given as ./@%s", name, name)
		}
		if !isText(data) {
			return nil, diag.New(name, "is not text: @%s stands for the arguments in the file", name).
				Note("to link the file, leave out the @")
		}
		args, err := splitArgs(name, string(data))
		if err != nil {
			return nil, err
		}
		if args, err = expand(args, name, depth+1); err != nil {
			return nil, err
		}
		out = append(out, args...)
	}
	return out, nil
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
