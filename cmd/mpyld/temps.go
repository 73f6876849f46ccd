package main

import (
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"sync"
)

// tempGuard removes temporary files, and directories of them, when the program is
// told to end. A signal that comes while it is there ends the program as it would
// have ended it without, but a moment later.
//
// Go needs two threads to wait for signals, which cost a fifth of a small link. So a guard begins
// when there is something to guard.
type tempGuard struct {
	sync.Mutex // held while files are created, renamed or removed
	files      []string
	signals    chan os.Signal // nil: it has not begun
}

// guardTemps begins to guard. release has to follow.
func guardTemps() *tempGuard {
	g := &tempGuard{}
	g.begin()
	return g
}

func (g *tempGuard) begin() {
	if g.signals != nil {
		return
	}
	g.signals = make(chan os.Signal, 1)
	for _, s := range endings {
		if !signal.Ignored(s) { // nohup
			signal.Notify(g.signals, s)
		}
	}
	go func() {
		if s, ok := <-g.signals; ok {
			g.Lock() // for good: nothing is created any more
			g.removeAll()
			endBy(s)
		}
	}()
}

// create creates a temporary file in a directory.
func (g *tempGuard) create(dir string, mode fs.FileMode) (*os.File, error) {
	g.Lock()
	defer g.Unlock()
	g.begin()
	f, err := createBeside(dir, mode)
	if err == nil {
		g.files = append(g.files, f.Name())
	}
	return f, err
}

// rename gives a temporary file its name.
func (g *tempGuard) rename(temp, target string) error {
	g.Lock()
	defer g.Unlock()
	err := os.Rename(temp, target)
	if err == nil {
		g.files = slices.DeleteFunc(g.files, func(name string) bool { return name == temp })
	}
	return err
}

// hold runs f, which no signal may interrupt.
func (g *tempGuard) hold(f func() error) error {
	g.Lock()
	defer g.Unlock()
	g.begin()
	return f()
}

// release ends guarding and removes what has got no name.
func (g *tempGuard) release() {
	g.Lock()
	defer g.Unlock()
	g.removeAll()
	if g.signals != nil {
		signal.Stop(g.signals)
		close(g.signals)
	}
}

func (g *tempGuard) removeAll() {
	for _, name := range g.files {
		os.RemoveAll(name)
	}
	g.files = nil
}
