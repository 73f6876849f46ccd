//go:build !linux

package main

import (
	"errors"
	"os"
)

// createBare says that the system has no files without a name.
func createBare(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func nameBare(*os.File, string) error { return errors.ErrUnsupported }
