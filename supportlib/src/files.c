// The system calls of newlib. There are no other files than standard input,
// output and error, and nothing comes in by the first.
#include "support.h"

static int fail(int number) {
    errno = number;
    return -1;
}

WEAK int _close(int fd) { return fail(EBADF); }
WEAK int _fstat(int fd, void *to) { return fail(EBADF); }
WEAK int _isatty(int fd) { return fd >= 0 && fd <= 2 ? 1 : fail(EBADF) + 1; }
WEAK int _link(const char *old, const char *name) { return fail(ENOENT); }
WEAK int64_t _lseek(int fd, int64_t offset, int from) { return fail(ESPIPE); } // off_t may be smaller
WEAK int _open(const char *name, int flags, int mode) { return fail(ENOENT); }
WEAK intptr_t _read(int fd, char *to, size_t len) { return fd == 0 ? 0 : fail(EBADF); }
WEAK int _stat(const char *name, void *to) { return fail(ENOENT); }
WEAK int _unlink(const char *name) { return fail(ENOENT); }
