//go:build !linux

package main

// preferHugePages is for Linux alone.
func preferHugePages(int64) {}
