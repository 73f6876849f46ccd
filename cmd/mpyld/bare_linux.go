package main

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// Linux has files without a name, which are gone when nobody has them open, however their
// maker ended, and can be given a name when they are complete (open(2), O_TMPFILE).

// createBare creates a file without a name in a directory. File systems need not have such.
func createBare(dir string) (*os.File, error) {
	const tmpfile = 0x400000 | syscall.O_DIRECTORY // O_TMPFILE
	return os.OpenFile(dir, tmpfile|os.O_WRONLY, 0o666)
}

// nameBare gives such a file a name that nothing has.
func nameBare(f *os.File, name string) error {
	from, err := syscall.BytePtrFromString("/proc/self/fd/" + strconv.Itoa(int(f.Fd())))
	if err != nil {
		return err
	}
	to, err := syscall.BytePtrFromString(name)
	if err != nil {
		return err
	}
	const here, follow = -100, 0x400 // AT_FDCWD, AT_SYMLINK_FOLLOW
	dir := here
	_, _, errno := syscall.Syscall6(syscall.SYS_LINKAT, uintptr(dir), uintptr(unsafe.Pointer(from)), uintptr(dir), uintptr(unsafe.Pointer(to)), follow, 0)
	if errno != 0 {
		return os.NewSyscallError("linkat", errno)
	}
	return nil
}
