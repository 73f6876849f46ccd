//go:build !unix

package main

import (
	"io/fs"
	"os"
)

// endings are the signals that ask a program to end.
var endings = []os.Signal{os.Interrupt}

// endBy ends the program: there is no other way to say why.
func endBy(os.Signal) { os.Exit(exitFailed) }

func keepOwner(*os.File, fs.FileInfo) {}

// inode is the number of a file on its device, 0 if it has none.
func inode(fs.FileInfo) uint64 { return 0 }
