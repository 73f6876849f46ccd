// Package licences collects the licences of what is in a program besides mpyld: Go's runtime and library,
// and other modules. Programs that make archives ask for it; it asks the go command.
package licences

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Of returns the text for a package of this module that is a program, compiled with an environment, nil for
// the usual one: a sentence that calls the program what, and each licence behind its owner's name and version. Modules that this one has
// another in the place of are in no program.
func Of(what, pkg string, env []string) ([]byte, error) {
	list, err := output(env, "go", "list", "-deps", "-f", "{{with .Module}}{{if not (or .Main .Replace)}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", pkg)
	if err != nil {
		return nil, err
	}
	root, err := output(env, "go", "env", "GOROOT", "GOVERSION")
	if err != nil {
		return nil, err
	}
	goroot, version, _ := strings.Cut(strings.TrimSpace(root), "\n")
	lines := append([]string{"Go's runtime and library " + version + "\t" + goroot}, slices.Compact(slices.Sorted(strings.Lines(list)))...)
	var b strings.Builder
	fmt.Fprintf(&b, "mpyld is under the MIT licence. %s also has in it, under the licences below:\n", what)
	for _, line := range lines {
		name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "LICENSE"))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n%s\n\n%s", name, text)
	}
	return []byte(b.String()), nil
}

func output(env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stderr = env, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), err
}
