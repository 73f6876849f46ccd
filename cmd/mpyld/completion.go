package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/target"
)

// Completions are scripts that ask the program itself: the last word is what
// urfave/cli takes for the question, the one before it is to be completed.
var completions = map[string]string{
	"bash": bashCompletion,
	"zsh":  "autoload -U +X bashcompinit && bashcompinit\n" + bashCompletion,
}

const bashCompletion = `_mpyld() {
	local words
	words=$("${COMP_WORDS[@]:0:COMP_CWORD+1}" --generate-bash-completion 2>/dev/null)
	COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _mpyld mpyld
`

func completionVerb() *cli.Command {
	return newVerb("completion", "print a script that completes words in a shell: eval \"$(mpyld completion bash)\"", "bash|zsh", nil, func(shells []string, c *cli.Context) error {
		if len(shells) != 1 || completions[shells[0]] == "" {
			return usage(diag.New("", "completion is for bash or zsh").Note("usage: %s", c.Command.UsageText))
		}
		_, err := io.WriteString(c.App.Writer, completions[shells[0]])
		return err
	})
}

// optionValues are the words that values of options may be, by option.
var optionValues = map[string]func() []string{
	"arch":      func() []string { return append(target.ArchNames(), target.BoardNames()...) },
	"board":     target.BoardNames,
	"target":    target.Names,
	"float-abi": target.FloatABIs,
}

// complete prints what the last word may become: the value of an option, an
// option, or a verb. File names are the shell's.
func complete(c *cli.Context) {
	words := c.Args().Slice()
	var known []string
	switch n := len(words); {
	case valuesFor(words) != nil:
		known = valuesFor(words)()
	case n == 0 && c.Command.Name != c.App.Name:
		known = []string{c.Command.Name} // the verb itself
	case n > 0 && strings.HasPrefix(words[n-1], "-"):
		for _, f := range c.Command.Flags {
			for _, name := range f.Names() {
				known = append(known, "--"+name)
			}
		}
	case n <= 1 && (c.Command.Name == c.App.Name || c.Command.Name == "help"):
		for _, verb := range c.App.Commands {
			known = append(known, verb.Name)
		}
	}
	for _, word := range known {
		fmt.Fprintln(c.App.Writer, word)
	}
}

// valuesFor returns what gives the values of the option before the last word, or
// nil. Shells have --arch=esp as three words.
func valuesFor(words []string) func() []string {
	n := len(words)
	if n > 1 && words[n-2] == "=" {
		n--
	}
	if n < 2 || !strings.HasPrefix(words[n-2], "--") {
		return nil
	}
	return optionValues[words[n-2][2:]]
}
