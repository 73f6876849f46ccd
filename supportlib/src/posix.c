// The same system calls by their names in POSIX, which picolibc calls. newlib
// has functions of these names.
#include "support.h"

int _close(int fd);
int _fstat(int fd, void *to);
int _isatty(int fd);
int64_t _lseek(int fd, int64_t offset, int from);
int _open(const char *name, int flags, int mode);
intptr_t _read(int fd, char *to, size_t len);
int _stat(const char *name, void *to);
int _unlink(const char *name);
intptr_t _write(int fd, const char *text, size_t len);

WEAK int close(int fd) { return _close(fd); }
WEAK int fstat(int fd, void *to) { return _fstat(fd, to); }
WEAK int isatty(int fd) { return _isatty(fd); }
WEAK int64_t lseek(int fd, int64_t offset, int from) { return _lseek(fd, offset, from); }
WEAK int open(const char *name, int flags, int mode) { return _open(name, flags, mode); }
WEAK intptr_t read(int fd, char *to, size_t len) { return _read(fd, to, len); }
WEAK int stat(const char *name, void *to) { return _stat(name, to); }
WEAK int unlink(const char *name) { return _unlink(name); }
WEAK intptr_t write(int fd, const char *text, size_t len) { return _write(fd, text, len); }
