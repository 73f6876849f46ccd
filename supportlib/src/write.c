// Standard output and standard error are where print() writes.
#include "support.h"

WEAK intptr_t _write(int fd, const char *text, size_t len) {
    if (fd != 1 && fd != 2) {
        errno = EBADF;
        return -1;
    }
    mp_plat_print.print_strn(mp_plat_print.data, text, len);
    return len;
}

// newlib's stdio, if it is in, is to hold nothing back: what print() writes
// comes behind it, and a module has no end at which buffers are emptied. The
// structures are as in 4.4BSD (newlib: sys/reent.h, struct _reent and __sFILE).
struct file {
    unsigned char *p;
    int r, w;
    short flags; // 1: line buffered, 2: not buffered
};
extern struct {
    int error;
    struct file *in, *out, *err;
} *_impure_ptr WEAK;
WEAK void __sinit(void *reent);

__attribute__((constructor)) static void hold_nothing(void) {
    if (&_impure_ptr && __sinit) {
        __sinit(_impure_ptr);
        _impure_ptr->out->flags = (_impure_ptr->out->flags & ~1) | 2;
    }
}
