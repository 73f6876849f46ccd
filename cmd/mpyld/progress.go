package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"mpyld/diag"
	"mpyld/internal/build"
)

// progress shows the steps of a build: on a terminal one line that changes, elsewhere
// nothing, or a line for each step.
type progress struct {
	sync.Mutex
	to       io.Writer
	line     bool // that changes
	plain    bool
	commands bool
	shown    bool
}

func newProgress(rep *reporter, stdout io.Writer, o *buildOptions) *progress {
	terminal := isTerminal(rep.Writer)
	p := &progress{to: rep, commands: o.verbose || o.DryRun, plain: o.progress == "plain"}
	p.line = terminal && (o.progress == "" || o.progress == "auto") && !p.commands
	if p.commands {
		p.to = stdout
	}
	return p
}

// maxLine is how long the line may be: one that wraps could not be taken back.
const maxLine = 78

// tell is told of a step that begins.
func (p *progress) tell(s build.Step) {
	p.Lock()
	defer p.Unlock()
	text := fmt.Sprintf("[%d/%d] %s: %s", s.Done, s.Total, s.Target, s.What)
	switch {
	case p.commands && s.Argv != nil:
		fmt.Fprintln(p.to, diag.Plain(build.ShellLine(s.Dir, s.Argv)))
	case p.commands || p.plain:
		fmt.Fprintln(p.to, diag.Plain(text))
	case p.line:
		runes := []rune(diag.Plain(text))
		fmt.Fprintf(p.to, "\r\x1b[K%s", string(runes[:min(len(runes), maxLine)]))
		p.shown = true
	}
}

// clear takes the line away.
func (p *progress) clear() {
	p.Lock()
	defer p.Unlock()
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
	p.shown = false
}

// isTerminal reports whether people look at what is written, and it takes colours.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
