package main

import (
	"errors"
	"io"
	"os"

	"mpyld/diag"
)

// console is the standard output: what answers and listings are printed on.
type console struct {
	io.Writer
	failed error // of a write before
}

func (c *console) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	if err != nil {
		err = unprinted(err)
		c.failed = err
	}
	return n, err
}

// file is the file behind it; nil if there is none.
func (c *console) file() *os.File {
	f, _ := c.Writer.(*os.File)
	return f
}

// unprinted is the error about what could not be printed.
func unprinted(err error) *diag.Error {
	var e *diag.Error
	if errors.As(err, &e) {
		return e
	}
	return diag.New("standard output", "cannot write: %s", reason(err))
}
