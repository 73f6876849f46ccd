// host.h: the five Linux system calls this port makes.
#pragma once

// host_syscall is assembly, in start_<cpu>.S. A negative result is -errno.
long host_syscall(long a, long b, long c, long number);

// Linux numbers its system calls per architecture.
#if defined(__arm__)
enum { SYS_exit = 1, SYS_read = 3, SYS_write = 4, SYS_close = 6, SYS_openat = 322 };
#elif defined(__riscv)
enum { SYS_exit = 93, SYS_read = 63, SYS_write = 64, SYS_close = 57, SYS_openat = 56 };
#elif defined(__xtensa__)
enum { SYS_exit = 118, SYS_read = 12, SYS_write = 13, SYS_close = 9, SYS_openat = 288 };
#elif defined(__x86_64__)
enum { SYS_exit = 60, SYS_read = 0, SYS_write = 1, SYS_close = 3, SYS_openat = 257 };
#else
#error "no system call numbers for this architecture"
#endif

enum { HOST_AT_FDCWD = -100, HOST_O_RDONLY = 0, HOST_EISDIR = 21 };

static inline long host_read(int fd, void *buf, long len) {
    return host_syscall(fd, (long)buf, len, SYS_read);
}
static inline long host_write(int fd, const void *buf, long len) {
    return host_syscall(fd, (long)buf, len, SYS_write);
}
// openat, because newer architectures have no open. Its fourth argument, the mode of a file to
// be created, is not looked at without O_CREAT.
static inline int host_open(const char *path) {
    return host_syscall(HOST_AT_FDCWD, (long)path, HOST_O_RDONLY, SYS_openat);
}
static inline void host_close(int fd) {
    host_syscall(fd, 0, 0, SYS_close);
}
static inline void __attribute__((noreturn)) host_exit(int status) {
    for (;;) {
        host_syscall(status, 0, 0, SYS_exit);
    }
}
