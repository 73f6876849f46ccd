package main

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"mpyld/internal/build"
	"mpyld/internal/manifest"
)

// TestLock: one at a time has the lock of a directory, and a build waits for it, until
// it is told to end. Where no file can be made there is none.
func TestLock(t *testing.T) {
	h, dir := thisHost{}, t.TempDir()
	name := filepath.Join(dir, ".mpyld-lock")
	release := h.TryLock(name)
	if h.TryLock(name) != nil {
		t.Error("two have the lock")
	}
	ctx, stop := context.WithCancel(t.Context())
	told := ""
	o := build.Options{Host: h, Dir: dir, Manifest: &manifest.Manifest{Name: "m", Settings: manifest.Settings{Sources: []string{"m.c"}}}}
	o.Wait = func(dir string) { told = dir; stop() }
	if _, err := build.Build(ctx, o); !errors.Is(err, context.Canceled) || told != dir {
		t.Errorf("it waits for %q and ends by %v", told, err)
	}
	release()
	if release = h.TryLock(name); release == nil {
		t.Fatal("the lock is not released")
	}
	release()
	if h.TryLock(filepath.Join(dir, "none", "lock")) == nil {
		t.Error("there is a lock where there is no directory")
	}
}
